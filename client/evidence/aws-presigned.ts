import type { EvidenceOf } from '../../core/protocol/evidence.ts';
import { regionalSts } from '../../core/sts-host.ts';
import { type EpochSeconds, fromDate, toIso } from '../../core/time.ts';
import type { EvidenceProducer } from './evidence.ts';
import { type AwsKeys, presign } from './presign.ts';

/** What evidence of AWS credentials is made from. */
export type AwsPresignedOptions = {
  /** One of the regions that the broker asks STS in. */
  readonly region: string;
  /** The session's credentials, or where they are got anew each time. */
  readonly credentials: AwsKeys | (() => Promise<AwsKeys>);
  /** Address of an STS that is not AWS's, as the broker knows it (a local run). */
  readonly endpoint?: string;
  /** The time; this machine's when absent. */
  readonly clock?: () => EpochSeconds;
};

/** Seconds that the broker has to send the request: a slow network, and clocks that differ. */
const expires = 60;

/**
 * Evidence of the role behind AWS credentials, in any account: a presigned `sts:GetCallerIdentity` with the binding in a
 * signed header, which the broker sends. Only the parts that the signer chose travel, and nothing in them opens more.
 */
export function awsPresigned(options: AwsPresignedOptions): EvidenceProducer<EvidenceOf<'aws_presigned'>> {
  const { region, credentials, endpoint, clock = () => fromDate(new Date()) } = options;
  const host = endpoint === undefined ? regionalSts(region).host : new URL(endpoint).host;
  return async (binding) => {
    const keys = typeof credentials === 'function' ? await credentials() : credentials;
    const date = toIso(clock()).replace(/[-:]/g, '');
    const signature = await presign(
      {
        host,
        region,
        service: 'sts',
        query: { Action: 'GetCallerIdentity', Version: '2011-06-15' },
        headers: { 'mayfly-binding': binding },
        date,
        expires,
      },
      keys,
    );
    const { accessKeyId: access_key_id, sessionToken: session_token } = keys;
    return { method: 'aws_presigned', region, date, access_key_id, session_token, expires, signature };
  };
}
