import type { ServerResponse } from 'node:http';
import { type Loopback, loopback, sendJson } from '../../local/people/loopback.ts';
import { compact, type SigningKey, signingKey } from '../../local/people/signing.ts';
import { certificate } from './certificates.ts';
import { madeAt, soundSvid, svidKeys } from './svid.ts';

/** A trust domain, `example.org`, with its bundle endpoint, whose workloads get SVIDs of both kinds. */
export type Spire = Loopback & {
  /** A JWT-SVID of this workload for this audience, with other claims where they are said. */
  jwtSvid(id: string, audience: string, claims?: Readonly<Record<string, unknown>>): string;
  /** The X.509-SVID of the one workload that has one: the chain, and its key as PEM. */
  x509Svid(): { readonly chain: readonly Uint8Array[]; readonly key: string };
  /** A new key for JWT-SVIDs; the old one is no longer published. */
  rotate(): void;
  /** What the bundle endpoint answers; without one, the bundle. */
  answerWith(answer?: (response: ServerResponse) => void): void;
};

/** Starts one that is told the time, in epoch seconds. */
export async function startSpire(clock: () => number): Promise<Spire> {
  const seconds = clock() - madeAt;
  const made = (name: keyof typeof soundSvid) => {
    const { notBefore, notAfter } = soundSvid[name];
    return certificate({
      ...soundSvid[name],
      notBefore: notBefore + seconds,
      notAfter: notAfter + seconds + 86_400,
    });
  };
  const [root, middle, leaf] = [made('root'), made('middle'), made('leaf')];
  const authority = svidKeys.root.publicKey.export({ format: 'jwk' });
  let sequence = 0;
  let key: SigningKey;
  let answer: ((response: ServerResponse) => void) | undefined;
  const rotate = () => {
    sequence += 1;
    key = signingKey('ES256', `spire-${sequence}`);
  };
  rotate();
  const server = await loopback((_, response) => {
    if (answer) return answer(response);
    const { alg: _alg, ...jwk } = key.jwk;
    const keys = [
      { ...jwk, use: 'jwt-svid' },
      { ...authority, use: 'x509-svid', x5c: [root.toString('base64')] },
    ];
    sendJson(response, { spiffe_sequence: sequence, spiffe_refresh_hint: 300, keys });
  });
  return {
    ...server,
    jwtSvid(sub, aud, claims = {}) {
      const now = clock();
      const header = JSON.stringify({ alg: 'ES256', kid: key.kid, typ: 'JWT' });
      const payload = { sub, aud: [aud], iat: now, exp: now + 300, ...claims };
      return compact(header, JSON.stringify(payload), 'ES256', key.privateKey);
    },
    x509Svid: () => ({
      chain: [leaf, middle],
      key: svidKeys.leaf.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    }),
    rotate,
    answerWith(next) {
      answer = next;
    },
  };
}
