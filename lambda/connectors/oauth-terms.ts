import type { Lease } from '../../core/lease.ts';
import type { ContextPolicy } from '../../core/policy/schema.ts';
import type { OauthCapability } from '../../core/policy/schema-capabilities.ts';
import type { ClientSystem, Systems } from '../../core/policy/schema-systems.ts';
import type { Granting } from '../../core/use-cases/connector.ts';

/** A JWT that this broker signs about the lease and the capability, to be given in exchange (RFC 8693). */
export type Assertion = (lease: Lease, capability: string) => Promise<string>;

/** The grant type of token exchange (RFC 8693 section 2.1). */
export const exchangeGrant = 'urn:ietf:params:oauth:grant-type:token-exchange';

const jwtType = 'urn:ietf:params:oauth:token-type:jwt';

/** What is asked for in an exchange, and has to come back (RFC 8693 section 3). */
export const accessTokenType = 'urn:ietf:params:oauth:token-type:access_token';

/** What the policy of now says of the grant; throws where that is not what the lease was planned by any more. */
export function capabilityOf(
  { capabilities }: ContextPolicy,
  { name, client }: Granting<'oauth'>['grant'],
): OauthCapability {
  const capability = Object.hasOwn(capabilities, name) ? capabilities[name]?.oauth : undefined;
  if (!capability) throw new Error('the policy has no such capability of kind oauth any more');
  if (capability.client !== client) throw new Error('the policy names another client by now');
  return capability;
}

/** The client of that name; throws for none. */
export function clientOf({ clients }: Systems, name: string): ClientSystem {
  const client = Object.hasOwn(clients, name) ? clients[name] : undefined;
  if (!client) throw new Error('the systems have no such client');
  return client;
}

/** The address, where the client's secret may be sent there; throws where its hosts say otherwise. */
export function meantFor({ hosts }: ClientSystem, url: string): string {
  if (!hosts.includes(new URL(url).hostname)) throw new Error('the client is not meant for that host');
  return url;
}

/** Parameters of the request for a token, beside the grant type and what authenticates the client. */
export async function parametersOf(
  { scope, resource, audience, exchange }: OauthCapability,
  assertion: () => Promise<string>,
): Promise<Record<string, string>> {
  return {
    ...(scope !== undefined && { scope }),
    ...(resource !== undefined && { resource }),
    ...(audience !== undefined && { audience }),
    ...(exchange && {
      subject_token: await assertion().catch(() => {
        throw new Error('there is no token of this broker to give in exchange');
      }),
      subject_token_type: jwtType,
      requested_token_type: accessTokenType,
    }),
  };
}
