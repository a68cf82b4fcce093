import { EvidenceFault, type Verify } from '../../../core/evidence.ts';
import type { EvidenceOf } from '../../../core/protocol/evidence.ts';
export function awsEc2Iid(_: ReadonlyMap<string, string>): Verify<EvidenceOf<'aws_ec2_iid'>> {
  return async () => {
    throw new EvidenceFault('not_configured', '', 'none');
  };
}
