import { expect } from 'vitest';
import type { Vote } from '../../core/approval.ts';
import { leaseId } from '../../core/identity.ts';
import type { Lease } from '../../core/lease.ts';
import { issueLease } from '../../core/use-cases/issue-lease.ts';
import { fireTimer } from '../../core/use-cases/timer.ts';
import { vote } from '../../core/use-cases/vote.ts';
import { invoicePolicy } from '../core/invoices.ts';
import { person } from '../core/use-cases/pending-world.ts';
import { orderOf } from '../core/use-cases/world.ts';
import { delay } from './agreement.ts';
import { attestedAgent, people } from './people.ts';
import { earlyWorld } from './world.ts';

/** Seconds that the question stands, and that an approval may be collected. */
export const stands = 300;
export const collectable = 900;

/** How far it has come before processes meet. */
export type Before = 'nothing' | 'pending' | 'one approved' | 'approved';

/** A world of one agent, whose one lease so many people have to approve. */
export function approvalSetting(count: number) {
  const terms = { from: ['managers'], count, within: `${stands}s` };
  const policy = invoicePolicy({
    lifetime: { buffer: 1.2, floor: 300, maximum: '2x', longest: 900 },
    conditions: { invoice_amount: [{ else: { require_approval: terms } }] },
    limits: { concurrent_leases: 1 },
  });
  const transport = { lost: false, timers: (seconds: number) => (transport.lost ? [] : [seconds]) };
  const world = earlyWorld({ policy, delay, transport });
  // What the sweeper would mend is not mended: it is a process where it is wanted.
  world.controls.sweeping = false;
  const { agent, operator, shown, shownDead } = people(world);
  const attested = attestedAgent('one');
  const id = leaseId(attested.principal, attested.cnf.jkt, 'one-key');
  let asked = 0;
  const ask = (key = 'key') =>
    world.invoke('issuance', (ports) => {
      const attempt = `asking ${++asked}`;
      return issueLease(
        ports,
        orderOf({}, { attested, idempotencyKey: `one-${key}`, attempt, proof: attempt }),
      );
    });
  const say = (subject: string, decision: Vote['decision'], lease: Lease) =>
    world.invoke('operations', (ports) => {
      const authenticated_at = ports.clock();
      const voter = {
        ...person(subject, ['managers']),
        authenticated_at,
        nonce: lease.approval?.request_hash,
      };
      return vote(ports, { lease: lease.id, voter, decision, through: 'role/approver' });
    });
  return { world, transport, one: agent('one'), operator, shown, shownDead, id, count, ask, say };
}

/** A setting in which processes meet. */
export type ApprovalSetting = ReturnType<typeof approvalSetting> & { readonly lease: Lease | undefined };

/** Has it come so far; people were told, unless nothing was asked. */
export async function comeTo(
  setting: ReturnType<typeof approvalSetting>,
  before: Before,
): Promise<ApprovalSetting> {
  if (before === 'nothing') return { ...setting, lease: undefined };
  const { lease } = await setting.ask();
  await setting.world.invoke('timer', (ports) => fireTimer(ports, { lease: setting.id, gen: 0 }));
  const voters = { pending: [], 'one approved': ['mia'], approved: ['mia', 'max'].slice(0, setting.count) };
  for (const each of voters[before]) await setting.say(each, 'approve', lease);
  return { ...setting, lease };
}

/**
 * What must hold however it came about: people count once, nothing was made that they did not approve or that one of
 * them denied, and its place is counted once.
 */
export async function isLegal({
  world,
  id,
  count,
}: Pick<ApprovalSetting, 'world' | 'id' | 'count'>): Promise<void> {
  const lease = await world.books.leases.find(id);
  if (!lease) return expect(world.aws.sessions).toEqual([]);
  const votes = lease.approval?.votes ?? [];
  expect(new Set(votes.map(({ subject }) => subject)).size).toBe(votes.length);
  const said = (decision: Vote['decision']) => votes.filter((each) => each.decision === decision).length;
  const isApproved = said('approve') >= count && said('deny') === 0;
  if (lease.state === 'denied') expect(said('deny')).toBe(1);
  if (said('deny') > 0) expect(lease.state).toBe('denied');
  if (/^(approved|issuing|active|released)$/.test(lease.state)) expect(isApproved).toBe(true);
  if (lease.state === 'pending') expect(isApproved).toBe(false);
  if (world.aws.sessions.length > 0) expect(isApproved).toBe(true);
  // Each was on record before it was made: by the proof of who collected, beside that of who asked.
  const mints = lease.minted_at > 0 ? lease.proofs.length - 1 : 0;
  expect(world.aws.sessions.length).toBeLessThanOrEqual(mints);
  for (const session of world.aws.sessions) expect(session.sourceIdentity).toBe(id);
  for (const entries of world.books.quotas.all().values()) expect(entries.length).toBeLessThanOrEqual(1);
}
