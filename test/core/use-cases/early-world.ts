import type { AttestationResult } from '../../../core/attestation-result.ts';
import { agentId, leaseId } from '../../../core/identity.ts';
import { grantRoleOf, type Lease } from '../../../core/lease.ts';
import type { Notification } from '../../../core/notification.ts';
import type { RevokedScope } from '../../../core/revocation.ts';
import { after } from '../../../core/time.ts';
import type { RevokerCall } from '../../../core/use-cases/end-lease.ts';
import { enforceDenials, type Incident } from '../../../core/use-cases/enforce.ts';
import { issueLease } from '../../../core/use-cases/issue-lease.ts';
import { type Revoked, revoke } from '../../../core/use-cases/revoke.ts';
import { type Due, type Swept, sweep } from '../../../core/use-cases/sweep.ts';
import type { Timer } from '../../../core/use-cases/timer.ts';
import { memoryBooks } from '../../ports/memory-books.ts';
import { memoryDocuments } from '../../ports/memory-documents.ts';
import { obedientSts } from '../../ports/obedient-sts.ts';
import { grantingPolicy, systems } from '../granting.ts';
import { invoicePolicy, morning, planning } from '../invoices.ts';
import { isDenied } from './denied-session.ts';
import { attestedAs, issued, manualClock, noRecords, orderOf } from './world.ts';

/** What a test says of a deployment; without `heartbeat` nobody has to be heard from, with `granting` there is more than AWS. */
export type EarlyOptions = {
  readonly heartbeat?: number;
  readonly shards?: number;
  readonly granting?: boolean;
};

/** Everything that ends leases, in memory. */
export type EarlyWorld = ReturnType<typeof earlyWorld>;

let names = 0;

/** A world of one agent type, whose roles are few so that leases meet in one document. */
export function earlyWorld({ heartbeat, shards = 1, granting = false }: EarlyOptions = {}) {
  const clock = manualClock();
  const books = memoryBooks();
  const calls: RevokerCall[] = [];
  const sent: { timer: Timer; seconds: number }[] = [];
  const told: Notification[] = [];
  const pauses: number[] = [];
  const lifetime = { buffer: 1.2, floor: 300, maximum: '2x', longest: 900 } as const;
  const policyOf = granting ? grantingPolicy : invoicePolicy;
  const policies = [policyOf({ lifetime: { ...lifetime, ...(heartbeat && { heartbeat }) } })];
  return {
    ...books,
    ...planning,
    clock,
    policies,
    roles: { ...planning.roles, shards },
    systems: granting ? systems : planning.systems,
    agentTypes: ['invoice_processor'],
    lookups: noRecords,
    minter: obedientSts(clock, books.leases.trail),
    documents: memoryDocuments(),
    calls,
    revoker: { send: async (call: RevokerCall) => void calls.push(call) },
    sent,
    timers: { send: async (timer: Timer, seconds: number) => void sent.push({ timer, seconds }) },
    told,
    notifier: { send: async (notification: Notification) => void told.push(notification) },
    pauses,
    async pause(seconds: number) {
      pauses.push(seconds);
      clock.advance(seconds);
    },
  };
}

/** An agent by a name of its own; the same name is the same agent. */
export function agentNamed(name: string): AttestationResult {
  return { ...attestedAs(name), sub: agentId('mayfly.local', 'invoice_processor', 'AROAAGENTONE', name) };
}

/** A lease of an agent, with a key of its own. */
export async function issueTo(
  world: EarlyWorld,
  name = 'anna',
  task: Parameters<typeof orderOf>[0] = {},
): Promise<Lease> {
  const order = orderOf(task, { attested: agentNamed(name), idempotencyKey: `key-${++names}` });
  return issued(await issueLease(world, order)).lease;
}

/** A lease of an agent as it is reserved: its maker has not come back. */
export async function reserveFor(world: EarlyWorld, name = 'anna'): Promise<Lease> {
  let reserved: Lease | undefined;
  const leases = {
    ...world.leases,
    async reserve(lease: Lease) {
      reserved = lease;
      await world.leases.reserve(lease);
      throw new Error('the maker died');
    },
  };
  await issueTo({ ...world, leases }, name).catch(() => undefined);
  if (!reserved) throw new Error('nothing was reserved');
  return reserved;
}

/** Somebody revokes a scope now. */
export function revokeScope(world: EarlyWorld, scope: RevokedScope): Promise<Revoked> {
  const order = { id: `R-${++names}`, scope, at: world.clock(), by: 'role/ops as anna', reason: 'stolen' };
  return revoke(world, order);
}

/** The revoker answers the calls that wait for it, those that come meanwhile too; what it reported. */
export async function runRevoker(world: EarlyWorld): Promise<Incident[]> {
  const incidents: Incident[] = [];
  const report = (incident: Incident) => void incidents.push(incident);
  for (let call = world.calls.shift(); call; call = world.calls.shift())
    await enforceDenials({ ...world, report }, call);
  return incidents;
}

/** One round of the sweeper; what it could not do. */
export async function runSweeper(
  world: EarlyWorld,
): Promise<Swept & { readonly faults: readonly (readonly [Due, string])[] }> {
  const faults: [Due, string][] = [];
  const report = (due: Due, fault: unknown) => void faults.push([due, String(fault)]);
  return { ...(await sweep({ ...world, report }, 0)), faults };
}

/** The lease as it is on record. */
export async function recorded({ leases }: EarlyWorld, { id }: Pick<Lease, 'id'>): Promise<Lease> {
  const lease = await leases.find(id);
  if (!lease) throw new Error(`no lease ${id}`);
  return lease;
}

/** Whether the sessions of a lease are denied by what its role's document says now. */
export async function deniedNow(world: EarlyWorld, lease: Lease): Promise<boolean> {
  return isDenied(world.documents.text(grantRoleOf(lease)), await recorded(world, lease));
}

/** A world with a lease that was revoked, and the role whose document is to say so. */
export async function worldWithRevoked() {
  const world = earlyWorld();
  const lease = await issueTo(world);
  const role = grantRoleOf(lease);
  await revokeScope(world, { kind: 'lease', lease: lease.id });
  return { world, lease, role };
}

/** The id of a lease that nobody has. */
export const nobodysLease = leaseId('AROANOBODY', 'key', 'key');

/** The second so many seconds after the world began. */
export const at = (seconds: number) => after(morning, seconds);
