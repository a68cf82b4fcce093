import { bindingTag, EvidenceFault, type Verify } from '../../../core/evidence.ts';
import type { EvidenceOf } from '../../../core/protocol/evidence.ts';
import { regionalSts } from '../../../core/sts-host.ts';
import { type EpochSeconds, fromDate } from '../../../core/time.ts';
import { askSts } from '../presigned/ask-sts.ts';
import { roleSession } from '../presigned/caller-identity.ts';
import { skew } from '../skew.ts';

type Evidence = EvidenceOf<'aws_presigned'>;

/** Where STS is asked. */
export type PresignedWorld = {
  readonly regions: readonly string[];
  /** Address of an STS that is not AWS's (a local run); AWS's own of the evidence's region when absent. */
  readonly endpoint?: string | undefined;
  readonly fetch?: typeof fetch;
  /** Milliseconds until STS is given up; 3,000 when absent. */
  readonly patience?: number;
};

/** Seconds after its date that a presigned request is taken: as STS does, which does not look at `X-Amz-Expires`. */
const longestLife = 900;

/**
 * Verifies AWS credentials by asking STS whose they are. The request is put together here from what its signer chose,
 * and sent with our own binding: nothing is followed that evidence says (AWS-IAM-Authenticator's and Vault's lesson).
 */
export function awsPresigned(world: PresignedWorld): Verify<Evidence> {
  const reach = { fetch: world.fetch ?? fetch, patience: world.patience ?? 3_000 };
  return async (evidence, { binding, now }) => {
    const { region } = evidence;
    if (!world.regions.includes(region))
      throw new EvidenceFault('region', 'region', 'not a region in which this broker asks STS');
    checkTime(evidence, now);
    const { host, partition } = regionalSts(region);
    const url = requestOf(evidence, world.endpoint ?? `https://${host}`);
    const { account, role, roleId, session } = roleSession(await askSts(url, binding, reach), partition);
    return {
      method: 'aws_presigned',
      principal: roleId,
      role: `arn:${partition}:iam::${account}:role/${role}`,
      // Not the region: credentials work in all of them, and the signer chose which STS is asked.
      facts: { aws_account: account, aws_role: role, aws_session: session },
    };
  };
}

function checkTime({ date, expires }: Evidence, now: EpochSeconds): void {
  const signed = momentOf(date);
  if (signed > now + skew)
    throw new EvidenceFault('not_yet_valid', 'date', 'signed in the future: check the clock');
  if (now > signed + Math.min(expires, longestLife))
    throw new EvidenceFault('expired', 'date', 'the presigned request has expired');
}

/** What is no day or hour would be another moment to another reader: it is read and written again. */
function momentOf(date: string): EpochSeconds {
  const iso = date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6.000Z');
  const moment = new Date(iso);
  if (Number.isNaN(moment.getTime()) || moment.toISOString() !== iso || moment.getTime() < 0)
    throw new EvidenceFault('malformed', 'date', 'not a time as X-Amz-Date has it');
  return fromDate(moment);
}

/** The one request that this evidence can be for; its parameters are encoded, whatever they hold. */
function requestOf(evidence: Evidence, origin: string): URL {
  const { region, date } = evidence;
  const url = new URL('/', origin);
  url.search = new URLSearchParams({
    Action: 'GetCallerIdentity',
    Version: '2011-06-15',
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Credential': `${evidence.access_key_id}/${date.slice(0, 8)}/${region}/sts/aws4_request`,
    'X-Amz-Date': date,
    'X-Amz-Expires': String(evidence.expires),
    'X-Amz-Security-Token': evidence.session_token,
    'X-Amz-SignedHeaders': `host;${bindingTag}`,
    'X-Amz-Signature': evidence.signature,
  }).toString();
  return url;
}
