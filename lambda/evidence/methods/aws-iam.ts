import { EvidenceFault, type Facts, type Verify } from '../../../core/evidence.ts';
import type { Caller } from '../../../core/identity.ts';
import type { EvidenceOf } from '../../../core/protocol/evidence.ts';

/** Evidence of the caller's role: the binding stands in the body, which SigV4 signs and API Gateway has verified. */
export const awsIam: Verify<EvidenceOf<'aws_iam'>> = async ({ binding }, { binding: expected, caller }) => {
  if (binding !== expected)
    throw new EvidenceFault('binding', 'binding', 'the evidence is not bound to this nonce and key');
  return { method: 'aws_iam', principal: caller.roleId, role: caller.role, facts: factsOf(caller) };
};

function factsOf({ role, userId }: Caller): Facts {
  const [account = '', name = ''] = role.split(':').slice(4);
  const [, session = ''] = userId.split(':');
  return { aws_account: account, aws_role: name.replace('role/', ''), aws_session: session };
}
