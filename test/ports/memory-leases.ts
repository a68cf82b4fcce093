import { sameVote } from '../../core/approval.ts';
import type { Grant } from '../../core/grant.ts';
import {
  grantRoleOf,
  type Lease,
  leaseDue,
  mintsAllowed,
  missedBeat,
  nextDue,
  wasMinted,
} from '../../core/lease.ts';
import type { EpochSeconds } from '../../core/time.ts';
import { isTold, kindsLeft, type LeaseEnd, mayEnd, stateAfter } from '../../core/transitions.ts';
import type { CountingWorld } from '../../core/use-cases/claim-limits.ts';
import { deniedLease } from '../../core/use-cases/climb.ts';
import { type DelegableLeases, mostChildren } from '../../core/use-cases/delegate-lease.ts';
import type { EndingLeases } from '../../core/use-cases/end-grants.ts';
import type { DeniableLeases } from '../../core/use-cases/enforce.ts';
import type { HeardLeases } from '../../core/use-cases/heartbeat.ts';
import type { IssuanceLeases } from '../../core/use-cases/issue-lease.ts';
import type { AwaitingLeases } from '../../core/use-cases/list-approvals.ts';
import type { PagedLeases, Place } from '../../core/use-cases/list-leases.ts';
import { type GrantingLeases, mostSealed } from '../../core/use-cases/mint-grants.ts';
import type { ListedLeases } from '../../core/use-cases/revoke.ts';
import type { Due, DueLeases } from '../../core/use-cases/sweep.ts';
import type { TimedLeases } from '../../core/use-cases/timer.ts';
import type { VotableLeases } from '../../core/use-cases/vote.ts';

/** Leases in memory, with the conditions of the DynamoDB stores, and what a test may ask beside the ports. */
export type MemoryLeases = IssuanceLeases &
  CountingWorld['leases'] &
  VotableLeases &
  AwaitingLeases &
  DelegableLeases &
  HeardLeases &
  TimedLeases &
  ListedLeases &
  DeniableLeases &
  PagedLeases &
  GrantingLeases &
  EndingLeases &
  Omit<DueLeases, 'due'> & {
    /** Every lease that is kept. */
    all(): Lease[];
    /** Ids of the leases that are due. */
    dueNow(now: EpochSeconds): Due[];
    /** The verbs that were called, in order; another port may write its own into it. */
    readonly trail: string[];
  };

type Item = { lease: Lease; due: EpochSeconds | undefined };

const pageSize = 100;

/** Each verb is atomic, as one conditional write is; the contract suite runs against both implementations. */
export function memoryLeases(): MemoryLeases {
  const items = new Map<string, Item>();
  const trail: string[] = [];
  const update = (
    id: string,
    condition: (lease: Lease) => boolean,
    changed: (item: Item) => Partial<Lease> & { due?: EpochSeconds | 'none' },
  ) => {
    const item = items.get(id);
    if (!item || !condition(item.lease)) return false;
    const { due, ...lease } = changed(item);
    const next = due === 'none' ? undefined : (due ?? item.due);
    items.set(id, { lease: { ...item.lease, ...lease }, due: next });
    return true;
  };
  const isOurs = ({ id, attempt }: Lease) => {
    const current = items.get(id)?.lease;
    return current?.state === 'active' && current.attempt === attempt;
  };
  const isIssuing = ({ state }: Lease) => state === 'issuing';
  const isActive = ({ state }: Lease) => state === 'active';
  const isUnminted = ({ state }: Lease) => state === 'pending' || state === 'approved';
  const isAlive = (lease: Lease) => isIssuing(lease) || isActive(lease) || isUnminted(lease);
  const newestFirst = () =>
    [...items.values()].map(({ lease }) => lease).sort((a, b) => (isAfter(a, b) ? 1 : -1));
  return {
    trail,
    all: () => [...items.values()].map(({ lease }) => lease),
    dueNow: (now) =>
      [...items.values()]
        .filter(({ due }) => due !== undefined && due <= now)
        .map(({ lease: { id } }) => ({ kind: 'lease', id })),
    async find(id) {
      trail.push('find');
      return items.get(id)?.lease;
    },
    async reserve(lease) {
      trail.push('reserve');
      const existing = items.get(lease.id)?.lease;
      if (existing) return existing.attempt === lease.attempt ? 'reserved' : existing;
      items.set(lease.id, { lease, due: leaseDue(lease) });
      return 'reserved';
    },
    async findAll(ids) {
      trail.push('findAll');
      return [...new Set(ids)].flatMap((id) => items.get(id)?.lease ?? []);
    },
    async begin(lease) {
      trail.push('begin');
      const current = items.get(lease.id)?.lease;
      if (!current) return false;
      const { approval } = current;
      const may =
        current.state === 'approved' &&
        (approval?.collect_by ?? 0) > lease.issued_at &&
        approval?.request_hash === lease.approval?.request_hash;
      if (!may) return current.state === 'issuing' && current.attempt === lease.attempt;
      items.set(lease.id, { lease, due: leaseDue(lease) });
      return true;
    },
    async vote(read, vote, { state, ...collect }) {
      trail.push('vote');
      const counted = update(
        read.id,
        ({ state: current, approval }) =>
          current === 'pending' &&
          approval !== undefined &&
          approval.request_hash === read.approval?.request_hash &&
          approval.approve_by > vote.at &&
          approval.votes.length === read.approval.votes.length,
        ({ lease: { approval } }) => ({
          state,
          ...(approval && { approval: { ...approval, votes: [...approval.votes, vote], ...collect } }),
          ...('collect_by' in collect && { due: collect.collect_by }),
          ...(state === 'denied' && { due: 'none' as const }),
        }),
      );
      const votes = items.get(read.id)?.lease.approval?.votes ?? [];
      return counted || votes.some((each) => sameVote(each, vote));
    },
    async notified({ id }, at) {
      trail.push('notified');
      update(
        id,
        ({ state }) => state === 'pending',
        ({ lease: { approval }, due }) => ({
          ...(approval && { approval: { ...approval, notified_at: at }, due: approval.approve_by }),
          ...(!approval && due !== undefined && { due }),
        }),
      );
    },
    async awaiting(now, limit, from) {
      const waiting = [...items.values()]
        .flatMap(({ lease: { id, state, approval } }) =>
          state === 'pending' && approval && approval.approve_by > now
            ? [{ id, approve_by: approval.approve_by }]
            : [],
        )
        .sort((a, b) => a.approve_by - b.approve_by || (a.id < b.id ? -1 : 1))
        .filter(
          ({ id, approve_by }) =>
            !from || approve_by > from.approve_by || (approve_by === from.approve_by && id > from.id),
        );
      const places = waiting.slice(0, limit);
      const leases = places.flatMap(({ id }) => items.get(id)?.lease ?? []);
      const last = places.at(-1);
      return { leases, ...(last && places.length === limit && { next: last }) };
    },
    async addChild({ id }, child, at) {
      trail.push('addChild');
      const alive = (lease: Lease) => isActive(lease) && at < lease.deadline && !missedBeat(lease, at);
      const noted = update(
        id,
        (lease) =>
          alive(lease) &&
          !(lease.children ?? []).includes(child) &&
          (lease.children ?? []).length < mostChildren,
        ({ lease: { children = [] } }) => ({ children: [...children, child] }),
      );
      const parent = items.get(id)?.lease;
      return noted || (parent !== undefined && alive(parent) && (parent.children ?? []).includes(child));
    },
    async activate(activated) {
      trail.push('activate');
      const { beat_due } = activated;
      const heard = beat_due !== undefined && { beat_due };
      const changed = () => ({ state: 'active' as const, due: nextDue(activated), ...heard });
      return update(activated.id, isIssuing, changed) || isOurs(activated);
    },
    async fail(failed, failure) {
      trail.push('fail');
      const stays = kindsLeft(failed).length > 0;
      return update(failed.id, isIssuing, () => ({
        state: 'failed',
        failure,
        ...(!stays && { due: 'none' as const }),
      }));
    },
    async remint(reminted, { proof, at, until, deadline }) {
      trail.push('remint');
      const moved = deadline > reminted.deadline ? 1 : 0;
      const most = mintsAllowed({ ...reminted, deadline, renewals: reminted.renewals + moved });
      const mayMint = (lease: Lease) =>
        isActive(lease) &&
        lease.deadline === reminted.deadline &&
        at < lease.deadline &&
        !missedBeat(lease, at) &&
        !lease.proofs.includes(proof) &&
        lease.proofs.length < most &&
        lease.credential_until <= until;
      const counted = update(reminted.id, mayMint, ({ lease, due }) => ({
        proofs: [...lease.proofs, proof],
        credential_until: until,
        minted_at: at,
        attempt: reminted.attempt,
        ...(moved && { deadline, renewals: lease.renewals + 1 }),
        ...(moved ? { due: nextDue({ ...reminted, deadline }) } : due !== undefined && { due }),
      }));
      return counted || isOurs(reminted);
    },
    async end(ended, end) {
      trail.push('end');
      const happened = update(
        ended.id,
        // What was read before anything was minted ends otherwise than what was minted since.
        (lease) => wasMinted(lease) === wasMinted(ended) && mayEnd(lease, end),
        () => ({
          state: stateAfter(end.cause),
          end,
          due: isTold(ended, end.cause) || kindsLeft(ended).length > 0 ? end.at : ('none' as const),
        }),
      );
      return happened || sameEnd(items.get(ended.id)?.lease.end, end);
    },
    async beat(beaten, now, due) {
      trail.push('beat');
      return update(
        beaten.id,
        (lease) =>
          isActive(lease) && now < lease.deadline && lease.beat_due !== undefined && now < lease.beat_due,
        () => ({ beat_due: due, due: nextDue({ ...beaten, beat_due: due }) }),
      );
    },
    async rearm(id, gen) {
      trail.push('rearm');
      return update(
        id,
        (lease) => isActive(lease) && lease.timer_gen === gen,
        () => ({ timer_gen: gen + 1 }),
      );
    },
    async postpone({ id, state }, due) {
      if (items.get(id)?.due !== undefined)
        update(
          id,
          (lease) => lease.state === state,
          () => ({ due }),
        );
    },
    async done(id) {
      update(
        id,
        (lease) => !isAlive(lease),
        () => ({ due: 'none' }),
      );
    },
    async leaveToExpiry(id) {
      update(
        id,
        ({ state }) => state === 'released',
        ({ lease }) => ({
          grants: lease.grants.map((grant, i) =>
            i === 0 && grant.kind === 'aws' ? { ...grant, enforcement: 'left_to_expiry' as const } : grant,
          ),
        }),
      );
    },
    async seal({ id }, index, sealed) {
      return update(
        id,
        (lease) => (isIssuing(lease) || isActive(lease)) && hasRoom(lease, index, sealed),
        ({ lease }) => ({
          grants: changedAt(lease, index, (grant) =>
            grant.kind === 'oauth' ? { ...grant, sealed: [...(grant.sealed ?? []), sealed] } : grant,
          ),
        }),
      );
    },
    async grantEnded({ id }, index, now) {
      update(
        id,
        ({ grants }) => grants[index] !== undefined,
        ({ lease }) => ({
          grants: changedAt(lease, index, (grant) => {
            if (grant.kind === 'aws') return grant;
            const { irrevocable_at: _, ...rest } = grant;
            if (!('sealed' in rest)) return { ...rest, ended_at: now };
            const { sealed: __, ...open } = rest;
            return { ...open, ended_at: now };
          }),
        }),
      );
    },
    async grantIrrevocable({ id }, index, now) {
      update(
        id,
        ({ grants }) => grants[index] !== undefined,
        ({ lease }) => ({
          grants: changedAt(lease, index, (grant) =>
            grant.kind === 'aws' ? grant : { ...grant, irrevocable_at: grant.irrevocable_at ?? now },
          ),
        }),
      );
    },
    async denied(role, now) {
      return [...items.values()].flatMap(({ lease }) => {
        const entry = deniedLease(lease);
        return entry && grantRoleOf(lease) === role && entry.until > now ? [entry] : [];
      });
    },
    async *ofType(agentType, from, before) {
      const found = newestFirst().filter(
        ({ agent_type, issued_at }) => agent_type === agentType && issued_at >= from && issued_at < before,
      );
      for (let i = 0; i < found.length; i += pageSize) yield found.slice(i, i + pageSize);
    },
    async page(by, limit, from) {
      const all = newestFirst().filter((lease) =>
        'agent' in by ? lease.agent === by.agent : lease.agent_type === by.agent_type,
      );
      const rest = from ? all.filter((lease) => isAfter(lease, from)) : all;
      const leases = rest.slice(0, limit);
      const last = leases.at(-1);
      const next =
        last && leases.length === limit ? { next: { id: last.id, issued_at: last.issued_at } } : {};
      return { leases, ...next };
    },
  };
}

function changedAt({ grants }: Lease, index: number, change: (grant: Grant) => Grant): Grant[] {
  return grants.map((grant, i) => (i === index ? change(grant) : grant));
}

function hasRoom({ grants }: Lease, index: number, sealed: string): boolean {
  const kept = grants.flatMap((grant) => (grant.kind === 'oauth' ? (grant.sealed ?? []) : []));
  const size = [...kept, sealed].reduce((sum, each) => sum + each.length, 0);
  const grant = grants[index];
  return size <= mostSealed && !(grant && 'ended_at' in grant);
}

/** Whether a lease comes after a place in a list of the newest first; within a second ids decide. */
function isAfter(lease: Place, place: Place): boolean {
  const [older, same] = [lease.issued_at < place.issued_at, lease.issued_at === place.issued_at];
  return older || (same && lease.id < place.id);
}

function sameEnd(written: LeaseEnd | undefined, { at, cause, by }: LeaseEnd): boolean {
  return written?.at === at && written.cause === cause && written.by === by;
}
