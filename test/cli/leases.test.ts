import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import type { LeaseView } from '../../core/protocol/responses.ts';
import { agent, ended, leaseIdOf, leaseViewed } from './lease-views.ts';
import { operatorKeys, region, startOperatorServer } from './operator-server.ts';
import { atTerminal, mayfly, shellOf } from './run.ts';

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
});

const shell = () => shellOf(operatorKeys, { AWS_REGION: region, MAYFLY_URL: server.url });
const queries = () => server.received.map(({ asked }) => asked);

/** A broker with so many leases, served by pages as the real one does; `shown` of each page pass the filter. */
function brokerWith(count: number, shown: (n: number) => boolean = () => true) {
  server.answer = ({ asked }) => {
    const from = asked['cursor'] === undefined ? 0 : Number(asked['cursor']);
    const to = Math.min(count, from + Number(asked['limit']));
    const page = Array.from({ length: to - from }, (_, i) => from + i).filter(shown);
    const leases = page.map((n) => leaseViewed(n));
    return { body: { leases, ...(to < count && { next: String(to) }) } };
  };
}

test('a table for a person: what lives with the time it has, what ended with who ended it', async () => {
  const operator = 'arn:aws:iam::111122223333:role/ops as alice';
  const leases: LeaseView[] = [
    leaseViewed(0),
    leaseViewed(1, { state: 'revoked', end: ended('revoked', operator, 'wrong invoice') }),
    leaseViewed(2, { state: 'released', end: ended('released', agent) }),
    leaseViewed(3, { state: 'revoked', end: ended('missed_heartbeat', 'timer') }),
    leaseViewed(4, { state: 'expired' }),
  ];
  server.answer = () => ({ body: { leases } });
  const { code, out, err } = await atTerminal(['leases', '--type', 'invoice_processor']);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  const rest = 'invoice_processor  aaaaaaaaaaaaaaaaaaaaaaaaaa  process invoice 4711';
  expect(out.split('\n')).toEqual([
    'lease               state     type               agent                       task                  ends in  ended by',
    `${leaseIdOf(0)}  active    ${rest}  2m 5s`,
    `${leaseIdOf(1)}  revoked   ${rest}           ops as alice: wrong invoice`,
    `${leaseIdOf(2)}  released  ${rest}           its agent`,
    `${leaseIdOf(3)}  revoked   ${rest}           a missed heartbeat`,
    `${leaseIdOf(4)}  expired   ${rest}`,
  ]);
  expect(queries()).toEqual([{ agent_type: 'invoice_processor', limit: '50' }]);
});

test('is asked for one agent by its whole id, and for a state', async () => {
  brokerWith(1);
  await atTerminal(['leases', '--agent', agent, '--state', 'active']);
  expect(queries()).toEqual([{ agent, state: 'active', limit: '100' }]);
});

test('goes from page to page until there are as many as asked for, and says that there are more', async () => {
  brokerWith(250);
  const { out, err } = await atTerminal(['leases', '--type', 'invoice_processor', '--limit', '130']);
  expect(out.split('\n')).toHaveLength(131);
  expect(err).toContain('--all');
  expect(queries().map(({ limit }) => limit)).toEqual(['100', '30']);
});

test('shows all with --all', async () => {
  brokerWith(250);
  const { out, err } = await atTerminal(['leases', '--type', 'invoice_processor', '--all']);
  expect(out.split('\n')).toHaveLength(251);
  expect(err).toBe('');
});

test('a page that the filter left empty is not the end, and a search without end is none', async () => {
  const args = ['leases', '--type', 'invoice_processor', '--state', 'active'];
  brokerWith(400, (n) => n === 350);
  expect((await atTerminal(args)).out).toContain(leaseIdOf(350));
  brokerWith(5_000, () => false);
  server.received.length = 0;
  const { out, err } = await atTerminal(args);
  expect(out).toBe('');
  expect(err).toContain('There may be more: --all');
  expect(queries()).toHaveLength(10);
});

test('does not say that there are more where the last page was cut to the limit by nobody', async () => {
  brokerWith(2);
  const { err } = await atTerminal(['leases', '--type', 'invoice_processor', '--limit', '2']);
  expect(err).toBe('');
});

test('for a machine: one JSON document on standard output, whole and without colour', async () => {
  brokerWith(3);
  const args = ['leases', '--type', 'invoice_processor', '--limit', '2', '--json'];
  const { code, out, err } = await mayfly(args, shell());
  expect({ code, faults: server.faults }).toEqual({ code: 0, faults: [] });
  expect(JSON.parse(out)).toEqual({ leases: [leaseViewed(0), leaseViewed(1)], more: true });
  expect(err).toContain('--all');
});

test('a terminal shows no control characters of others, and no text that turns its direction', async () => {
  const evil = 'pay\u001b[2J\u202egnp\n\u009b1A';
  const task = { ...leaseViewed(0).task, name: evil };
  server.answer = () => ({ body: { leases: [leaseViewed(0, { task })] } });
  const { out } = await atTerminal(['leases', '--type', 'invoice_processor']);
  expect(out.split('\n')).toHaveLength(2);
  expect(out).toContain('pay?[2J?gnp??1A');
});

test('nor does it in JSON, which says the same', async () => {
  const parameters = { invoice_id: '4711\u009b2J\u202egnp\u{e0041}\n' };
  const shown = leaseViewed(0, { task: { ...leaseViewed(0).task, parameters } });
  server.answer = () => ({ body: { leases: [shown] } });
  const { out } = await mayfly(['leases', '--type', 'invoice_processor', '--json'], shell());
  expect(out).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}]/u);
  expect(JSON.parse(out)).toEqual({ leases: [shown], more: false });
});
