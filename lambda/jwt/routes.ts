import type { KeyObject } from 'node:crypto';
import { jwtVerify } from 'jose';
import { BrokerError } from '../../core/broker-error.ts';
import type { EpochSeconds } from '../../core/time.ts';
import { isAlive, type LeaseClaims } from '../../core/use-cases/introspect.ts';
import { grantTokenType } from '../connectors/jwt.ts';
import { isOf } from '../http/callers.ts';
import type { Request } from '../http/request.ts';
import type { Route } from '../http/serve.ts';

/** Everything the route reaches. */
export type IntrospectionWorld = Parameters<typeof isAlive>[0] & {
  readonly publicUrl: string;
  readonly publicKey: () => Promise<KeyObject>;
  readonly services: ReadonlySet<string>;
  readonly clock: () => EpochSeconds;
};

/** Longest token that is looked at, in characters. */
const longestToken = 8_192;

/**
 * Introspection (RFC 7662): services ask whether a token of this broker still counts. Whatever is no such token, or not
 * any more, is `active: false`, and nothing says why.
 */
export function introspectionRoutes(world: IntrospectionWorld): Readonly<Record<string, Route>> {
  return {
    'POST /v1/introspections': async (request) => {
      if (!isOf(request.caller(), world.services))
        throw new BrokerError('access_denied', 'only services that take tokens of this broker may ask');
      const claims = await verified(tokenOf(request), world);
      const active = claims !== undefined && (await isAlive(world, claims, world.clock()));
      return { status: 200, body: active ? { active, token_type: 'DPoP', ...claims } : { active: false } };
    },
  };
}

/** The one token of a form (RFC 7662 section 2.1); throws `invalid_request`. */
function tokenOf({ body }: Request): string {
  const tokens = new URLSearchParams(body).getAll('token');
  const [token] = tokens;
  if (token !== undefined && tokens.length === 1 && token.length <= longestToken) return token;
  throw new BrokerError('invalid_request', 'one token is needed: token=… as a form', { path: 'token' });
}

async function verified(token: string, world: IntrospectionWorld) {
  try {
    const { payload } = await jwtVerify<LeaseClaims>(token, await world.publicKey(), {
      algorithms: ['ES256'],
      typ: grantTokenType,
      issuer: world.publicUrl,
      currentDate: new Date(world.clock() * 1000),
      requiredClaims: ['aud', 'exp', 'iat', 'jti', 'sub', 'lease', 'capability'],
    });
    return payload;
  } catch (error) {
    // Keys that cannot be had say nothing of the token.
    if (error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_J')) return undefined;
    throw error;
  }
}
