import { type Denial, denialBudget, denialSize } from './denial.ts';
import { longestCredential } from './lifetime.ts';
import { agentTag } from './scope.ts';
import type { RoleShard } from './standing.ts';
import { after, type EpochSeconds } from './time.ts';

/** A lease that ended early and whose credentials may still be alive. */
export type DeniedLease = {
  readonly id: string;
  readonly agent: string;
  readonly gen: number;
  /** Released by its agent, not revoked. */
  readonly voluntary: boolean;
  /** Whether something was delegated from it: a subtree is never left to its deadline. */
  readonly chain: boolean;
  /** The second from which the entry is not needed any more. */
  readonly until: EpochSeconds;
};

/** More entries than this of one agent, and the agent is denied as a whole. */
export const mostEntriesOfOne = 8;

/** Share of the budget above which those who fill the document collapse first. */
const nearlyFull = 0.8;

/** Seconds after which every session that is open now has ended, with a margin for clocks. */
export const everySessionEnds = longestCredential + 120;

/**
 * What has to happen to a shard next. `collapse`: these agents are revoked as a whole, and kept out. `leave`: these
 * released leases are left to their deadline. `next_generation`: every session of now is denied at once. Each of
 * these is recorded first and the question asked again; `write` ends it: no revocation is ever dropped.
 */
export type Rung =
  | { readonly act: 'collapse'; readonly agents: readonly string[] }
  | { readonly act: 'leave'; readonly leases: readonly string[] }
  | { readonly act: 'next_generation' }
  | { readonly act: 'write'; readonly denial: Denial };

/** The next rung for a shard with these entries. */
export function nextRung(entries: readonly DeniedLease[], shard: RoleShard, now: EpochSeconds): Rung {
  const agents = deniedAgents(shard, now);
  const told = generationTold(shard, now);
  const singles = entries.filter(
    ({ agent, gen, until }) => until > now && gen >= told && !agents.includes(agentTag(agent)),
  );
  const denial = denialOf(singles, agents, shard, now);
  const offenders = offendersOf(singles, denial);
  if (offenders.length > 0) return { act: 'collapse', agents: offenders };
  if (denialSize(denial) <= denialBudget) return { act: 'write', denial };
  const left = leftToExpiry(singles, (kept) => denialOf(kept, agents, shard, now));
  return left ? { act: 'leave', leases: left } : { act: 'next_generation' };
}

/**
 * Tags of the agents that the document names. Who was denied in an older generation is denied with all of that; nothing
 * newer was given to them, as they stay on record until the document has been written without them.
 */
export function deniedAgents(shard: RoleShard, now: EpochSeconds): string[] {
  const told = generationTold(shard, now);
  return Object.entries(shard.agents).flatMap(([tag, { until, gen }]) =>
    until > now && gen >= told ? [tag] : [],
  );
}

/** The generation that the document spares: all older ones are denied. */
function generationTold({ gen, gen_until }: RoleShard, now: EpochSeconds): number {
  return gen_until > now ? gen : 0;
}

function denialOf(
  singles: readonly DeniedLease[],
  agents: readonly string[],
  { gen, gen_until, issued_before }: RoleShard,
  now: EpochSeconds,
): Denial {
  const before = issued_before !== undefined && after(issued_before, everySessionEnds) > now;
  return {
    leases: singles.map(({ id }) => id),
    chains: singles.filter(({ chain }) => chain).map(({ id }) => id),
    agents,
    ...(before && { issued_before }),
    ...(gen_until > now && { gen }),
  };
}

/**
 * Agents with too many entries. Revocations always count. Releases are what a good agent with many short tasks
 * does, and count only when the document is nearly full: then whoever fills it goes first, worst first, and no
 * more of them than needed.
 */
function offendersOf(singles: readonly DeniedLease[], denial: Denial): string[] {
  const revoked = worstFirst(singles.filter(({ voluntary }) => !voluntary)).map(([agent]) => agent);
  const enough = denialBudget * nearlyFull;
  let size = denialSize(denial);
  if (revoked.length > 0 || size <= enough) return revoked;
  const filling: string[] = [];
  for (const [agent] of worstFirst(singles)) {
    if (size <= enough) break;
    filling.push(agent);
    size -= roomOf(singles.filter((entry) => entry.agent === agent)) - agentSize;
  }
  return filling;
}

/** Characters of one lease id with its quotes and comma, of one as the pattern of a chain, and of an agent's pattern. */
const entrySize = 21;
const chainSize = 23;
const agentSize = 31;

function roomOf(entries: readonly DeniedLease[]): number {
  return entries.reduce((sum, { chain }) => sum + entrySize + (chain ? chainSize : 0), 0);
}

function worstFirst(entries: readonly DeniedLease[]): [agent: string, count: number][] {
  const counts = new Map<string, number>();
  for (const { agent } of entries) counts.set(agent, (counts.get(agent) ?? 0) + 1);
  return [...counts].filter(([, count]) => count > mostEntriesOfOne).sort(([, a], [, b]) => b - a);
}

/** The fewest released leases without which the rest fits, those that end soonest; undefined when all are not enough. */
function leftToExpiry(
  singles: readonly DeniedLease[],
  denialWith: (kept: readonly DeniedLease[]) => Denial,
): string[] | undefined {
  const mayGo = ({ voluntary, chain }: DeniedLease) => voluntary && !chain;
  const released = singles.filter(mayGo).sort((a, b) => a.until - b.until);
  const room = denialBudget - denialSize(denialWith(singles.filter((entry) => !mayGo(entry))));
  if (room < 0) return undefined;
  const over = denialSize(denialWith(singles)) - denialBudget;
  const left = released.slice(0, Math.ceil(over / entrySize));
  return left.length > 0 ? left.map(({ id }) => id) : undefined;
}
