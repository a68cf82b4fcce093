import { spawn } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { BrokerClient } from '../../client/index.ts';
import type { LeaseView } from '../../core/protocol/responses.ts';
import type { LocalBroker } from '../../local/start.ts';
import { approverRole } from '../approver.ts';
import { agentRole, newAgent } from '../broker.ts';
import { alice, frieda, tokenOf } from '../people.ts';
import { shellUnder, startOperated } from './access-roles.ts';
import { scripted } from './run.ts';

let broker: LocalBroker;
let agent: BrokerClient;
const amounts = { '1': 5_000, '2': 15_000, '3': 25_000 };

beforeAll(async () => {
  broker = await startOperated();
  const items = Object.entries(amounts).map(([invoice_id, amount]) => ({
    customer_id: 'acme',
    invoice_id,
    amount,
  }));
  await broker.createTable('invoices', { partition: 'customer_id', sort: 'invoice_id' }, items);
  agent = await newAgent(broker, 'paying_processor');
});
afterAll(() => broker?.stop());

const deciding = (...args: string[]) => scripted(args, shellUnder(broker, approverRole));

async function pending(invoice_id: string): Promise<LeaseView> {
  const task = {
    name: 'process invoice',
    purpose: 'validate it',
    capabilities: ['read_invoice'],
    parameters: { invoice_id },
    estimated_seconds: 60,
  };
  return (await agent.ask(task, { subjectToken: tokenOf(alice, broker.now()) })).lease;
}

/** A file with the ID token of a person, bound to what this lease asks. */
function tokenFile(lease: LeaseView, person: Parameters<typeof tokenOf>[0]): string {
  const file = join(mkdtempSync(join(tmpdir(), 'mayfly-token-')), 'token.jwt');
  writeFileSync(
    file,
    `${tokenOf({ aud: 'mayfly-cli', nonce: lease.approval?.request_hash, ...person }, broker.now())}\n`,
    {
      mode: 0o600,
    },
  );
  return file;
}

test('people see what waits, all of it in the words of the broker, and approve it by a token of their own', async () => {
  const lease = await pending('1');
  expect((await deciding('approvals')).out).toMatch(
    new RegExp(`^${lease.id}  paying_processor  alice  20    invoice_amount\\[1\\] 5000  1        `, 'm'),
  );
  const answer = await deciding('approve', lease.id, '--id-token-file', tokenFile(lease, frieda));
  expect(answer).toMatchObject({ code: 0 });
  expect(answer.err).toContain("invoice_id = 1  (the agent's own word, not verified)");
  expect(answer.err).toContain('invoice_amount = 5000  (from the system of record)');
  expect(answer.err).toContain('s3:GetObject on arn:aws:s3:::acme-invoices/acme/1.json');
  expect(answer.out).toContain(`${lease.id} is approved: its agent may collect it until`);
  expect((await deciding('approvals')).out).toBe('Nothing waits for anybody.');
  const late = await deciding('deny', lease.id, '--id-token-file', tokenFile(lease, frieda));
  expect(late).toMatchObject({ code: 1 });
  expect(late.err).toContain('approval_closed');
});

test('signing in happens in the browser, for this very request', async () => {
  const lease = await pending('2');
  const { code, out } = await approveInBrowser(lease.id, 'frieda');
  expect({ code, out }).toEqual({ code: 0, out: `Your word counts; ${lease.id} waits for 1 more.\n` });
  const second = await approveInBrowser(lease.id, 'dora');
  expect(second.out).toContain(`${lease.id} is approved`);
});

test('where the policy takes the role for proof, no token is needed, and a token proves nothing', async () => {
  const lease = await pending('3');
  const byToken = await deciding('approve', lease.id, '--id-token-file', tokenFile(lease, frieda));
  expect(byToken.err).toContain('approval_refused');
  expect(await deciding('approve', lease.id, '--role')).toMatchObject({ code: 0 });
  const elsewhere = await pending('1').then(({ id }) => deciding('approve', id, '--role'));
  expect(elsewhere.err).toContain('sign in: this needs your ID token');
});

test('whoever is no approver is refused, and told how to become one', async () => {
  const { code, err } = await scripted(['approvals'], shellUnder(broker, agentRole));
  expect(code).toBe(1);
  expect(err).toContain('ApproverAccess');
});

/** Runs `mayfly approve` as a process, and does in its place what a person does in a browser. */
function approveInBrowser(id: string, as: string): Promise<{ code: number | null; out: string }> {
  const script = join(import.meta.dirname, '../../bin/mayfly.ts');
  const child = spawn(process.execPath, [script, 'approve', id], {
    env: shellUnder(broker, approverRole),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [out, err] = ['', ''];
  let visited = false;
  child.stdout.on('data', (chunk: Buffer) => (out += chunk));
  child.stderr.on('data', (chunk: Buffer) => {
    err += chunk;
    const address = /^Sign in at (\S+)$/m.exec(err)?.[1];
    if (address === undefined || visited) return;
    visited = true;
    void fetch(`${address}&as=${as}`);
  });
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, out })));
}
