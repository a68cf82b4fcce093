import { BrokerError } from '../broker-error.ts';
import type { ProxyCapability } from '../policy/schema-capabilities.ts';
import type { SecretSystem, Systems } from '../policy/schema-systems.ts';
import { shortestSecret } from './reflected-secret.ts';

/** Where the calls of a capability go, and the secret that goes with them. */
export type Upstream = {
  /** The base address, without a slash at its end. */
  readonly base: string;
  readonly system: SecretSystem;
};

/**
 * The place of a capability by the systems of now; throws `access_denied` where its secret is not for that host: policies and
 * systems have different owners.
 */
export function upstreamOf({ base_url, secret }: ProxyCapability, systems: Systems): Upstream {
  const system = Object.hasOwn(systems.secrets, secret) ? systems.secrets[secret] : undefined;
  const { origin, pathname, hostname, search } = new URL(base_url);
  if (!system?.hosts.includes(hostname) || search !== '')
    throw new BrokerError('access_denied', 'the secret of this capability is not for the host of its calls');
  return { base: `${origin}${pathname.replace(/\/$/, '')}`, system };
}

/** The secret in what is kept; throws `upstream_failed` for what cannot be one, and says nothing of it. */
export function secretIn(kept: string, { key }: Pick<SecretSystem, 'key'>): string {
  const secret = key === undefined ? kept : memberOf(kept, key);
  if (secret !== undefined && secret.length >= shortestSecret && /^[ -~]{1,8192}$/.test(secret))
    return secret;
  throw new BrokerError(
    'upstream_failed',
    'the broker has no secret for this capability that it could use: tell its operators; no call was made',
  );
}

/** Without the parser's own words, which quote the text. */
function memberOf(kept: string, key: string): string | undefined {
  try {
    const object: unknown = JSON.parse(kept);
    if (typeof object !== 'object' || object === null || !Object.hasOwn(object, key)) return undefined;
    const value: unknown = (object as Record<string, unknown>)[key];
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}
