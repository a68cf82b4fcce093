import { afterAll, describe, expect, it } from 'vitest';
import { idTokenVerifier } from '../../../lambda/evidence/id-token.ts';
import { providerOf, startIdentityProvider } from '../../../local/people/identity-provider.ts';
import { manualClock } from '../../core/use-cases/world.ts';

const clock = manualClock();
const issuer = await startIdentityProvider(clock);
afterAll(() => issuer.close());
const now = clock();
const path = 'user_token';
const verify = idTokenVerifier([issuer.provider], clock);

describe('a token of a trusted provider', () => {
  it('tells who the person is, how and when they proved it, and what the token is for', async () => {
    const person = await verify(
      issuer.token({ claims: { nonce: 'request-hash', customer_id: 'acme' } }),
      path,
    );
    expect(person).toEqual({
      issuer: issuer.url,
      subject: 'alice',
      mfa: true,
      authenticated_at: now,
      groups: ['staff'],
      nonce: 'request-hash',
      claims: expect.objectContaining({ iss: issuer.url, sub: 'alice', customer_id: 'acme' }),
    });
  });

  it('of the least that there is tells no more than that', async () => {
    const least = { auth_time: undefined, amr: undefined, groups: undefined };
    const person = await verify(issuer.token({ claims: least }), path);
    expect(person).toEqual({
      issuer: issuer.url,
      subject: 'alice',
      mfa: false,
      groups: [],
      claims: expect.anything(),
    });
  });

  it.each([
    ['signed with RS256', { alg: 'RS256' }],
    ['signed with ES256', { alg: 'ES256' }],
    ['without kid, where one key fits', { header: { kid: undefined } }],
    ['without typ', { header: { typ: undefined } }],
    ['that is an access token (RFC 9068)', { header: { typ: 'at+jwt' } }],
    ['for this broker in a list of one', { claims: { aud: ['mayfly'] } }],
    ['for the command line, which signed the person in', { claims: { aud: 'mayfly-cli' } }],
    ['asked for by another client', { claims: { azp: 'chat-frontend' } }],
    ['that expired 59 s ago', { claims: { exp: now - 59 } }],
    ['issued 60 s ahead of our clock', { claims: { iat: now + 60, auth_time: now + 60, nbf: now + 60 } }],
    ['with the shortest subject', { claims: { sub: 'a' } }],
    ['with the longest subject', { claims: { sub: 'a'.repeat(255) } }],
    ['with a subject of all kinds of characters', { claims: { sub: `CN=A B,O="x"|~${'`'}<>` } }],
    ['with 500 groups', { claims: { groups: Array.from({ length: 500 }, (_, i) => `${i}`) } }],
    ['with the same name in several objects', { claims: { a: { x: 1 }, b: { x: '"x":' }, c: [{ x: 2 }] } }],
  ])('%s passes', async (_, changes) => {
    await expect(verify(issuer.token(changes), path)).resolves.toMatchObject({ issuer: issuer.url });
  });

  it('of exactly 8,192 characters passes', async () => {
    const filled = (length: number) => issuer.token({ claims: { filler: 'x'.repeat(length) } });
    const roomy = filled(5_000).length;
    const lengths = Array.from(
      { length: 6 },
      (_, i) => 5_000 + Math.floor(((8_192 - roomy) * 3) / 4) + i - 2,
    );
    const fitting = lengths.map(filled).find(({ length }) => length === 8_192) ?? '';
    await expect(verify(fitting, path)).resolves.toMatchObject({ subject: 'alice' });
  });

  it('is not for the command line of a provider that signs nobody in there', async () => {
    const { sign_in, ...provider } = issuer.provider;
    expect(sign_in?.client_id).toBe('mayfly-cli');
    const token = issuer.token({ claims: { aud: 'mayfly-cli' } });
    await expect(idTokenVerifier([provider], clock)(token, path)).rejects.toThrow('aud must be');
  });
});

describe('more than one factor', () => {
  const mfa = { amr: ['mfa', 'hwk'], acr: ['urn:strong'] };
  const strict = idTokenVerifier([providerOf(issuer.url, { mfa })], clock);

  it.each([
    ['a method that the provider counts', { amr: ['pwd', 'hwk'] }, true],
    ['a class that the provider counts', { amr: [], acr: 'urn:strong' }, true],
    ['a password', { amr: ['pwd'] }, false],
    ['another class', { amr: ['pwd'], acr: 'urn:weak' }, false],
    ['a method that only begins alike', { amr: ['mfax'] }, false],
    ['a method in capitals', { amr: ['MFA'] }, false],
    ['the class named as a method', { amr: ['urn:strong'] }, false],
    ['no word about it', { amr: undefined }, false],
  ])('%s: counts as %s', async (_, claims, expected) => {
    await expect(strict(issuer.token({ claims }), path)).resolves.toMatchObject({ mfa: expected });
  });

  it('is nobody where the provider counts nothing', async () => {
    const nothing = idTokenVerifier([providerOf(issuer.url, { mfa: { amr: [], acr: [] } })], clock);
    for (const claims of [{}, { acr: undefined, amr: undefined }, { acr: '' }])
      await expect(nothing(issuer.token({ claims }), path)).resolves.toMatchObject({ mfa: false });
  });
});

describe('groups', () => {
  const groupsOf = async (groups: string, claims: Record<string, unknown>) =>
    (await idTokenVerifier([providerOf(issuer.url, { groups })], clock)(issuer.token({ claims }), path))
      .groups;

  it('come from the claim that the provider names', async () => {
    const claim = 'https://example.com/roles';
    expect(await groupsOf(claim, { [claim]: ['finance-managers'] })).toEqual(['finance-managers']);
  });

  it('are not found in another claim', async () => {
    expect(await groupsOf('roles', { groups: ['finance-managers'] })).toEqual([]);
  });

  it.each(['constructor', '__proto__', 'toString'])('are none where an object just has %s', async (claim) => {
    expect(await groupsOf(claim, {})).toEqual([]);
  });
});

describe('a verifier of nobody', () => {
  it('trusts nobody', async () => {
    const nobody = idTokenVerifier([], clock);
    await expect(nobody(issuer.token(), path)).rejects.toThrow('not one that this broker trusts');
  });
});
