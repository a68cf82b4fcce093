import { createHmac, KeyObject } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { sha256Base64Url } from '../../../core/hash.ts';
import { verifyProof } from '../../../lambda/evidence/dpop.ts';
import { compact } from '../../../local/people/signing.ts';
import { morning } from '../../core/invoices.ts';
import { refusalOf } from '../../core/use-cases/world.ts';
import { agentKey, forged, proofBy } from './proofs.ts';

const url = 'https://broker.example/live/v1/leases';
const token = 'an.attestation.result';
const target = { method: 'POST', url, token };
const right = { htm: 'POST', htu: url, ath: sha256Base64Url(token) };
const key = await agentKey();
const refusalOfProof = (proof: string | undefined) => refusalOf(verifyProof(proof, target, morning));

describe('a forged proof is refused', () => {
  const claims = { ...right, iat: morning, jti: 'a-jti-of-16-chars' };

  it.each(['RS256', 'ES384', 'EdDSA'])('signed with %s', async (alg) => {
    const other = await agentKey(alg);
    const proof = await proofBy(other, morning, right, { alg });
    expect((await refusalOfProof(proof)).message).toContain('no P-256 key');
  });

  it('that says ES256 over a key of another type', async () => {
    const other = await agentKey('RS256');
    const proof = await proofBy(key, morning, right, { jwk: other.jwk });
    expect((await refusalOfProof(proof)).message).toContain('no P-256 key');
  });

  it('that carries the private key: it was shown to everybody on the way', async () => {
    const proof = await proofBy(key, morning, right, { jwk: key.privateJwk });
    expect((await refusalOfProof(proof)).message).toContain('private key');
  });

  it('that shows its key in another form or as another kind: one key has one thumbprint', async () => {
    const { x = '', y = '' } = key.jwk;
    const spare = (text: string) => {
      const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
      return text.slice(0, -1) + alphabet.charAt(alphabet.indexOf(text.slice(-1)) + 1);
    };
    const forms = [
      { kty: 'OKP' },
      { kty: 'EC2' },
      { crv: 'P-384' },
      { crv: 'secp256k1' },
      { crv: 'p-256' },
      { x: spare(x) },
      { y: spare(y) },
      { x: `${x}=` },
      { x: `${x} ` },
      { x: `${x}\n` },
      { y: `AA${y}` },
      { x: [x] },
    ];
    for (const form of forms) {
      const proof = await proofBy(key, morning, right, { jwk: { ...key.jwk, ...form } });
      expect((await refusalOfProof(proof)).message).toContain('no P-256 key');
    }
  });

  it.each([
    ['header', '"typ":"JWT",', ''],
    ['payload', '', '"htm":"DELETE",'],
  ])('that names a member twice in its %s', async (_, inHeader, inPayload) => {
    const first = (value: object, more: string) => JSON.stringify(value).replace('{', `{${more}`);
    const proof = compact(
      first({ alg: 'ES256', typ: 'dpop+jwt', jwk: key.jwk }, inHeader),
      first(claims, inPayload),
      'ES256',
      KeyObject.from(key.privateKey),
    );
    expect((await refusalOfProof(proof)).message).toContain('not a DPoP proof');
  });

  it('signed by another key than it shows', async () => {
    const thief = await agentKey();
    const proof = await proofBy(thief, morning, right, { jwk: key.jwk });
    expect((await refusalOfProof(proof)).message).toContain('not a DPoP proof');
  });

  it('without a signature, `alg: none`', async () => {
    const proof = forged({ alg: 'none', typ: 'dpop+jwt', jwk: key.jwk }, claims);
    expect((await refusalOfProof(proof)).message).toContain('not a DPoP proof');
  });

  it('with a MAC keyed by the public key, `alg: HS256`', async () => {
    const unsigned = forged({ alg: 'HS256', typ: 'dpop+jwt', jwk: key.jwk }, claims).slice(0, -1);
    const mac = createHmac('sha256', JSON.stringify(key.jwk)).update(unsigned).digest('base64url');
    expect((await refusalOfProof(`${unsigned}.${mac}`)).message).toContain('not a DPoP proof');
  });

  it('with a symmetric key in its header', async () => {
    const jwk = { kty: 'oct', k: 'c2VjcmV0' };
    const proof = forged({ alg: 'HS256', typ: 'dpop+jwt', jwk }, claims, 'x');
    expect((await refusalOfProof(proof)).message).toContain('no P-256 key');
  });

  it.each([
    'JWT',
    'attestation-result+jwt',
    undefined,
  ])('that is another kind of token: typ %s', async (typ) => {
    const proof = await proofBy(key, morning, right, { typ });
    expect((await refusalOfProof(proof)).message).toContain('not a DPoP proof');
  });

  it('that shows no key', async () => {
    const proof = await proofBy(key, morning, right, { jwk: undefined });
    expect((await refusalOfProof(proof)).message).toContain('no P-256 key');
  });

  it('with a critical extension that nobody here knows', async () => {
    const [, payload = '', signature = ''] = (await proofBy(key, morning, right)).split('.');
    const header = { alg: 'ES256', typ: 'dpop+jwt', jwk: key.jwk, crit: ['http://x'], 'http://x': 1 };
    const [forgedHeader = ''] = forged(header, {}).split('.');
    const refusal = await refusalOfProof(`${forgedHeader}.${payload}.${signature}`);
    expect(refusal.message).toContain('not a DPoP proof');
  });

  it.each([
    ['absent', undefined, 'absent'],
    ['empty', '', 'absent'],
    ['no token', 'not a token', 'not a DPoP proof'],
    ['two proofs in one header', 'a.b.c, a.b.c', 'not a DPoP proof'],
    ['large enough to hurt', 'x'.repeat(4_097), 'too long'],
  ])('that is %s', async (_, proof, message) => {
    expect((await refusalOfProof(proof)).message).toContain(message);
  });
});
