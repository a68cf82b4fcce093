import { type AwsPresignedOptions, awsPresigned } from '../../client/evidence/aws-presigned.ts';
import { type AwsKeys, type PresignedGet, presign } from '../../client/evidence/presign.ts';
import { bindingTag } from '../../core/evidence.ts';
import { evidenceBinding } from '../../core/identity.ts';
import type { EvidenceOf } from '../../core/protocol/evidence.ts';

/** Evidence as it is on the wire. */
export type Presigned = EvidenceOf<'aws_presigned'>;

/** What {@link truePresigned} is bound to. */
export const trueBinding = evidenceBinding('nonce', 'thumbprint');

/** Evidence as an agent makes it. */
export function truePresigned(options: AwsPresignedOptions): Promise<Presigned> {
  return awsPresigned(options)(trueBinding);
}

/** The same evidence under a signature that is true of another request: what a liar with credentials can make. */
export async function presignedFor(
  evidence: Presigned,
  keys: AwsKeys,
  host: string,
  change: Partial<PresignedGet>,
): Promise<Presigned> {
  const { region, date, expires } = evidence;
  const get: PresignedGet = {
    host,
    region,
    service: 'sts',
    query: { Action: 'GetCallerIdentity', Version: '2011-06-15' },
    headers: { [bindingTag]: trueBinding },
    date,
    expires,
    ...change,
  };
  const signature = await presign(get, keys);
  return { ...evidence, date: get.date, expires: get.expires, signature };
}
