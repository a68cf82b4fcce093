import { BrokerError } from '../broker-error.ts';
import { awsGrantOf } from '../grant.ts';
import { everySessionEnds } from '../ladder.ts';
import { denialMargin, grantRoleOf, type Lease, seenState, wasMinted } from '../lease.ts';
import { type GrantRoles, grantRoleNames } from '../plan.ts';
import { type Revocation, type RevokedScope, scopeKey } from '../revocation.ts';
import { agentTag, scope } from '../scope.ts';
import { mintingTakes, type RoleShard, revokedNow } from '../standing.ts';
import { after, type EpochSeconds } from '../time.ts';
import { isTerminal, kindsLeft } from '../transitions.ts';
import {
  type Controls,
  callRevoker,
  type EndableLeases,
  type EnforcingWorld,
  type GrantEnders,
  type MarkableShards,
  type Marked,
} from './end-lease.ts';
import { endAll, endListed } from './end-many.ts';

/** Leases as revocations of many find them. */
export type ListedLeases = EndableLeases & {
  /** The type's leases issued from `from` on and before `before`, newest first, page by page; an index, so a little late. */
  ofType(agentType: string, from: EpochSeconds, before: EpochSeconds): AsyncIterable<readonly Lease[]>;
};

/** Shards as revocations of many change them; each notes the change as `mark` does, in the same write. */
export type RevocableShards = MarkableShards & {
  read(role: string): Promise<RoleShard>;
  /** Denies an agent's sessions until `until`. */
  denyAgent(role: string, tag: string, until: EpochSeconds, now: EpochSeconds): Promise<Marked>;
  /** Denies sessions opened before `before`; it never falls. */
  denyIssuedBefore(role: string, before: EpochSeconds, now: EpochSeconds): Promise<Marked>;
  /** Begins generation `gen`, unless it has begun; what the shard denied of older ones is said by that. */
  begin(role: string, gen: number, until: EpochSeconds, now: EpochSeconds): Promise<Marked>;
};

/** Revocations on record. */
export type Revocations = {
  record(revocation: Revocation): Promise<void>;
  find(id: string): Promise<Revocation | undefined>;
  /** Takes it off what is due. */
  close(id: string): Promise<void>;
};

/** Everything that revoking touches. */
export type RevokingWorld = EnforcingWorld & {
  readonly leases: ListedLeases;
  readonly revocations: Revocations;
  readonly controls: Controls;
  readonly enders: GrantEnders;
  readonly shards: RevocableShards;
  readonly roles: GrantRoles;
};

/** What a revocation came to. */
export type Revoked = { readonly leases: number; readonly roles: readonly string[] };

/**
 * Revokes what somebody names: on record first, then carried out; the sweeper repeats what an index may have hidden for
 * a minute. Throws `not_found` for an unknown lease, `lease_ended` for one that has ended.
 */
export async function revoke(world: RevokingWorld, order: Omit<Revocation, 'gen'>): Promise<Revoked> {
  const { scope: revoked } = order;
  if (revoked.kind === 'lease' || revoked.kind === 'chain')
    await refuseUnknown(world, revoked.lease, revoked.kind);
  const gen = revoked.kind === 'type' ? { gen: await nextGen(world, revoked) } : {};
  return recordAndCarryOut(world, { ...order, ...gen });
}

/** Carries out what is on record before anything is done about it. */
export async function recordAndCarryOut(world: RevokingWorld, revocation: Revocation): Promise<Revoked> {
  await world.revocations.record(revocation);
  const revoked = await carryOut(world, revocation);
  if (!repeats(revocation)) await world.revocations.close(revocation.id);
  return revoked;
}

/**
 * Whether a revocation is carried out again though it was in full: only what is found by an index may have been missed.
 * The others must not be, or the sweeper would keep out once more whom an operator has let in since.
 */
export function repeats({ scope: { kind } }: Revocation): boolean {
  return kind === 'task' || kind === 'issued_before';
}

async function refuseUnknown({ leases, clock }: RevokingWorld, id: string, kind: 'lease' | 'chain') {
  const lease = await leases.find(id);
  if (!lease) throw new BrokerError('not_found', 'no such lease', { path: `scope.${kind}` });
  // By the record and the deadline: who else takes it for ended may have a clock that is ahead, and let it live.
  const isOver = isTerminal(lease.state) || (wasMinted(lease) && clock() >= lease.deadline);
  if (kind === 'lease' && isOver) {
    const state = seenState(lease, clock());
    // A release that gave up its room in a full document: only a wider revocation still reaches its credentials.
    const isLeft = awsGrantOf(lease).enforcement === 'left_to_expiry';
    const alive = isLeft && clock() < lease.credential_until;
    const advice = alive
      ? 'its credentials live to their deadline: revoke its agent'
      : 'nothing is left to revoke';
    throw new BrokerError('lease_ended', `this lease is ${state} already: ${advice}`);
  }
}

/** Read before anything is written, so that what is issued from here on may live. */
async function nextGen({ shards, roles }: RevokingWorld, { agent_type }: { readonly agent_type: string }) {
  const all = await Promise.all(grantRoleNames(agent_type, roles).map((role) => shards.read(role)));
  return 1 + Math.max(...all.map(({ gen }) => gen));
}

/** Does what a revocation says; doing it again changes nothing. */
export async function carryOut(world: RevokingWorld, revocation: Revocation): Promise<Revoked> {
  const { scope: revoked, at, by, reason } = revocation;
  const now = world.clock();
  switch (revoked.kind) {
    case 'lease':
      return endAll(world, revocation, [revoked.lease]);
    case 'chain':
      await world.controls.bury(scopeKey(revoked), revokedNow(at));
      return endAll(world, revocation, [revoked.lease]);
    case 'task':
      await world.controls.bury(scopeKey(revoked), revokedNow(at));
      return endListed(world, revocation, revokedNow(at), ({ task }) => task.name === revoked.name);
    case 'agent':
      await world.controls.quarantine(scope.agent(revoked.agent), { at, by, reason });
      return withGrants(world, revocation, await denyWhatItHolds(world, revoked), (lease) =>
        [lease.agent, ...lease.ancestors.map((each) => each.agent)].includes(revoked.agent),
      );
    case 'type':
      return withGrants(
        world,
        revocation,
        await onEveryShard(world, revoked, (role) => begin(world, role, revocation)),
        // What began since lives.
        ({ gen }) => gen < (revocation.gen ?? 1),
      );
    case 'shard':
      await callRevoker(world, revoked.role, [], () => begin(world, revoked.role, revocation));
      return withGrants(
        world,
        revocation,
        { leases: 0, roles: [revoked.role] },
        (lease) => grantRoleOf(lease) === revoked.role && lease.gen < (revocation.gen ?? 1),
      );
    case 'issued_before': {
      await world.controls.bury(scopeKey(revoked), revoked.before);
      const shards = await onEveryShard(world, revoked, (role) =>
        world.shards.denyIssuedBefore(role, revoked.before, now),
      );
      // Sessions that were opened since then for leases from before: by the session's age nobody could tell them.
      const since = after(revoked.before, -mintingTakes);
      const listed = await endListed(
        world,
        revocation,
        revoked.before,
        // What was delegated from one is younger, and only the entry of the one it came from reaches it.
        ({ minted_at, grants, children = [] }) =>
          minted_at >= since || children.length > 0 || kindsLeft({ minted_at, grants }).length > 0,
      );
      return { leases: listed.leases, roles: shards.roles };
    }
  }
}

/**
 * IAM denies all that the agent was given until it was kept out, so all of that is buried: read the clock only now, and
 * allow for one of issuance's that is ahead. Nothing new is buried with it, as a denied agent is given nothing.
 */
async function denyWhatItHolds(
  world: RevokingWorld,
  revoked: RevokedScope & { readonly kind: 'agent' },
): Promise<Revoked> {
  const now = world.clock();
  await world.controls.bury(scopeKey(revoked), after(revokedNow(now), denialMargin));
  return onEveryShard(world, revoked, (role) =>
    world.shards.denyAgent(role, agentTag(revoked.agent), after(now, everySessionEnds), now),
  );
}

/**
 * IAM denies what is revoked as a whole by one entry; grants beyond AWS are ended one by one, with their leases. Of what an
 * index does not show yet the timer or the sweeper finds that it is over.
 */
async function withGrants(
  world: RevokingWorld,
  revocation: Revocation,
  { roles }: Revoked,
  meant: (lease: Lease) => boolean,
): Promise<Revoked> {
  const hasGrants = (lease: Lease) => kindsLeft(lease).length > 0 && meant(lease);
  const before = after(revokedNow(world.clock()), denialMargin);
  const { leases } = await endListed(world, revocation, before, hasGrants, 'scope_revoked');
  return { leases, roles };
}

/** Sessions of now end at the latest when none of this moment can live any more. */
function begin({ shards, clock }: RevokingWorld, role: string, { gen = 1 }: Revocation): Promise<Marked> {
  return shards.begin(role, gen, after(clock(), everySessionEnds), clock());
}

async function onEveryShard(
  world: RevokingWorld,
  { agent_type }: { readonly agent_type: string },
  change: (role: string) => Promise<Marked>,
): Promise<Revoked> {
  const roles = grantRoleNames(agent_type, world.roles);
  for (const role of roles) await callRevoker(world, role, [], () => change(role));
  return { leases: 0, roles };
}
