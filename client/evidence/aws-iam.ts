import type { AttestationRequest } from '../../core/protocol/requests.ts';
import { sha256Base64Url } from '../hash.ts';

/** One piece of evidence, bound to a nonce and to the agent's key. */
export type Evidence = AttestationRequest['evidence'][number];

/** Makes evidence for a nonce and a key's thumbprint. */
export type EvidenceProducer = (nonce: string, thumbprint: string) => Promise<Evidence>;

/** Evidence of the IAM principal: the binding stands in the body, which SigV4 signs and API Gateway verifies. */
export const awsIam: EvidenceProducer = async (nonce, thumbprint) => ({
  method: 'aws_iam',
  binding: await sha256Base64Url(`${nonce}.${thumbprint}`),
});
