import { afterAll, describe, expect, it } from 'vitest';
import { addressFault, resolver } from '../../../lambda/outbound/addresses.ts';
import { nameServer } from '../../trust/name-server.ts';

/** IPv6 addresses that lead to an IPv4 address in the end. */
const forms = (four: string) => [four, `::ffff:${four}`, `64:ff9b::${four}`];

const firstAndLast: readonly [string, string][] = [
  ['10.0.0.0', '10.255.255.255'],
  ['100.64.0.0', '100.127.255.255'],
  ['127.0.0.0', '127.255.255.255'],
  ['172.16.0.0', '172.31.255.255'],
  ['192.168.0.0', '192.168.255.255'],
  ['198.18.0.0', '198.19.255.255'],
];
const inside = [
  ...firstAndLast.flat().flatMap(forms),
  '::1',
  'fc00::',
  'fd12:3456::1',
  'fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff',
];

const never = [
  ...[
    ['0.0.0.0', '0.255.255.255'],
    ['169.254.0.0', '169.254.169.254', '169.254.170.2', '169.254.255.255'],
    ['192.0.0.0', '192.0.0.255', '192.0.2.0', '192.0.2.255'],
    ['192.88.99.0', '192.88.99.255'],
    ['198.51.100.0', '198.51.100.255', '203.0.113.0', '203.0.113.255'],
    ['224.0.0.0', '239.255.255.255', '240.0.0.0', '255.255.255.255'],
  ]
    .flat()
    .flatMap(forms),
  ...['::', '::10.0.0.1', '::8.8.8.8', '64:ff9b:1::a00:1', '100::1', '1fff::1', '4000::1', '5f00::1'],
  ...['fe80::', 'fe80::1', 'febf:ffff::1', 'fec0::1', 'ff02::1', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ...['fd00:ec2::254', 'fd00:ec2::23', 'fd00:ec2::', 'FD00:0EC2::254', 'fd00:ec2:ffff::1'],
  ...['2001::1', '2001:0:a9fe:a9fe::1', '2001:2::1', '2001:1ff::1', '2001:db8::1', '3fff::1', '3fff:fff::1'],
  ...['2002::', '2002:a00:1::1', '2002:a9fe:a9fe::', '2002:808:808::1', '::ffff:0:10.0.0.1'],
  ...[
    'fe80::1%eth0',
    '2606:4700::1111%eth0',
    '8.8.8.8%eth0',
    '',
    'keys.example',
    '10.1',
    '0x7f000001',
    '010.0.0.1',
    ' 8.8.8.8',
  ],
];

const outside = [
  ...['1.1.1.1', '9.255.255.255', '11.0.0.0', '100.63.255.255', '100.128.0.0', '126.255.255.255'],
  ...['128.0.0.0', '169.253.255.255', '169.255.0.0', '172.15.255.255', '172.32.0.0', '192.0.1.255'],
  ...['192.88.98.255', '192.167.255.255', '192.169.0.0', '198.17.255.255', '198.20.0.0', '223.255.255.255'],
  ...[
    '::ffff:8.8.8.8',
    '64:ff9b::808:808',
    '2000::1',
    '2001:200::1',
    '2003::1',
    '2606:4700::1111',
    '3ffe::1',
  ],
];

describe('a source of trust', () => {
  it.each(inside)('is at %s only where a private network is configured', (address) => {
    expect(addressFault(address, false)).toContain('private address');
    expect(addressFault(address, true)).toBeUndefined();
  });

  it.each(never)('is never at "%s"', (address) => {
    expect(addressFault(address, false)).toBeTypeOf('string');
    expect(addressFault(address, true)).toBeTypeOf('string');
  });

  it.each(outside)('may be at %s', (address) => {
    expect(addressFault(address, false)).toBeUndefined();
  });

  it('is looked for at more than a few addresses', () => {
    for (const table of [inside, never, outside]) expect(table.length).toBeGreaterThan(15);
  });
});

describe('a name', () => {
  const addresses: Readonly<Record<string, readonly string[] | undefined>> = {
    'A both.example': ['192.0.2.1', '10.0.0.1'],
    'AAAA both.example': ['2001:db8::1'],
    'A four.example': ['192.0.2.1'],
    'AAAA four.example': [],
    'A half.example': ['192.0.2.1'],
    'A none.example': [],
    'AAAA none.example': [],
  };
  const serving = nameServer((name, type) => addresses[`${type} ${name}`]);
  afterAll(async () => (await serving).close());
  const ask = async (name: string, patience = 2_000, signal = AbortSignal.timeout(10_000)) =>
    resolver([(await serving).address])(name, patience, signal);

  it('leads to all of its addresses, old and new', async () => {
    expect([...(await ask('both.example'))].sort()).toEqual(['10.0.0.1', '192.0.2.1', '2001:db8::1']);
    expect(await ask('four.example')).toEqual(['192.0.2.1']);
  });

  it('leads to those that are told where a server keeps silent on the others', async () => {
    expect(await ask('half.example', 80)).toEqual(['192.0.2.1']);
  });

  it('that has none is no way to anywhere', async () => {
    await expect(ask('none.example')).rejects.toThrow('ENODATA');
  });

  it('is asked for twice and given up when its servers are silent', async () => {
    await expect(ask('silent.example', 80)).rejects.toThrow('ETIMEOUT');
    const { questions } = await serving;
    expect(questions.filter((each) => each === 'A silent.example')).toHaveLength(2);
  });

  it('is no longer asked for once nobody waits', async () => {
    const { questions } = await serving;
    const stop = new AbortController();
    const asked = ask('hanging.example', 60_000, stop.signal);
    const outcome = expect(asked).rejects.toThrow('ECANCELLED');
    await expect.poll(() => questions).toContain('A hanging.example');
    stop.abort();
    await outcome;
  });
});
