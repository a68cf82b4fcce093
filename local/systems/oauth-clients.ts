import { timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { createLocalJWKSet, type JSONWebKeySet, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { OauthFault } from './oauth-fault.ts';

/** A client as an authorization server knows it. */
export type OauthServerClient = {
  readonly client_id: string;
  readonly authentication: 'client_secret_basic' | 'client_secret_post' | 'private_key_jwt';
  /** The client secret; none of a client that signs. */
  readonly secret?: string;
  /** Public keys of a client that signs. */
  readonly keys?: JSONWebKeySet;
  readonly grants: readonly ('client_credentials' | 'token_exchange')[];
  readonly scopes: readonly string[];
  /** Services that its tokens may be for, by address (RFC 8707) or by name (RFC 8693); any of its own kind is refused otherwise. */
  readonly resources?: readonly string[];
  readonly audiences?: readonly string[];
};

/** Where a JWT may come from that is believed, and what it must say. */
type Expected = { readonly issuer: string; readonly audiences: readonly string[]; readonly now: number };

const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/** Checks clients: each by the way it is registered for and by no other, once for each assertion. */
export function oauthClients(known: readonly OauthServerClient[]) {
  const clients = new Map(known.map((client) => [client.client_id, client]));
  const used = new Set<string>();

  /** The client that a request is of; throws `invalid_client`. `audiences` are what this server is called in assertions. */
  async function authenticated(
    headers: IncomingHttpHeaders,
    form: URLSearchParams,
    audiences: readonly string[],
    now: number,
  ): Promise<OauthServerClient> {
    const offered = offeredBy(headers.authorization, form);
    const client = clients.get(offered.client_id);
    if (!client || client.authentication !== offered.method) throw notThisClient();
    if (offered.method === 'private_key_jwt') {
      const { client_id } = client;
      const keys = createLocalJWKSet(client.keys ?? { keys: [] });
      const claims = await verified(offered.proof, keys, { issuer: client_id, audiences, now });
      const once = `${client_id} ${claims.jti}`;
      if (claims.sub !== client_id || used.has(once)) throw notThisClient();
      used.add(once);
    } else if (!isSame(offered.proof, client.secret ?? '')) throw notThisClient();
    return client;
  }

  /** The client's secret or keys from now on. */
  function rotate(client_id: string, to: Pick<OauthServerClient, 'secret' | 'keys'>): void {
    const client = clients.get(client_id);
    if (!client) throw new Error(`there is no client ${client_id}`);
    clients.set(client_id, { ...client, ...to });
  }
  return { authenticated, rotate };
}

/** The claims of a JWT that is signed, timely and meant for this server; throws `invalid_client`, as any other proof. */
export async function verified(token: string, keys: JWTVerifyGetKey, expected: Expected) {
  const { issuer, audiences, now } = expected;
  const options = {
    issuer,
    audience: [...audiences],
    algorithms: ['ES256', 'RS256', 'PS256', 'Ed25519'],
    currentDate: new Date(now * 1_000),
    requiredClaims: ['exp', 'sub', 'jti'],
  };
  const { payload } = await jwtVerify(token, keys, options).catch(() => {
    throw notThisClient();
  });
  if (Number(payload.exp) > now + 600) throw notThisClient();
  return payload;
}

/** What a request proves its client by; exactly one way (RFC 6749 section 2.3). */
function offeredBy(authorization: string | undefined, form: URLSearchParams) {
  const assertion = form.get('client_assertion');
  const secret = form.get('client_secret');
  const client_id = form.get('client_id') ?? '';
  const ways = [authorization ?? null, assertion, secret].filter((way) => way !== null);
  if (ways.length !== 1) throw notThisClient();
  if (authorization !== undefined) return { method: 'client_secret_basic', ...basic(authorization) };
  if (secret !== null) return { method: 'client_secret_post', client_id, proof: secret };
  if (form.get('client_assertion_type') !== assertionType) throw notThisClient();
  return { method: 'private_key_jwt', client_id, proof: assertion ?? '' };
}

/** Both parts are form-encoded before they are joined (RFC 6749 section 2.3.1). */
function basic(authorization: string) {
  const [, encoded = ''] = /^Basic ([A-Za-z0-9+/]+=*)$/.exec(authorization) ?? [];
  const [, id = '', secret = ''] = /^([^:]*):(.*)$/.exec(Buffer.from(encoded, 'base64').toString()) ?? [];
  const pair = new URLSearchParams(`id=${id}&secret=${secret}`);
  return { client_id: pair.get('id') ?? '', proof: pair.get('secret') ?? '' };
}

function isSame(offered: string, secret: string): boolean {
  const [one, other] = [Buffer.from(offered), Buffer.from(secret)];
  return other.length > 0 && one.length === other.length && timingSafeEqual(one, other);
}

function notThisClient(): OauthFault {
  return new OauthFault('invalid_client', 401);
}
