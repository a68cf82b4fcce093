import type { Network } from '../../../core/session-policy.ts';

/** The account of the policies under proof, and one that is not theirs. */
export const account = '111122223333';
export const otherAccount = '444455556666';

/** Condition keys that say where a request comes from. */
export type From = Readonly<Record<string, string>>;

const direct = { 'aws:ViaAWSService': 'false' };

/** A service makes the call for the agent; the network is the service's own. */
export const service: From = { 'aws:ViaAWSService': 'true', 'aws:SourceIp': '203.0.113.99' };

/** From the internet, through no endpoint; nothing that a policy would name. */
export const anywhere: From = { ...direct, 'aws:SourceIp': '203.0.113.7' };

/** One way in for each thing that the network names, all else wrong; anywhere when there is no network. */
export function rightPlaces(network: Network | undefined): From[] {
  if (!network) return [anywhere];
  return [
    ...(network.source_vpc ?? []).map((vpc) => through(vpc, 'vpce-09999999')),
    ...(network.source_vpce ?? []).map((vpce) => through('vpc-09999999', vpce)),
    ...(network.source_ip ?? []).map((range) => ({
      ...direct,
      'aws:SourceIp': range.replace(/\d+(\/\d+)?$/, '10'),
    })),
  ];
}

/** Ways in that the network does not name, by what is wrong with them. */
export function wrongPlaces(network: Network): Record<string, From> {
  const [vpc = 'vpc-0a1b2c3d'] = network.source_vpc ?? [];
  const [vpce = 'vpce-0a1b2c3d'] = network.source_vpce ?? [];
  return {
    'from the internet': anywhere,
    'from an address next to the range': { ...direct, 'aws:SourceIp': '192.0.3.0' },
    'from an address before the range': { ...direct, 'aws:SourceIp': '192.0.1.255' },
    'from IPv6': { ...direct, 'aws:SourceIp': '2001:db8::1' },
    'through another VPC and endpoint': through('vpc-09999999', 'vpce-09999999'),
    'through a VPC whose id goes on': through(`${vpc}0`, 'vpce-09999999'),
    'through a VPC whose id is in capitals': through(vpc.toUpperCase(), 'vpce-09999999'),
    'through an endpoint whose id goes on': through('vpc-09999999', `${vpce}0`),
    'through an endpoint named as the VPC': through(vpce, vpc),
    'from an address of the range inside another VPC': {
      ...through('vpc-09999999', 'vpce-09999999'),
      'aws:VpcSourceIp': '192.0.2.10',
    },
    'from nowhere that is told': direct,
    'from nowhere, not even whether a service calls': {},
  };
}

function through(vpc: string, vpce: string): From {
  return { ...direct, 'aws:SourceVpc': vpc, 'aws:SourceVpce': vpce, 'aws:VpcSourceIp': '10.0.0.4' };
}
