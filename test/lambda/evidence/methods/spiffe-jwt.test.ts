import { describe, expect, it } from 'vitest';
import { spiffeJwt as produce } from '../../../../client/evidence/spiffe-jwt.ts';
import type { Bound } from '../../../../core/evidence.ts';
import { sha256Base64Url } from '../../../../core/hash.ts';
import { after } from '../../../../core/time.ts';
import { spiffeJwt } from '../../../../lambda/evidence/methods/spiffe-jwt.ts';
import type { ProviderKeys } from '../../../../lambda/evidence/provider-keys.ts';
import { spiffeBundle } from '../../../../lambda/evidence/spiffe-bundle.ts';
import { morning } from '../../../core/invoices.ts';
import { commonForgeries } from '../../../evidence/jwt-forgeries.ts';
import { ofAudience, ofPlainAudience, plainAudience } from '../../../evidence/jwt-forgeries-audience.ts';
import { svidTokenForgeries } from '../../../evidence/jwt-forgeries-spiffe.ts';
import { type JwtKey, jwtKey, written } from '../../../evidence/jwt-signing.ts';
import {
  audience,
  binding,
  caller,
  jwtKeys,
  publicUrl,
  svidToken as sound,
  spiffeId,
  trustDomain,
} from '../../../evidence/jwt-sound.ts';
import type { JwtWorld } from '../../../evidence/jwt-world.ts';
import { expectRefusal } from './jwt-refusal.ts';

const { spire, spireNext, spireRsa, partner } = jwtKeys;
const others = ['ES384', 'ES512', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'].map((alg) =>
  jwtKey(alg, `key-for-${alg}`, 'jwt-svid'),
);

/** The keys of a bundle of the trust domain, as verifiers find them. */
function keysOf(domain: string, ...keys: readonly JwtKey[]): [string, ProviderKeys] {
  const bundle = { keys: keys.map(({ jwk }) => jwk) };
  return [domain, spiffeBundle({ trust_domain: domain, bundle }, () => morning).jwtKeys];
}

const domains = new Map([
  keysOf(trustDomain, spire, spireNext, spireRsa, ...others),
  keysOf('partner.example', partner),
]);
const verify = spiffeJwt((domain) => domains.get(domain), publicUrl);
const world: JwtWorld = { sound, sibling: spireNext, rsa: spireRsa, foreign: partner };
const bound: Bound = { binding, caller, now: morning };
const plainly: Bound = { ...bound, plainAudiences: ['another.example', plainAudience] };
const verified = (token: string, at = bound) => verify({ method: 'spiffe_jwt', token }, at);
const claiming = (claims: object) => written({ ...sound, claims: { ...sound.claims, ...claims } });
const proven = { method: 'spiffe_jwt', principal: spiffeId, facts: { spiffe_id: spiffeId } };

describe('a JWT-SVID', () => {
  it('proves its SPIFFE id', async () => {
    expect(await verified(written(sound))).toEqual(proven);
  });

  it.each([spireNext, spireRsa, ...others])('may be signed with $alg by a key of its bundle', async (key) => {
    const header = { alg: key.alg, kid: key.kid };
    expect(await verified(written({ ...sound, header, key }))).toEqual(proven);
  });

  it.each(['JWT', 'JOSE', undefined])('may have the typ %s', async (typ) => {
    expect(await verified(written({ ...sound, header: { ...sound.header, typ } }))).toEqual(proven);
  });

  it('may leave out when it was made, and say what nobody here asks', async () => {
    expect(await verified(claiming({ iat: undefined }))).toEqual(proven);
    const more = { iss: 'https://evil.example', azp: 1, jti: null, aud: audience, roles: ['admin'] };
    expect(await verified(claiming(more))).toEqual(proven);
  });

  it('is of its own trust domain, with the keys of that one', async () => {
    const sub = 'spiffe://partner.example/ns/agents/sa/invoice';
    const header = { ...sound.header, kid: partner.kid };
    expect(await verified(written({ header, claims: { ...sound.claims, sub }, key: partner }))).toEqual({
      ...proven,
      principal: sub,
      facts: { spiffe_id: sub },
    });
  });

  it.each([
    ['59 s after its end', { exp: morning - 59 }],
    ['60 s before it was made', { iat: morning + 60, nbf: morning + 60 }],
  ])('counts %s', async (_, claims) => {
    expect(await verified(claiming(claims))).toEqual(proven);
  });

  it('is for the nonce and the key that it was made for', async () => {
    const refusal = verified(written(sound), { ...bound, binding: 'A'.repeat(43) });
    await expect(refusal).rejects.toMatchObject({ fault: 'binding', field: 'token' });
  });

  it('is what the client makes evidence of', async () => {
    const producer = produce(publicUrl, async (aud) => claiming({ aud: [aud] }));
    expect(await verify(await producer(binding), bound)).toEqual(proven);
  });

  const forgeries = [...commonForgeries, ...ofAudience, ...svidTokenForgeries];

  it.each(forgeries)('is refused where $attack', async ({ write, fault }) => {
    await expectRefusal(verified, write(world), fault);
  });

  it('has forgeries in that table, each by a name of its own', () => {
    expect(forgeries.length).toBeGreaterThan(200);
    expect(new Set(forgeries.map(({ attack }) => attack)).size).toBe(forgeries.length);
  });
});

describe('a JWT-SVID whose audience nobody could choose', () => {
  const plain = { ...proven, plainAudience };
  const reusable = (id: readonly unknown[], exp = morning + 300) => ({
    id: sha256Base64Url(JSON.stringify(id)),
    until: exp + 60,
  });

  it('belongs to whoever uses it first, where a policy takes it: it is known by id and jti', async () => {
    expect(await verified(claiming({ aud: plainAudience, jti: 'one' }), plainly)).toEqual({
      ...plain,
      reusable: reusable([spiffeId, 'one']),
    });
  });

  it('is known by id and times where it has no jti', async () => {
    expect(await verified(claiming({ aud: [plainAudience] }), plainly)).toEqual({
      ...plain,
      reusable: reusable([spiffeId, spiffeId, morning, morning + 300]),
    });
  });

  it('may live a day, and is remembered until it counts no more', async () => {
    const exp = morning + 86_400;
    const proof = await verified(claiming({ aud: plainAudience, exp }), plainly);
    expect(proof).toEqual({ ...plain, reusable: reusable([spiffeId, spiffeId, morning, exp], exp) });
    const last = after(morning, 86_400 + 59);
    await expect(verified(claiming({ aud: plainAudience, exp }), { ...plainly, now: last })).resolves.toEqual(
      proof,
    );
  });

  it.each([
    ['lives longer than a day', { exp: morning + 86_401 }],
    ['does not say when it was made', { iat: undefined }],
    ['does not say when it was made, but has a jti', { iat: undefined, jti: 'one' }],
  ])('is refused where it %s', async (_, claims) => {
    const refusal = verified(claiming({ aud: plainAudience, ...claims }), plainly);
    await expect(refusal).rejects.toMatchObject({ fault: 'claims', field: 'token' });
  });

  it('needs none of that with the binding in its audience', async () => {
    const token = claiming({ iat: undefined, jti: 1, exp: morning + 1_000_000 });
    expect(await verified(token, plainly)).toEqual(proven);
  });

  it('is refused where no policy takes it', async () => {
    for (const plainAudiences of [undefined, [], ['another.example']]) {
      const at = { ...bound, ...(plainAudiences && { plainAudiences }) };
      const refusal = verified(claiming({ aud: plainAudience }), at);
      await expect(refusal).rejects.toMatchObject({ fault: 'audience', field: 'token' });
    }
  });

  it.each(ofPlainAudience)('is refused where $attack', async ({ write, fault }) => {
    await expectRefusal((token) => verified(token, plainly), write(world), fault);
  });

  it('has forgeries in that table', () => {
    expect(ofPlainAudience.length).toBeGreaterThan(5);
  });
});
