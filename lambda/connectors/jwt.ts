import type { Lease } from '../../core/lease.ts';
import type { ContextPolicy } from '../../core/policy/schema.ts';
import { type EpochSeconds, toIso } from '../../core/time.ts';
import type { Connector } from '../../core/use-cases/connector.ts';

/** Kind of the tokens that services trust (RFC 9068 section 2.1), which no attestation result is. */
export const grantTokenType = 'at+jwt';

/** Kind of what the broker says of a lease to an authorization server, which takes it in exchange (RFC 8693). */
export const assertionType = 'mayfly-assertion+jwt';

/** Seconds that such an assertion is good for. */
const assertionSeconds = 60;

/** Signs claims as a JWT of a kind. */
export type Sign = (typ: string, claims: Readonly<Record<string, unknown>>) => Promise<string>;

/** Whose tokens they are, and where their ids come from. */
export type JwtOptions = {
  readonly sign: Sign;
  /** The broker's own address, which is the issuer. */
  readonly publicUrl: string;
  readonly newId: () => string;
};

/**
 * Makes tokens of this broker (RFC 9068): for one audience, bound to the agent's key (`cnf`, RFC 9449 section 6.1), for
 * as long as the lease lives. Nothing has to be ended: they end by themselves, and services may ask (RFC 7662).
 */
export function jwtConnector({ sign, publicUrl, newId }: JwtOptions): Connector<'jwt'> {
  return {
    kind: 'jwt',
    async mint({ lease, grant }, policy, now) {
      const jwt = policy.capabilities[grant.name]?.jwt;
      if (!jwt) throw new Error(`${grant.name} is no capability of jwt`);
      const { scope } = jwt;
      const parameters = jwt.parameters.map((name) => [name, lease.task.parameters[name]] as const);
      const claims = {
        ...aboutLease(lease, publicUrl, now, newId()),
        aud: jwt.audience,
        client_id: lease.agent,
        exp: lease.deadline,
        cnf: { jkt: lease.jkt },
        capability: grant.name,
        ...(scope !== undefined && { scope }),
        ...(parameters.length > 0 && { parameters: Object.fromEntries(parameters) }),
      };
      return {
        credential: {
          access_token: await sign(grantTokenType, claims),
          token_type: 'DPoP',
          ...(scope !== undefined && { scope }),
          expiration: toIso(lease.deadline),
        },
      };
    },
  };
}

/**
 * What the broker says of a lease to the authorization server of one of its `oauth` grants: who works, and for whom where
 * that is what the policy exchanges. Throws for a grant that exchanges nothing.
 */
export function leaseAssertion(
  { sign, publicUrl, newId }: JwtOptions,
  lease: Lease,
  policy: ContextPolicy,
  name: string,
  now: EpochSeconds,
): Promise<string> {
  const isGranted = lease.grants.some((grant) => grant.kind === 'oauth' && grant.name === name);
  const { exchange, token_endpoint } = policy.capabilities[name]?.oauth ?? {};
  if (!isGranted || !exchange || !token_endpoint) throw new Error(`${name} exchanges no token`);
  const { user, agent } = lease;
  if (exchange.subject === 'user' && !user) throw new Error('the lease is on behalf of nobody');
  return sign(assertionType, {
    ...aboutLease(lease, publicUrl, now, newId()),
    aud: token_endpoint,
    exp: Math.min(now + assertionSeconds, lease.deadline),
    ...(exchange.subject === 'user' &&
      user && { sub: user.subject, sub_iss: user.issuer, act: { sub: agent } }),
  });
}

function aboutLease({ id, agent }: Lease, iss: string, iat: EpochSeconds, jti: string) {
  return { iss, sub: agent, iat, jti, lease: id };
}
