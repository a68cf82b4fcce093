import { DecryptCommand, EncryptCommand } from '@aws-sdk/client-kms';
import { describe, expect, it } from 'vitest';
import { sealer } from '../../../lambda/aws/sealer.ts';
import { grantKeyArn, memorySymmetricKms } from '../../ports/memory-symmetric-kms.ts';

const context = { lease: 'L-ONE', grant: 'check_vat' };
const token = 'a-token-that-nobody-may-read';

function start() {
  const kms = memorySymmetricKms();
  return { ...kms, sealer: sealer(kms.kms, grantKeyArn) };
}

describe('the sealer', () => {
  it('never seals the same twice alike, and shows nothing of it', async () => {
    const { sealer } = start();
    const [one, other] = await Promise.all([sealer.seal(token, context), sealer.seal(token, context)]);
    expect(one).not.toBe(other);
    for (const part of one.split('.')) {
      expect(Buffer.from(part, 'base64url').toString('latin1')).not.toContain(token);
    }
  });

  it('gives KMS a data key and the grant, never the text', async () => {
    const { sealer, asked } = start();
    await sealer.unseal(await sealer.seal('x'.repeat(10_000), context), context);
    const [encrypt, decrypt] = asked as [EncryptCommand, DecryptCommand];
    expect(encrypt).toBeInstanceOf(EncryptCommand);
    expect(encrypt.input).toMatchObject({ KeyId: grantKeyArn, EncryptionContext: context });
    expect(encrypt.input.Plaintext).toHaveLength(32);
    expect(decrypt).toBeInstanceOf(DecryptCommand);
    expect(decrypt.input).toMatchObject({ KeyId: grantKeyArn, EncryptionContext: context });
  });

  it('does not leave the data key behind in memory', async () => {
    const { sealer, asked } = start();
    await sealer.seal(token, context);
    expect((asked as [EncryptCommand])[0].input.Plaintext).toEqual(Buffer.alloc(32));
  });

  it('notices every changed character', async () => {
    const { sealer } = start();
    const sealed = await sealer.seal('t', context);
    expect(sealed.length).toBeGreaterThan(80);
    for (let at = 0; at < sealed.length; at++) {
      // The last character of a part may hold bits that mean nothing.
      if ((sealed[at + 1] ?? '.') === '.') continue;
      const changed = `${sealed.slice(0, at)}${sealed[at] === 'A' ? 'B' : 'A'}${sealed.slice(at + 1)}`;
      await expect(sealer.unseal(changed, context)).rejects.toThrow();
    }
  });

  it.each([
    '',
    'v1',
    'v1...',
    token,
    `v1.${'A'.repeat(2_000)}.${'A'.repeat(16)}.${'A'.repeat(22)}`,
  ])('does not ask KMS about %j', async (text) => {
    const { sealer, asked } = start();
    await expect(sealer.unseal(text, context)).rejects.toThrow('this was not sealed here');
    expect(asked).toEqual([]);
  });

  it('throws away what an SDK says of an answer that it cannot read, since that quotes it', async () => {
    const { sealer, failWith } = start();
    const sealed = await sealer.seal(token, context);
    failWith(Object.assign(new SyntaxError('"Plaintext":"c2VjcmV0"'), { $responseBodyText: 'c2VjcmV0' }));
    for (const fault of [sealer.unseal(sealed, context), sealer.seal(token, context)]) {
      const error = (await fault.catch((error: unknown) => error)) as Error;
      expect(error.message).toMatch(/^KMS cannot .*: SyntaxError$/);
      expect([Object.keys(error), error.cause]).toEqual([[], undefined]);
    }
  });
});
