import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { toIso } from '../../core/time.ts';
import { agent, leaseIdOf } from './lease-views.ts';
import { operatorKeys, region, startOperatorServer } from './operator-server.ts';
import { atTerminal, mayfly, moment, scripted, shellOf } from './run.ts';

let server: Awaited<ReturnType<typeof startOperatorServer>>;
beforeAll(async () => {
  server = await startOperatorServer();
  for (const [name, value] of Object.entries(shell())) vi.stubEnv(name, value);
});
afterAll(() => {
  vi.unstubAllEnvs();
  return server.close();
});
beforeEach(() => {
  server.received.length = 0;
  server.answer = ({ route }) => ({
    status: route.endsWith('revocations') ? 202 : 200,
    body: route.endsWith('revocations') ? { revocation } : { quarantine },
  });
});

const shell = () => shellOf(operatorKeys, { AWS_REGION: region, MAYFLY_URL: server.url });
const by = 'arn:aws:iam::111122223333:role/ops as alice';
const revocation = {
  id: 'R-1',
  scope: 'type#invoice_processor',
  at: toIso(moment),
  by,
  reason: 'because',
  leases_ended: 0,
  grant_roles: ['mayfly-eu-central-1-invoice_processor-0'],
};
const quarantine = { scope: 'everybody', state: 'quarantined', at: toIso(moment), by };
const because = ['--reason', 'because'] as const;
const sent = () => server.received.map(({ asked }) => asked);

describe('what is asked of the broker', () => {
  test.each([
    [['lease', leaseIdOf(1)], { scope: { lease: leaseIdOf(1) } }],
    [['chain', leaseIdOf(1)], { scope: { chain: leaseIdOf(1) } }],
    [['agent', agent], { scope: { agent } }],
    [
      ['task', 'invoice_processor', 'process invoice 4711'],
      { scope: { task: { agent_type: 'invoice_processor', name: 'process invoice 4711' } } },
    ],
    [
      ['type', 'invoice_processor', '--confirm', 'invoice_processor'],
      { scope: { agent_type: 'invoice_processor' }, confirm: 'invoice_processor' },
    ],
    [
      [
        'type',
        'invoice_processor',
        '--confirm',
        'invoice_processor',
        '--issued-before',
        '2026-11-24T13:00:00.5+01:00',
      ],
      {
        scope: { agent_type: 'invoice_processor' },
        confirm: 'invoice_processor',
        issued_before: '2026-11-24T12:00:00Z',
      },
    ],
  ])('revoke %j', async (words, request) => {
    expect(await atTerminal(['revoke', ...words, ...because])).toMatchObject({ code: 0, asked: [] });
    expect(sent()).toEqual([{ ...request, reason: 'because' }]);
  });

  test.each([
    [['agent', agent], { scope: { agent } }],
    [['principal', 'AROAEXAMPLEEXAMPLE12'], { scope: { principal: 'AROAEXAMPLEEXAMPLE12' } }],
    [['principal', 'spiffe://acme.example/agent'], { scope: { principal: 'spiffe://acme.example/agent' } }],
    [
      ['principal', 'https://token.example#repo:acme/agent:ref:refs/heads/main'],
      { scope: { principal: 'https://token.example#repo:acme/agent:ref:refs/heads/main' } },
    ],
    [['key', 'k'.repeat(43)], { scope: { key: 'k'.repeat(43) } }],
    [
      ['type', 'invoice_processor', '--confirm', 'invoice_processor'],
      { scope: { agent_type: 'invoice_processor' }, confirm: 'invoice_processor' },
    ],
    [['everybody', '--confirm', 'everybody'], { scope: { everybody: true }, confirm: 'everybody' }],
    [['everybody', '--lift'], { scope: { everybody: true }, lift: true }],
    [['type', 'invoice_processor', '--lift'], { scope: { agent_type: 'invoice_processor' }, lift: true }],
  ])('quarantine %j', async (words, request) => {
    expect(await atTerminal(['quarantine', ...words, ...because])).toMatchObject({ code: 0, asked: [] });
    expect(sent()).toEqual([{ ...request, reason: 'because' }]);
  });
});

const wide = [
  ['revoke', ['type', 'invoice_processor'], 'invoice_processor'],
  ['quarantine', ['type', 'invoice_processor'], 'invoice_processor'],
  ['quarantine', ['everybody'], 'everybody'],
] as const;

describe.each(wide)('%s %j, which is wide', (command, words, word) => {
  const args = [command, ...words, ...because];

  test('is asked back at a terminal, and done when the word is typed', async () => {
    const { code, asked } = await atTerminal(args, [word]);
    expect(code).toBe(0);
    expect(asked).toEqual([expect.stringContaining(`Type ${word} to go on`)]);
    expect(sent()).toEqual([expect.objectContaining({ confirm: word })]);
  });

  test.each(['', 'y', 'yes', 'invoice'])('is not done when the answer is "%s"', async (answer) => {
    const { code, err } = await atTerminal(args, [answer]);
    expect(code).toBe(1);
    expect(err).toContain('nothing was done');
    expect(sent()).toEqual([]);
  });

  test('is not asked back with --yes', async () => {
    expect(await atTerminal([...args, '--yes'])).toMatchObject({ code: 0, asked: [] });
    expect(sent()).toEqual([expect.objectContaining({ confirm: word })]);
  });

  test('a script must name it: --yes is not enough without a terminal', async () => {
    for (const more of [[], ['--yes']]) {
      const { code, err } = await scripted([...args, ...more], shell());
      expect(code).toBe(2);
      expect(err).toContain(`--confirm ${word}`);
    }
    expect(sent()).toEqual([]);
    expect(await mayfly([...args, '--confirm', word], shell())).toMatchObject({ code: 0 });
    expect(sent()).toEqual([expect.objectContaining({ confirm: word })]);
  });

  test('is not done where --confirm names something else', async () => {
    const { code, err } = await atTerminal([...args, '--confirm', 'release_agent'], [word]);
    expect(code).toBe(2);
    expect(err).toContain(`this concerns ${word}`);
    expect(sent()).toEqual([]);
  });
});

describe('what a person reads', () => {
  test('names the record, whoever said so, the grant roles and what IAM takes', async () => {
    const { out } = await atTerminal(['revoke', 'agent', agent, ...because]);
    expect(out).toContain(`R-1, on record as said by ${by}`);
    expect(out).toContain('mayfly-eu-central-1-invoice_processor-0');
    expect(out).toContain('a few minutes');
  });

  test('counts the leases that were ended one by one', async () => {
    server.answer = () => ({ status: 202, body: { revocation: { ...revocation, leases_ended: 7 } } });
    expect((await atTerminal(['revoke', 'agent', agent, ...because])).out).toContain('one by one: 7');
  });

  test('tells of a quarantine that leases which are alive stay so', async () => {
    const { out } = await atTerminal(['quarantine', 'everybody', '--yes', ...because]);
    expect(out).toContain('everybody is kept out');
    expect(out).toContain('npx mayfly revoke');
  });

  test('a machine reads the answer as it came', async () => {
    const { out } = await mayfly(['revoke', 'agent', agent, '--json', ...because], shell());
    expect(JSON.parse(out)).toEqual({ revocation });
  });
});
