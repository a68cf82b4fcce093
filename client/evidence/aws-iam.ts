import type { EvidenceOf } from '../../core/protocol/evidence.ts';
import type { EvidenceProducer } from './evidence.ts';

/** Evidence of the IAM role: the binding stands in the body, which SigV4 signs and API Gateway verifies. */
export const awsIam: EvidenceProducer<EvidenceOf<'aws_iam'>> = async (binding) => ({
  method: 'aws_iam',
  binding,
});
