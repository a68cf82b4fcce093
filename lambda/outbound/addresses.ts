import { Resolver } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';

/** Where a name leads: all of its addresses. Rejects when it has none, and stops when the signal says so. */
export type Resolve = (hostname: string, patience: number, signal: AbortSignal) => Promise<readonly string[]>;

type Net = readonly [address: string, prefix: number];

/** IPv6 addresses that stand for IPv4 addresses: NAT64 (RFC 6052 section 2.1). Mapped ones, node:net takes for what they are. */
const nat64 = '64:ff9b::';

/** Nothing is asked here, whatever configuration says: metadata of the machine, one link, a crowd, nobody. */
const never = netsOf(
  [
    ['0.0.0.0', 8],
    ['169.254.0.0', 16],
    ['192.0.0.0', 24],
    ['192.0.2.0', 24],
    ['192.88.99.0', 24],
    ['198.51.100.0', 24],
    ['203.0.113.0', 24],
    ['224.0.0.0', 4],
    ['240.0.0.0', 4],
  ],
  // The Nitro services of EC2; protocols, Teredo among them; documentation; 6to4.
  [
    ['fd00:ec2::', 32],
    ['2001::', 23],
    ['2001:db8::', 32],
    ['2002::', 16],
    ['3fff::', 20],
  ],
);

/** Networks of one's own, this machine, and what providers and laboratories use inside (RFC 6598, RFC 2544). */
const inside = netsOf(
  [
    ['10.0.0.0', 8],
    ['100.64.0.0', 10],
    ['127.0.0.0', 8],
    ['172.16.0.0', 12],
    ['192.168.0.0', 16],
    ['198.18.0.0', 15],
  ],
  [
    ['::1', 128],
    ['fc00::', 7],
  ],
);

const ownMachine = netsOf([['127.0.0.0', 8]], [['::1', 128]]);

/** What may be public at all: of IPv6, only what IANA gives out as global unicast. */
const given = netsOf([['0.0.0.0', 0]], [['2000::', 3]]);

/**
 * Why nothing may be asked at this address, or undefined when something may: by the special-purpose registries of IANA
 * (RFC 6890), and not at all where a name could be made to lead to the metadata of the machine.
 */
export function addressFault(address: string, privateNetwork: boolean): string | undefined {
  const version = isIP(address);
  // A zone (`fe80::1%eth0`) is of one link.
  if (version === 0 || address.includes('%')) return 'it leads to what is no address';
  const family = version === 4 ? 'ipv4' : 'ipv6';
  if (never.check(address, family)) return `it leads to ${address}, where nothing may be asked`;
  if (inside.check(address, family))
    return privateNetwork ? undefined : `it leads to the private address ${address}`;
  return given.check(address, family) ? undefined : `it leads to ${address}, where nothing may be asked`;
}

/** Whether an address is of this machine itself. */
export function isOwnMachine(address: string): boolean {
  return ownMachine.check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6');
}

/**
 * Asks the name servers of this machine, not its hosts file: `dns.lookup` would hold one of the few threads that verify
 * signatures, and cannot be called off. Two tries take three quarters of `patience` (milliseconds) at most.
 */
export function resolver(servers?: readonly string[]): Resolve {
  return async (hostname, patience, signal) => {
    const dns = new Resolver({ timeout: Math.ceil(patience / 4), tries: 2 });
    if (servers) dns.setServers(servers);
    signal.addEventListener('abort', () => dns.cancel(), { once: true });
    const [four, six] = await Promise.allSettled([dns.resolve4(hostname), dns.resolve6(hostname)]);
    const found = [four, six].flatMap((each) => (each.status === 'fulfilled' ? each.value : []));
    if (found.length === 0 && four.status === 'rejected') throw four.reason;
    return found;
  };
}

function netsOf(four: readonly Net[], six: readonly Net[]): BlockList {
  const list = new BlockList();
  for (const [address, prefix] of four) {
    list.addSubnet(address, prefix, 'ipv4');
    list.addSubnet(`${nat64}${address}`, 96 + prefix, 'ipv6');
  }
  for (const [address, prefix] of six) list.addSubnet(address, prefix, 'ipv6');
  return list;
}
