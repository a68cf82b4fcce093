import { isIP } from 'node:net';
import { addressFault, isOwnMachine, type Resolve } from './addresses.ts';
import type { Outbound } from './outbound.ts';

/** Hosts of this machine, which no name server is asked for; the only ones that may be asked without encryption. */
const ownHosts: Readonly<Record<string, readonly string[]>> = {
  '127.0.0.1': ['127.0.0.1'],
  localhost: ['127.0.0.1', '::1'],
};

/** How a host's addresses are found. */
export type Finding = {
  readonly resolve: Resolve;
  /** Whether this is a function in Lambda, whose runtime API is at an address of its own machine. */
  readonly inLambda: boolean;
  readonly signal: AbortSignal;
};

/**
 * All addresses that a request may be connected to, of which none is where nothing may be asked. Throws an Error for a log
 * when there is one, or none at all.
 */
export async function addressesOf(
  { protocol, hostname, username, password }: URL,
  { privateNetwork, patience }: Pick<Outbound, 'privateNetwork' | 'patience'>,
  { resolve, inLambda, signal }: Finding,
): Promise<readonly string[]> {
  if (username || password) throw new Error('its address holds a password');
  const own = Object.hasOwn(ownHosts, hostname) ? ownHosts[hostname] : undefined;
  if (protocol !== 'https:' && (protocol !== 'http:' || !own))
    throw new Error('its address is not encrypted');
  const literal = hostname.replace(/^\[|\]$/g, '');
  const addresses = isIP(literal) ? [literal] : (own ?? (await resolve(hostname, patience, signal)));
  const fault = addresses.map((each) => addressFault(each, privateNetwork)).find((each) => each);
  if (fault) throw new Error(fault);
  if (addresses.length === 0) throw new Error('it leads to no address');
  if (inLambda && addresses.some(isOwnMachine)) throw new Error('it leads to the function itself');
  return addresses;
}
