import { describe, expect, it } from 'vitest';
import { oidc as produce } from '../../../../client/evidence/oidc.ts';
import type { Bound } from '../../../../core/evidence.ts';
import { sha256Base64Url } from '../../../../core/hash.ts';
import { oidc } from '../../../../lambda/evidence/methods/oidc.ts';
import { finderAmong } from '../../../../lambda/evidence/provider-keys.ts';
import { morning } from '../../../core/invoices.ts';
import { commonForgeries } from '../../../evidence/jwt-forgeries.ts';
import { ofAudience, ofPlainAudience, plainAudience } from '../../../evidence/jwt-forgeries-audience.ts';
import { oidcForgeries } from '../../../evidence/jwt-forgeries-oidc.ts';
import { type JwtParts, jwtKey, written } from '../../../evidence/jwt-signing.ts';
import {
  audience,
  binding,
  caller,
  eks,
  eksToken,
  github,
  githubToken,
  gitlab,
  gitlabToken,
  google,
  googleToken,
  jwtKeys,
  publicUrl,
} from '../../../evidence/jwt-sound.ts';
import type { JwtWorld } from '../../../evidence/jwt-world.ts';
import { expectRefusal } from './jwt-refusal.ts';

const { oidc: key, oidcNext, oidcRsa, otherOidc } = jwtKeys;
const pss = jwtKey('PS256', 'pss-1');
const keys = finderAmong([key, oidcNext, oidcRsa].map(({ jwk }) => jwk));
const rsaOnly = { algorithms: ['RS256'], keys: finderAmong([oidcRsa.jwk]) };
const verify = oidc(
  new Map([
    [github, { algorithms: ['RS256', 'ES256'], keys }],
    [gitlab, { algorithms: ['ES256', 'RS256'], keys: finderAmong([otherOidc.jwk, oidcRsa.jwk]) }],
    [google, rsaOnly],
    [eks, rsaOnly],
    ['https://pss.example', { algorithms: ['PS256'], keys: finderAmong([pss.jwk]) }],
  ]),
  publicUrl,
);
const sound = githubToken;
const world: JwtWorld = { sound, sibling: oidcNext, rsa: oidcRsa, foreign: otherOidc };
const bound: Bound = { binding, caller, now: morning };
const plainly: Bound = { ...bound, plainAudiences: ['another.example', plainAudience] };
const verified = (token: string, at = bound) => verify({ method: 'oidc', token }, at);
const claiming = (claims: object, parts: JwtParts = sound) =>
  written({ ...parts, claims: { ...parts.claims, ...claims } });

/** What a token of this issuer proves: who it is, and its claims for a policy to ask for. */
function provenBy(iss: string, sub: string, claims: object) {
  return {
    method: 'oidc',
    principal: `${iss}#${sub}`,
    facts: { oidc_issuer: iss, oidc_subject: sub },
    claims,
  };
}

describe('a token of a workload’s issuer', () => {
  it.each([
    ['a job of GitHub Actions', github, githubToken, 'repo:octo-org/octo-repo:environment:prod'],
    [
      'a job of GitLab',
      gitlab,
      gitlabToken,
      'project_path:my-group/my-project:ref_type:branch:ref:feature-branch-1',
    ],
    ['an instance of Google', google, googleToken, '117123456789012345678'],
  ])('proves %s, with all its claims', async (_, iss, parts, sub) => {
    expect(await verified(written(parts))).toEqual(provenBy(iss, sub, parts.claims));
  });

  it('may be signed with PS256 where its issuer is trusted with that', async () => {
    const iss = 'https://pss.example';
    const parts = {
      header: { alg: 'PS256' },
      claims: { iss, sub: 'x', aud: audience, iat: morning, exp: morning + 60 },
      key: pss,
    };
    expect(await verified(written(parts))).toEqual(provenBy(iss, 'x', parts.claims));
  });

  it('may leave its key unnamed where its issuer has but one', async () => {
    const parts = { ...googleToken, header: { alg: 'RS256' } };
    expect((await verified(written(parts))).facts.oidc_issuer).toBe(google);
  });

  it('may have a subject of 255 characters, spaces among them', async () => {
    const sub = `repo: ${'x'.repeat(249)}`;
    expect(await verified(claiming({ sub }))).toEqual(provenBy(github, sub, { ...githubToken.claims, sub }));
  });

  it.each([
    ['59 s after its end', { exp: morning - 59 }],
    ['60 s before it was made', { iat: morning + 60, nbf: morning + 60 }],
    ['an hour after it was made', { iat: morning - 3_600, nbf: morning - 3_600 }],
  ])('counts %s', async (_, claims) => {
    expect((await verified(claiming(claims))).facts.oidc_issuer).toBe(github);
  });

  it('is for the nonce and the key that it was made for', async () => {
    const refusal = verified(written(sound), { ...bound, binding: 'A'.repeat(43) });
    await expect(refusal).rejects.toMatchObject({ fault: 'binding', field: 'token' });
  });

  it('is what the client makes evidence of', async () => {
    const producer = produce(publicUrl, async (aud) => claiming({ aud }));
    const proven = await verify(await producer(binding), bound);
    expect(proven.principal).toBe(`${github}#repo:octo-org/octo-repo:environment:prod`);
    expect(proven.plainAudience).toBeUndefined();
  });

  it('may have 8,192 characters and no more', async () => {
    const filled = (length: number) => claiming({ filler: 'x'.repeat(length) });
    const longest =
      Array.from({ length: 6_144 }, (_, i) => i).findLast((i) => filled(i).length <= 8_192) ?? 0;
    expect((await verified(filled(longest))).facts.oidc_issuer).toBe(github);
    await expect(verified(filled(longest + 1))).rejects.toMatchObject({ fault: 'malformed' });
  });

  const forgeries = [...commonForgeries, ...ofAudience, ...oidcForgeries];

  it.each(forgeries)('is refused where $attack', async ({ write, fault }) => {
    await expectRefusal(verified, write(world), fault);
  });

  it('has forgeries in that table, each by a name of its own', () => {
    expect(forgeries.length).toBeGreaterThan(200);
    expect(new Set(forgeries.map(({ attack }) => attack)).size).toBe(forgeries.length);
  });
});

describe('the projected token of a pod', () => {
  const sub = 'system:serviceaccount:agents:invoice';
  const idOf = (...parts: readonly unknown[]) => sha256Base64Url(JSON.stringify(parts));
  const until = morning + 3_660;

  it('proves its pod where a policy takes its audience, and is known by its times', async () => {
    expect(await verified(written(eksToken), plainly)).toEqual({
      ...provenBy(eks, sub, eksToken.claims),
      plainAudience,
      reusable: { id: idOf(eks, sub, morning, morning + 3_600), until },
    });
  });

  it('is known by its jti where it has one', async () => {
    const proven = await verified(claiming({ jti: 'one' }, eksToken), plainly);
    expect(proven.reusable).toEqual({ id: idOf(eks, 'one'), until });
  });

  it('is another one than that of another pod, time or issuer', async () => {
    const tokens = [
      written(eksToken),
      claiming({ sub: `${sub}2` }, eksToken),
      claiming({ iat: morning - 1 }, eksToken),
      claiming({ exp: morning + 3_599 }, eksToken),
      claiming({ jti: 'one' }, eksToken),
      claiming({ jti: 'two' }, eksToken),
      claiming({ jti: 'one', iss: google }, eksToken),
      claiming({ jti: '' }, eksToken),
    ];
    const ids = await Promise.all(tokens.map(async (token) => (await verified(token, plainly)).reusable?.id));
    expect(new Set(ids).size).toBe(tokens.length);
  });

  it('is the same one to whoever sends it, for whatever nonce', async () => {
    const [mine, theirs] = await Promise.all(
      ['A', 'B'].map((each) => verified(written(eksToken), { ...plainly, binding: each.repeat(43) })),
    );
    expect(mine).toEqual(theirs);
  });

  it('is refused where no policy takes it, or it lives longer than a day', async () => {
    await expect(verified(written(eksToken))).rejects.toMatchObject({ fault: 'audience' });
    const long = claiming({ exp: morning + 86_401 }, eksToken);
    await expect(verified(long, plainly)).rejects.toMatchObject({ fault: 'claims' });
  });

  it.each(ofPlainAudience)('is refused where $attack', async ({ write, fault }) => {
    const token = write({ ...world, sound: eksToken, sibling: oidcRsa });
    await expectRefusal((each) => verified(each, plainly), token, fault);
  });

  it('has forgeries in that table', () => {
    expect(ofPlainAudience.length).toBeGreaterThan(5);
  });
});
