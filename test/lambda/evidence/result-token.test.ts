import { createHmac, generateKeyPairSync } from 'node:crypto';
import { decodeJwt, decodeProtectedHeader, SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { attestationAudience } from '../../../core/attestation-result.ts';
import { after } from '../../../core/time.ts';
import { publicKeyReader, signEs256 } from '../../../lambda/aws/attestation-key.ts';
import { resultSigner, verifyResult } from '../../../lambda/evidence/result-token.ts';
import { morning } from '../../core/invoices.ts';
import { attestedAs, refusalOf } from '../../core/use-cases/world.ts';
import { attestationKeyArn, memoryKms } from '../../ports/memory-kms.ts';
import { forged } from './proofs.ts';

const publicUrl = 'https://broker.example/live';
const { kms, publicKey } = memoryKms();
const signer = resultSigner(kms, attestationKeyArn, publicUrl);
const result = attestedAs();
const token = await signer.sign(result);
const verify = (text: string, at = morning, url = publicUrl) => verifyResult(text, publicKey, url, at);

describe('an attestation result', () => {
  it('comes back as it was signed, until it expires', async () => {
    expect(await verify(token)).toMatchObject(result);
    expect(await verify(token, after(result.exp, -1))).toMatchObject(result);
  });

  it('verifies each time, however short or long the integers of its signature are in DER', async () => {
    for (let i = 0; i < 300; i++) {
      const other = await signer.sign({ ...result, sub: `spiffe://mayfly.local/agent/t/${i}` });
      await expect(verify(other)).resolves.toMatchObject({ sub: `spiffe://mayfly.local/agent/t/${i}` });
    }
  });

  it('names the key that others find in the key set', () => {
    expect(decodeProtectedHeader(token)).toEqual({
      alg: 'ES256',
      typ: 'attestation-result+jwt',
      kid: '0000-attestation',
    });
    expect(decodeJwt(token)).toMatchObject({ iss: publicUrl, aud: attestationAudience(publicUrl) });
  });
});

describe('what is no attestation result of this broker is refused', () => {
  const claims = { iss: publicUrl, aud: attestationAudience(publicUrl), ...result };
  const header = { alg: 'ES256', typ: 'attestation-result+jwt' };
  const thief = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const [encodedHeader = '', encodedPayload = '', signature = ''] = token.split('.');

  /** The token that this broker's key would sign for these claims and this kind. */
  async function signedAs(changed: Readonly<Record<string, unknown>>, typ = header.typ): Promise<string> {
    const input = forged({ ...header, typ }, { ...claims, ...changed }).slice(0, -1);
    const bytes = await signEs256(kms, attestationKeyArn, Buffer.from(input));
    return `${input}.${Buffer.from(bytes).toString('base64url')}`;
  }

  it('at the second it expires', async () => {
    expect((await refusalOf(verify(token, result.exp))).code).toBe('invalid_token');
  });

  it.each([
    'principal',
    'role_id',
    'agent_type',
    'methods',
    'facts',
    'strength',
    'cnf',
  ])('when it does not say its %s: what is absent is never compared with what is absent', async (claim) => {
    expect((await refusalOf(verify(await signedAs({ [claim]: undefined })))).code).toBe('invalid_token');
  });

  it('when another key signed it', async () => {
    const stolen = await new SignJWT({ ...claims }).setProtectedHeader(header).sign(thief.privateKey);
    expect((await refusalOf(verify(stolen))).code).toBe('invalid_token');
  });

  it('when its claims were changed after signing', async () => {
    const raised = forged({}, { ...claims, strength: 'measured' }).split('.')[1];
    expect((await refusalOf(verify(`${encodedHeader}.${raised}.${signature}`))).code).toBe('invalid_token');
  });

  it('when its signature was taken away, `alg: none`', async () => {
    expect((await refusalOf(verify(forged({ ...header, alg: 'none' }, claims)))).code).toBe('invalid_token');
    expect((await refusalOf(verify(`${encodedHeader}.${encodedPayload}.`))).code).toBe('invalid_token');
  });

  it('when the published key was used as a MAC secret, `alg: HS256`', async () => {
    const input = forged({ ...header, alg: 'HS256' }, claims).slice(0, -1);
    const secret = publicKey.export({ format: 'pem', type: 'spki' });
    const mac = createHmac('sha256', secret).update(input).digest('base64url');
    expect((await refusalOf(verify(`${input}.${mac}`))).code).toBe('invalid_token');
  });

  it('when it is another token of ours, signed by the same key', async () => {
    await expect(verify(await signedAs({}))).resolves.toMatchObject(result);
    for (const typ of ['JWT', 'at+jwt', 'dpop+jwt'])
      expect((await refusalOf(verify(await signedAs({}, typ)))).code).toBe('invalid_token');
  });

  it.each([
    ['another broker', { iss: 'https://other.example/live' }],
    ['another audience', { aud: 'https://broker.example/live/v1/other' }],
    ['no key', { cnf: undefined }],
    ['no principal', { role_id: undefined }],
    ['no expiry', { exp: undefined }],
    ['an expiry that is no number', { exp: 'never' }],
  ])('when it is for %s', async (_, changed) => {
    expect((await refusalOf(verify(await signedAs(changed)))).code).toBe('invalid_token');
  });

  it('at a broker of another address with the same key', async () => {
    expect((await refusalOf(verify(token, morning, 'https://other.example/live'))).code).toBe(
      'invalid_token',
    );
  });

  it.each(['', 'x', 'a.b.c', `${token}.${token}`])('when it is no token: %#', async (text) => {
    const refusal = await refusalOf(verify(text));
    expect(refusal).toMatchObject({ code: 'invalid_token', message: expect.not.stringContaining('JWS') });
  });
});

describe('the public key', () => {
  it('is read once, and again only after a failure', async () => {
    const other = memoryKms();
    const read = publicKeyReader(other.kms, attestationKeyArn);
    const send = other.kms.send;
    other.kms.send = async () => {
      throw new Error('throttled');
    };
    await expect(read()).rejects.toThrow('throttled');
    other.kms.send = send;
    expect((await read()).equals(other.publicKey)).toBe(true);
    await read();
    expect(other.reads()).toBe(1);
  });
});
