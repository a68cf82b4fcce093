import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { BrokerError } from '../../../core/broker-error.ts';
import { idTokenVerifier } from '../../../lambda/evidence/id-token.ts';
import { providerOf, startIdentityProvider } from '../../../local/people/identity-provider.ts';
import { loopback, sendJson } from '../../../local/people/loopback.ts';
import { signingKey } from '../../../local/people/signing.ts';
import { manualClock, refusalOf } from '../../core/use-cases/world.ts';
import type { HostileWorld } from '../../oidc/hostile-crafts.ts';
import { hostileTokens } from '../../oidc/hostile-tokens.ts';

const clock = manualClock();
const [issuer, other] = [await startIdentityProvider(clock), await startIdentityProvider(clock)];
const key = signingKey('ES256', 'of-the-attacker');
const attacker = {
  key,
  ...(await loopback((_, response) => sendJson(response, { keys: [key.jwk] }))),
};
const world: HostileWorld = { issuer, other, attacker, now: clock() };
afterAll(() => Promise.all([issuer, other, attacker].map((server) => server.close())));

const path = 'delegation.subject_token';
const providers = [providerOf(issuer.url, { algorithms: ['ES256', 'RS256'] }), other.provider];

describe('a hostile token is refused, and nothing is fetched from where it points', () => {
  it('in ways that all differ in name', () => {
    const names = hostileTokens.map(({ name }) => name);
    expect(names.length).toBeGreaterThan(150);
    expect(new Set(names).size).toBe(names.length);
  });

  it.each(hostileTokens)('$name', async ({ write, says, needsKeys }) => {
    const token = write(world);
    for (const { requests } of [issuer, other, attacker]) requests.length = 0;
    const refusal = await refusalOf(idTokenVerifier(providers, clock)(token, path));
    expect(refusal).toMatchObject({ code: 'invalid_token', evidence: { path } });
    expect(refusal.message).toContain(says);
    expect(issuer.requests).toEqual(needsKeys ? ['GET /keys'] : []);
    expect([...other.requests, ...attacker.requests]).toEqual([]);
  });

  it('with a word that shows nothing of the token', async () => {
    const verify = idTokenVerifier(providers, clock);
    for (const { write } of hostileTokens) {
      const token = write(world);
      const { message } = await refusalOf(verify(token, path));
      for (const part of token.split('.').filter(({ length }) => length > 12))
        expect(message).not.toContain(part.slice(0, 12));
      expect(message).not.toMatch(/alice|mallory|127\.0\.0\.1|dev\/null/);
    }
  });
});

describe('garbage', () => {
  const part = fc.oneof(
    fc.string(),
    fc.base64String(),
    fc.json().map((text) => Buffer.from(text).toString('base64url')),
    fc
      .dictionary(fc.constantFrom('alg', 'kid', 'typ', 'iss', 'aud', 'sub', 'exp', 'iat'), fc.jsonValue())
      .map((value) => Buffer.from(JSON.stringify(value)).toString('base64url')),
  );
  const claims = fc.dictionary(
    fc.constantFrom('aud', 'sub', 'exp', 'iat', 'nbf', 'auth_time', 'nonce', 'amr', 'acr', 'groups', 'x'),
    fc.jsonValue(),
    { minKeys: 1 },
  );
  const header = Buffer.from(JSON.stringify({ alg: 'ES256' })).toString('base64url');
  const hostile = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc.array(part, { minLength: 2, maxLength: 5 }).map((parts) => parts.join('.')),
    // Of the trusted issuer, with claims of any shape and no signature.
    claims.map(
      (some) =>
        `${header}.${Buffer.from(JSON.stringify({ iss: issuer.url, ...some })).toString('base64url')}.x`,
    ),
  );

  it('of 10,000 kinds meets a refusal and never a crash', async () => {
    const verify = idTokenVerifier(providers, clock);
    await fc.assert(
      fc.asyncProperty(hostile, async (token) => {
        const thrown = await verify(token, path).catch((error) => error);
        expect(thrown).toBeInstanceOf(BrokerError);
        expect(thrown).toMatchObject({ code: 'invalid_token', evidence: { path } });
      }),
      { numRuns: 10_000 },
    );
  });

  it('in one character of a right token meets a refusal', async () => {
    const verify = idTokenVerifier(providers, clock);
    const right = issuer.token();
    const anyCharacter = fc.constantFrom(...'ABCXYZabcxyz0189-_.=+/ "\n');
    await fc.assert(
      fc.asyncProperty(fc.nat(right.length - 1), anyCharacter, async (at, character) => {
        const token = right.slice(0, at) + character + right.slice(at + 1);
        // Bits that the last character of a part has too many: base64url reads the same.
        const bytes = (text: string) =>
          text.split('.').map((each) => Buffer.from(each, 'base64url').toString('hex'));
        fc.pre(`${bytes(token)}` !== `${bytes(right)}`);
        // On a machine that is very busy, the keys of another kid may not come in time.
        const code = expect.stringMatching(/^(invalid_token|temporarily_unavailable)$/);
        await expect(verify(token, path)).rejects.toMatchObject({ code });
      }),
      { numRuns: 1_000 },
    );
  });
});
