import { describe, expect, it } from 'vitest';
import { type Bound, EvidenceFault, type Proven } from '../../../../core/evidence.ts';
import { awsWebIdentity } from '../../../../lambda/evidence/methods/aws-web-identity.ts';
import { oidc } from '../../../../lambda/evidence/methods/oidc.ts';
import { spiffeJwt } from '../../../../lambda/evidence/methods/spiffe-jwt.ts';
import { finderAmong } from '../../../../lambda/evidence/provider-keys.ts';
import { morning } from '../../../core/invoices.ts';
import { type JwtParts, signedText, written } from '../../../evidence/jwt-signing.ts';
import {
  account,
  audience,
  binding,
  caller,
  github,
  githubToken,
  jwtKeys,
  publicUrl,
  stsIssuer,
  stsNamespace,
  svidToken,
  trustDomain,
  webIdentityToken,
} from '../../../evidence/jwt-sound.ts';
import { mutationCount, mutationsOf } from '../../../evidence/mutated.ts';

const seed = 20_261_126;
/** Milliseconds; far more than all mutations take. */
const timeout = 900_000;

const bound: Bound = { binding, caller, now: morning };
const svidKeys = finderAmong([{ ...jwtKeys.spire.jwk, use: 'sig' }]);
const byWebIdentity = awsWebIdentity(
  new Map([[stsIssuer, { account, keys: finderAmong([jwtKeys.sts.jwk]) }]]),
  publicUrl,
);
const bySpiffe = spiffeJwt((domain) => (domain === trustDomain ? svidKeys : undefined), publicUrl);
const terms = { algorithms: ['ES256'], keys: finderAmong([jwtKeys.oidc.jwk]) };
const byOidc = oidc(new Map([[github, terms]]), publicUrl);

type Claims = Readonly<Record<string, unknown>>;

/** Each method: its true token, and what the claims of an accepted one must say at least. */
const methods: readonly {
  readonly method: string;
  readonly sound: JwtParts;
  readonly verify: (token: string) => Promise<Proven>;
  readonly bindingIn: (claims: Claims) => unknown;
}[] = [
  {
    method: 'aws_web_identity',
    sound: webIdentityToken,
    verify: (token) => byWebIdentity({ method: 'aws_web_identity', token }, bound),
    bindingIn: (claims) =>
      (claims[stsNamespace] as { request_tags: Claims }).request_tags['mayfly-binding'] === binding,
  },
  {
    method: 'spiffe_jwt',
    sound: svidToken,
    verify: (token) => bySpiffe({ method: 'spiffe_jwt', token }, bound),
    bindingIn: ({ aud }) => `${aud}` === audience,
  },
  {
    method: 'oidc',
    sound: githubToken,
    verify: (token) => byOidc({ method: 'oidc', token }, bound),
    bindingIn: ({ aud }) => `${aud}` === audience,
  },
];

async function outcome(verify: (token: string) => Promise<Proven>, token: string) {
  try {
    return await verify(token);
  } catch (fault) {
    if (fault instanceof EvidenceFault) return fault;
    throw fault;
  }
}

/** A share of all mutations: three methods, and three kinds of mutations of each. */
const share = Math.ceil(mutationCount / 9);

describe.each(methods)(`tokens of $method, mutated (seed ${seed}), ${share} times each`, (each) => {
  const { sound, verify, bindingIn } = each;
  const text = { header: JSON.stringify(sound.header), payload: JSON.stringify(sound.claims) };

  it('as they are sent: they prove what the true one proves, or nothing', { timeout }, async () => {
    const token = written(sound);
    const expected = await verify(token);
    const counts = { accepted: 0, refused: 0 };
    for (const bytes of mutationsOf(Buffer.from(token), seed, share)) {
      const result = await outcome(verify, bytes.toString('latin1'));
      if (!(result instanceof EvidenceFault)) expect(result).toEqual(expected);
      counts[result instanceof EvidenceFault ? 'refused' : 'accepted'] += 1;
    }
    expect(counts.accepted + counts.refused).toBe(share);
    expect(counts.refused).toBeGreaterThan(share * 0.9);
  });

  it('in a payload that their issuer signed: only with subject and binding', { timeout }, async () => {
    const counts = { accepted: 0, refused: 0 };
    for (const payload of mutationsOf(Buffer.from(text.payload), seed + 1, share)) {
      const result = await outcome(verify, signedText(text.header, payload, sound.key));
      if (!(result instanceof EvidenceFault)) {
        const claims = JSON.parse(payload.toString()) as Claims;
        expect(bindingIn(claims)).toBe(true);
        expect([claims['sub'], `${claims['iss']}#${claims['sub']}`]).toContain(
          result.role ?? result.principal,
        );
      }
      counts[result instanceof EvidenceFault ? 'refused' : 'accepted'] += 1;
    }
    expect(counts.accepted + counts.refused).toBe(share);
    expect(counts.refused).toBeGreaterThan(share * 0.5);
  });

  it('in a header that their issuer signed: only where it says the same', { timeout }, async () => {
    const counts = { accepted: 0, refused: 0 };
    for (const header of mutationsOf(Buffer.from(text.header), seed + 2, share)) {
      const result = await outcome(verify, signedText(header, text.payload, sound.key));
      if (!(result instanceof EvidenceFault)) {
        const { alg, kid, typ } = JSON.parse(header.toString());
        expect({ alg, kid }).toEqual({ alg: sound.key.alg, kid: kid === undefined ? kid : sound.key.kid });
        expect([undefined, 'JWT', 'JOSE']).toContain(typ);
      }
      counts[result instanceof EvidenceFault ? 'refused' : 'accepted'] += 1;
    }
    expect(counts.accepted + counts.refused).toBe(share);
    expect(counts.refused).toBeGreaterThan(share * 0.9);
  });
});
