import { afterAll, describe, expect, it } from 'vitest';
import { sealer } from '../../../lambda/aws/sealer.ts';
import { grantKeyArn, memorySymmetricKms } from '../../ports/memory-symmetric-kms.ts';
import { grantingAccount } from './granting-account.ts';

const arn = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:vat-AbCdEf';
const { kms, stop } = await grantingAccount(arn, 'first');
afterAll(stop);

const context = { lease: 'L-ONE', grant: 'check_vat' };

describe.each([
  ['in memory', sealer(memorySymmetricKms().kms, grantKeyArn)],
  ['in KMS', sealer(kms, grantKeyArn)],
])('what is sealed by a key %s', (_, { seal, unseal }) => {
  it.each([
    ['a token', 'a-token-that-nobody-may-read'],
    ['nothing', ''],
    ['60 KB', 'x'.repeat(61_440)],
    ['what is not ASCII', 'ü€𝄞'],
  ])('opens again: %s', async (_, text) => {
    expect(await unseal(await seal(text, context), context)).toBe(text);
  });

  it.each([
    ['another lease', { ...context, lease: 'L-TWO' }],
    ['another grant', { ...context, grant: 'post_message' }],
    ['the two exchanged', { lease: context.grant, grant: context.lease }],
  ])('opens not for %s', async (_, other) => {
    const sealed = await seal('text', context);
    await expect(unseal(sealed, other)).rejects.toThrow(
      'KMS cannot open what was sealed: InvalidCiphertextException',
    );
  });

  it('opens not with the data key of another text', async () => {
    const [one, other] = (await Promise.all([seal('one', context), seal('other', context)])).map((each) =>
      each.split('.'),
    );
    const mixed = [one?.[0], one?.[1], other?.[2], other?.[3]].join('.');
    await expect(unseal(mixed, context)).rejects.toThrow('was changed');
  });
});
