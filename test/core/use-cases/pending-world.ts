import type { Vote } from '../../../core/approval.ts';
import type { ParameterValues } from '../../../core/decision.ts';
import type { Lease } from '../../../core/lease.ts';
import type { Notification } from '../../../core/notification.ts';
import type { Person } from '../../../core/person.ts';
import { collectCredentials } from '../../../core/use-cases/collect-credentials.ts';
import type { RevokerCall } from '../../../core/use-cases/end-lease.ts';
import { type Granted, issueLease } from '../../../core/use-cases/issue-lease.ts';
import type { MintRequest } from '../../../core/use-cases/mint-again.ts';
import type { JudgedLease } from '../../../core/use-cases/read-lease.ts';
import type { Timer } from '../../../core/use-cases/timer.ts';
import { vote } from '../../../core/use-cases/vote.ts';
import { memoryBooks } from '../../ports/memory-books.ts';
import { obedientSts } from '../../ports/obedient-sts.ts';
import { invoicePolicy, planning } from '../invoices.ts';
import { attestedAs, manualClock, orderOf } from './world.ts';

const issuer = 'https://login.example';

/** Somebody who signed in with MFA at this second, changed as said. */
export function person(subject: string, groups: readonly string[], changed: Partial<Person> = {}): Person {
  return { issuer, subject, mfa: true, groups, claims: {}, ...changed };
}

const asks = (terms: object) => ({ require_approval: terms });

/** By amount: allowed, one manager, two of managers and directors, denied. */
export const tiers = [
  { if: '< 1000', then: 'auto_approve' },
  { if: '< 10000', then: asks({ from: ['managers'], within: '30m' }) },
  { if: '< 20000', then: asks({ from: ['managers', 'directors'], count: 2, within: '1h' }) },
  { else: 'deny' },
] as const;

/** A policy that asks people about amounts, which the system of record knows. */
export function payingPolicy(changed: Parameters<typeof invoicePolicy>[0] = {}) {
  const { conditions, parameters, ...rest } = changed;
  const lookup = { dynamodb: 'invoices', key: { id: '${invoice_id}' }, attribute: 'amount' };
  return invoicePolicy({
    conditions: { user_delegation: 'required', invoice_amount: tiers, ...conditions },
    parameters: {
      customer_id: { type: 'string', pattern: '[a-z0-9-]{1,36}', source: 'claimed' },
      invoice_id: { type: 'string', pattern: '[0-9]{1,12}', source: 'claimed' },
      invoice_amount: { type: 'number', minimum: 0, source: { lookup } },
      ...parameters,
    },
    // What is claimed alone must ask nobody here.
    risk: { weights: { claimed_parameters: 0 } },
    ...rest,
  });
}

let requests = 0;

/** Everything that asking, voting, collecting and ending touch, in memory; invoices are asked about by their number. */
export function pendingWorld(changed: Parameters<typeof payingPolicy>[0] = {}) {
  const clock = manualClock();
  const books = memoryBooks();
  const amounts = new Map<string, number>([['4711', 420]]);
  const [sent, told, calls]: [Timer[], Notification[], RevokerCall[]] = [[], [], []];
  const find = async (_: string, names: readonly string[], { invoice_id }: ParameterValues) =>
    Object.fromEntries(names.map((name) => [name, [amounts.get(String(invoice_id)) ?? 5_000]]));
  return {
    ...books,
    ...planning,
    clock,
    amounts,
    sent,
    told,
    calls,
    lookups: { find },
    policies: [payingPolicy(changed)],
    agentTypes: ['invoice_processor'],
    minter: obedientSts(clock, books.leases.trail),
    timers: { send: async (timer: Timer) => void sent.push(timer) },
    notifier: { send: async (notification: Notification) => void told.push(notification) },
    revoker: { send: async (call: RevokerCall) => void calls.push(call) },
  };
}

/** A world in which people are asked. */
export type PendingWorld = ReturnType<typeof pendingWorld>;

/** The person behind the tasks, and those who are asked. */
export const [alice, mia, max, dora] = [
  person('alice', []),
  person('mia', ['managers']),
  person('max', ['managers']),
  person('dora', ['directors']),
] as const;

const signedIn = (who: Person, world: PendingWorld): Person => ({ authenticated_at: world.clock(), ...who });

/** Asks for an invoice on behalf of alice, under a key of its own unless it is given one. */
export function ask(
  world: PendingWorld,
  invoice_id = '4712',
  task: Parameters<typeof orderOf>[0] = {},
  rest: Parameters<typeof orderOf>[1] = {},
): Promise<Granted> {
  const parameters = { customer_id: 'acme', invoice_id };
  const own = { idempotencyKey: `asked-${++requests}`, user: signedIn(alice, world) };
  return issueLease(world, orderOf({ parameters, ...task }, { ...own, ...rest }));
}

/** A lease that waits for people. */
export async function askPending(
  world: PendingWorld,
  ...rest: Parameters<typeof ask> extends [unknown, ...infer Rest] ? Rest : never
): Promise<Lease> {
  const granted = await ask(world, ...rest);
  if (granted.lease.state !== 'pending') throw new Error(`it is ${granted.lease.state}`);
  return granted.lease;
}

/** What somebody says about a lease; their proof is fresh, and bound to it, unless `voter` says otherwise. */
export function say(
  world: PendingWorld,
  { id, approval }: Pick<Lease, 'id' | 'approval'>,
  voter: Person & { readonly nonce?: string },
  decision: Vote['decision'] = 'approve',
): Promise<JudgedLease> {
  const bound = { nonce: approval?.request_hash, ...signedIn(voter, world) };
  return vote(world, { lease: id, voter: bound, decision, through: 'role/approver as people' });
}

/** A lease that people have approved. */
export async function askApproved(world: PendingWorld, invoice_id = '4712'): Promise<Lease> {
  const lease = await askPending(world, invoice_id);
  return (await say(world, lease, mia)).lease;
}

/** The agent collects a lease, or renews it. */
export function collect(world: PendingWorld, { id }: Pick<Lease, 'id'>, request: Partial<MintRequest> = {}) {
  const own = { proof: `collected-${++requests}`, attempt: `collecting-${requests}` };
  return collectCredentials(world, attestedAs(), id, { ...own, ...request });
}

/** The lease as it is on record. */
export async function onRecord({ leases }: PendingWorld, { id }: Pick<Lease, 'id'>): Promise<Lease> {
  const lease = await leases.find(id);
  if (!lease) throw new Error(`no lease ${id}`);
  return lease;
}
