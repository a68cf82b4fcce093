import { describe, expect, it } from 'vitest';
import { awsIam as produce } from '../../../../client/evidence/aws-iam.ts';
import { evidenceBinding } from '../../../../core/identity.ts';
import { awsIam } from '../../../../lambda/evidence/methods/aws-iam.ts';
import { morning } from '../../../core/invoices.ts';
import { binding, caller } from '../../../evidence/jwt-sound.ts';

const bound = { binding, caller, now: morning };
const proven = {
  method: 'aws_iam',
  principal: caller.roleId,
  role: caller.role,
  facts: { aws_account: '123456789012', aws_role: 'DataProcessingRole', aws_session: 'process-data' },
};

describe('the signature of an IAM role', () => {
  it('proves the role that signed the request, and its session', async () => {
    expect(await awsIam({ method: 'aws_iam', binding }, bound)).toEqual(proven);
  });

  it('is what the client makes evidence of', async () => {
    expect(await awsIam(await produce(binding), bound)).toEqual(proven);
  });

  it.each([
    ['of another nonce', evidenceBinding('another', 'thumbprint')],
    ['of another key', evidenceBinding('nonce', 'another')],
    ['in lower case', binding.toLowerCase()],
    ['that is longer', `${binding}A`],
    ['that is cut short', binding.slice(0, -1)],
    ['that is empty', ''],
  ])('is refused with a binding %s', async (_, other) => {
    const refusal = awsIam({ method: 'aws_iam', binding: other }, bound);
    await expect(refusal).rejects.toMatchObject({
      name: 'EvidenceFault',
      fault: 'binding',
      field: 'binding',
    });
  });
});
