import { EvidenceFault } from '../../../core/evidence.ts';
import { type EpochSeconds, fromDate } from '../../../core/time.ts';
import { jsonObject, type Members, member } from '../compact-jwt.ts';

/** What an instance identity document says that anybody here asks for. */
export type InstanceIdentity = {
  readonly account: string;
  readonly region: string;
  readonly instance: string;
  readonly image: string;
  /** When the instance was started, and the document made. */
  readonly started: EpochSeconds;
};

/** Reads an instance identity document (EC2 user guide); throws {@link EvidenceFault} `malformed` for anything else. */
export function instanceIdentity(content: Uint8Array): InstanceIdentity {
  const document = jsonObject(content);
  if (!document) throw malformed();
  return {
    account: textAt(document, 'accountId', /^\d{12}$/),
    region: textAt(document, 'region', /^[a-z]{2,4}(-[a-z]+){1,3}-\d{1,2}$/),
    instance: textAt(document, 'instanceId', /^i-[0-9a-f]{8,17}$/),
    image: textAt(document, 'imageId', /^ami-[0-9a-f]{8,17}$/),
    started: momentOf(textAt(document, 'pendingTime', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)),
  };
}

function textAt(document: Members, name: string, pattern: RegExp): string {
  const value = member(document, name);
  if (typeof value !== 'string' || !pattern.test(value)) throw malformed();
  return value;
}

function momentOf(text: string): EpochSeconds {
  const moment = new Date(text);
  if (!(moment.getTime() >= 0)) throw malformed();
  return fromDate(moment);
}

function malformed(): EvidenceFault {
  return new EvidenceFault('malformed', 'pkcs7', 'what is signed is not an instance identity document');
}
