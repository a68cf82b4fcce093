import { clientCredentialsGrant, genericGrantRequest } from 'openid-client';
import type { Lease } from '../../core/lease.ts';
import type { ContextPolicy } from '../../core/policy/schema.ts';
import type { ClientSystem, Systems } from '../../core/policy/schema-systems.ts';
import { after, type EpochSeconds, toIso } from '../../core/time.ts';
import type { EndingConnector, Granting, Made } from '../../core/use-cases/connector.ts';
import type { Sealer } from '../aws/sealer.ts';
import type { Said } from './oauth-asking.ts';
import { insist, type OauthPorts } from './oauth-insisting.ts';
import { type Kept, keptIn, revoke } from './oauth-revocation.ts';
import {
  type Assertion,
  capabilityOf,
  clientOf,
  exchangeGrant,
  meantFor,
  parametersOf,
} from './oauth-terms.ts';
import { givenAway, type Token, tokenIn } from './oauth-token.ts';

/** What the connector works with. */
export type OauthConnectorOptions = OauthPorts & {
  readonly systems: Systems;
  readonly sealer: Sealer;
  readonly assertion: Assertion;
};

/** Seconds after its end by which a token is surely dead: it was issued a little later than it was asked for. */
const deadBy = 60;

/**
 * Tokens of other people's authorization servers, by the client credentials grant or by exchange (RFC 8693), and their
 * end (RFC 7009). What is asked comes from the policy alone; where, and with which secret, from `systems.yaml` too.
 * Whatever it throws holds nothing secret and has no cause.
 */
export function oauthConnector(options: OauthConnectorOptions): EndingConnector<'oauth'> {
  const { systems, sealer, assertion, clock } = options;

  async function mint({ lease, grant }: Granting<'oauth'>, policy: ContextPolicy, now: EpochSeconds) {
    const capability = capabilityOf(policy, grant);
    const client = clientOf(systems, grant.client);
    const audience = meantFor(client, capability.token_endpoint);
    // Before there is a token that could not be revoked.
    if (client.revocation_endpoint) meantFor(client, client.revocation_endpoint);
    const parameters = await parametersOf(capability, () => assertion(lease, grant.name));
    const isExchange = capability.exchange !== undefined;
    const said = await insist(options, {
      client,
      audience,
      endpoints: { token_endpoint: audience },
      of: (configuration) =>
        isExchange
          ? genericGrantRequest(configuration, exchangeGrant, parameters)
          : clientCredentialsGrant(configuration, parameters),
    });
    const token = tokenIn(said, { scope: capability.scope, longest: client.longest_token, isExchange });
    if (typeof token === 'string') throw await thrownAway(client, audience, said, token);
    const { revocation_endpoint } = client;
    if (!revocation_endpoint) return { credential: credentialOf(token, after(now, token.seconds)) };
    const kept: Kept = { token: token.access_token, audience, until: after(now, token.seconds) };
    return made({ lease, grant }, token, kept).catch(async (error) => {
      throw await thrownAway(client, audience, said, messageOf(error));
    });
  }

  /** A token that can be revoked: it ends with the lease, if not before. */
  async function made({ lease, grant }: Granting<'oauth'>, token: Token, kept: Kept): Promise<Made<'oauth'>> {
    const sealed = await sealer.seal(JSON.stringify(kept), contextOf(lease, grant.name));
    const ends = lease.deadline < kept.until ? lease.deadline : kept.until;
    return { credential: credentialOf(token, ends), sealed };
  }

  /** Why there is no token; one that was given away with the answer is revoked, as nobody knows of it. */
  async function thrownAway(client: ClientSystem, audience: string, said: Said, reason: string) {
    const token = givenAway(said);
    if (token === undefined) return new Error(reason);
    return revoke(options, client, { token, audience }).then(
      () => new Error(`${reason}; it was revoked`),
      () => new Error(`${reason}; it could not be revoked`),
    );
  }

  async function endOne({ lease, grant }: Granting<'oauth'>, sealed: string): Promise<void> {
    const kept = keptIn(await sealer.unseal(sealed, contextOf(lease, grant.name)));
    try {
      await revoke(options, clientOf(systems, grant.client), kept);
    } catch (error) {
      // By the server's own word nothing is left of it: one that is gone for good holds up no lease.
      if (clock() < after(kept.until, deadBy)) throw error;
    }
  }

  async function end(granting: Granting<'oauth'>): Promise<void> {
    const tokens = granting.grant.sealed ?? [];
    const outcomes = await Promise.allSettled(tokens.map((sealed) => endOne(granting, sealed)));
    const faults = outcomes.flatMap((each) => (each.status === 'rejected' ? [messageOf(each.reason)] : []));
    if (faults.length > 0)
      throw new Error(`${faults.length} of ${tokens.length} tokens were not revoked: ${faults[0]}`);
  }

  return { kind: 'oauth', mint, end };
}

function credentialOf({ access_token, scope }: Token, ends: EpochSeconds): Made<'oauth'>['credential'] {
  const named = scope === undefined ? {} : { scope };
  return { access_token, token_type: 'Bearer', ...named, expiration: toIso(ends) };
}

function contextOf({ id }: Lease, grant: string) {
  return { lease: id, grant };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'not an Error was thrown';
}
