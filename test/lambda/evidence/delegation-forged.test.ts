import { createHmac, KeyObject } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { sha256Base64Url } from '../../../core/hash.ts';
import { verifyDelegation } from '../../../lambda/evidence/delegation.ts';
import { verifyProof } from '../../../lambda/evidence/dpop.ts';
import { resultSigner, verifyResult } from '../../../lambda/evidence/result-token.ts';
import { compact } from '../../../local/people/signing.ts';
import { morning } from '../../core/invoices.ts';
import { attestedAs, refusalOf } from '../../core/use-cases/world.ts';
import { attestationKeyArn, memoryKms } from '../../ports/memory-kms.ts';
import { delegationBy, delegationType, publicUrl, refusalOfToken, right } from './delegation-tokens.ts';
import { agentKey, forged, proofBy } from './proofs.ts';

const { aud } = right;
const key = await agentKey();
const signed = (
  claims: Readonly<Record<string, unknown>> = {},
  header: Readonly<Record<string, unknown>> = {},
  by = key,
) => delegationBy(by, morning, right, { claims, header });

describe('a forged delegation is refused', () => {
  const claims = { ...right, iat: morning, exp: morning + 300, jti: 'a-jti-of-16-chars' };
  const header = { alg: 'ES256', typ: delegationType, jwk: key.jwk };
  /** Signed by the right key, whatever a library would refuse to sign. */
  const exactly = (shown: string, payload: string) =>
    compact(shown, payload, 'ES256', KeyObject.from(key.privateKey));

  it.each(['RS256', 'ES384', 'EdDSA'])('signed with %s', async (alg) => {
    const other = await agentKey(alg);
    const token = await signed({}, { alg, jwk: other.jwk }, other);
    expect(await refusalOfToken(token)).toContain('no P-256 key');
  });

  it.each(['none', 'None', 'HS256', 'ES384', 'RS256', ''])('that says it is signed with %j', async (alg) => {
    const unsigned = forged({ ...header, alg }, claims).slice(0, -1);
    const mac = createHmac('sha256', JSON.stringify(key.jwk)).update(unsigned).digest('base64url');
    for (const signature of ['', mac]) await refusalOfToken(`${unsigned}.${signature}`);
  });

  it('by somebody who shows the key of the lease’s holder', async () => {
    await refusalOfToken(await signed({}, { jwk: key.jwk }, await agentKey()));
  });

  it('that carries the private key: whoever saw it on the way has it', async () => {
    expect(await refusalOfToken(await signed({}, { jwk: key.privateJwk }))).toContain('private key');
    expect(await refusalOfToken(await signed({}, { jwk: { ...key.jwk, d: null } }))).toContain('private key');
  });

  it.each([
    ['no key', undefined],
    ['a key that is text', 'a key'],
    ['a symmetric key', { kty: 'oct', k: 'c2VjcmV0' }],
    ['half of a key', { ...key.jwk, y: undefined }],
    ['a point that is on no curve', { ...key.jwk, y: key.jwk.x }],
  ])('that shows %s', async (_, jwk) => {
    const [, payload = '', signature = ''] = (await signed()).split('.');
    const [shown = ''] = forged({ ...header, jwk }, {}).split('.');
    await refusalOfToken(`${shown}.${payload}.${signature}`);
  });

  it('whose claims were changed under its signature', async () => {
    const [shown, , signature] = (await signed()).split('.');
    const [, widened] = forged({}, { ...claims, capabilities: ['read_invoice', 'file_result'] }).split('.');
    await refusalOfToken(`${shown}.${widened}.${signature}`);
  });

  it.each([
    ['with a critical extension that nobody here knows', { crit: ['http://x'], 'http://x': 1 }],
    ['with a payload that is not encoded', { crit: ['b64'], b64: false }],
  ])('%s', async (_, more) => {
    await refusalOfToken(exactly(JSON.stringify({ ...header, ...more }), JSON.stringify(claims)));
  });

  it('that never ends', async () => {
    const payload = JSON.stringify(claims);
    expect(await verifyDelegation(exactly(JSON.stringify(header), payload), aud, morning)).toBeDefined();
    const endless = payload.replace(`"exp":${claims.exp}`, '"exp":1e999');
    expect(endless).not.toBe(payload);
    await refusalOfToken(exactly(JSON.stringify(header), endless));
  });

  it.each([
    '',
    'x',
    'a.b.c',
    '..',
    'a.b.c.d.e',
    'eyJhbGciOiJFUzI1NiJ9',
    '{"payload":"x"}',
  ])('that is no token at all: %j', async (text) => {
    const refusal = await refusalOf(verifyDelegation(text, aud, morning));
    expect(refusal.code).toBe('invalid_token');
  });
});

describe('no token is taken for another kind', () => {
  const { kms, publicKey } = memoryKms();

  it.each([
    'dpop+jwt',
    'attestation-result+jwt',
    'JWT',
    'at+jwt',
    undefined,
  ])('what says everything that a delegation says, but is %s, is none', async (typ) => {
    await refusalOfToken(await signed({}, { typ }));
  });

  it('a proof of possession is no delegation', async () => {
    await refusalOfToken(
      await proofBy(key, morning, { htm: 'POST', htu: aud, ...right, exp: morning + 300 }),
    );
  });

  it('an attestation result is no delegation, whoever is its subject', async () => {
    const result = { ...attestedAs(key.jkt), ...right, jti: 'a-jti-of-16-chars' };
    await refusalOfToken(await resultSigner(kms, attestationKeyArn, publicUrl).sign(result));
  });

  it('a delegation is no proof of possession', async () => {
    const token = 'an.attestation.result';
    const delegation = await signed({ htm: 'POST', htu: aud, ath: sha256Base64Url(token) });
    const target = { method: 'POST', url: aud, token };
    expect((await refusalOf(verifyProof(delegation, target, morning))).code).toBe('invalid_dpop_proof');
  });

  it('a delegation is no attestation result', async () => {
    const delegation = await signed({ ...attestedAs(), iss: publicUrl, aud });
    const refusal = await refusalOf(verifyResult(delegation, publicKey, publicUrl, morning));
    expect(refusal.code).toBe('invalid_token');
  });
});
