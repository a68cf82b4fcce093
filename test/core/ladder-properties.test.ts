import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Denial, denialBudget, denialSize, renderDenial } from '../../core/denial.ts';
import { agentId, leaseId } from '../../core/identity.ts';
import {
  type DeniedLease,
  everySessionEnds,
  mostEntriesOfOne,
  nextRung,
  type Rung,
} from '../../core/ladder.ts';
import { agentTag } from '../../core/scope.ts';
import { type RoleShard, untouched } from '../../core/standing.ts';
import { after, type EpochSeconds } from '../../core/time.ts';
import { morning } from './invoices.ts';

const agents = Array.from({ length: 400 }, (_, i) => agentId('mayfly.local', 'payer', 'AROAAGENT', `${i}`));
const leaseIds = Array.from({ length: 900 }, (_, i) => leaseId('role', 'key', `${i}`));
const moments = fc.integer({ min: -60, max: 4_000 }).map((seconds) => after(morning, seconds));

/** Ended leases: of few agents or of many, revoked or released for the most part. */
const entries = fc
  .record({
    many: fc.oneof(fc.nat(30), fc.integer({ min: 450, max: leaseIds.length })),
    of: fc.constantFrom(1, 3, 20, 60, 400),
    releases: fc.constantFrom(0, 0.1, 0.5, 0.9, 1),
    delegating: fc.constantFrom(0, 0, 0.02, 0.3),
    seed: fc.infiniteStream(
      fc.tuple(fc.nat(399), fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(2), moments, fc.nat(99)),
    ),
  })
  .map(({ many, of, releases, delegating, seed }) =>
    leaseIds.slice(0, many).map((id): DeniedLease => {
      const [who, chance, gen, until, lot] = seed.next().value as [
        number,
        number,
        number,
        EpochSeconds,
        number,
      ];
      const chain = lot < 100 * delegating;
      return { id, agent: agents[who % of] ?? '', gen, voluntary: chance < releases && !chain, chain, until };
    }),
  );

/** A shard of which anything may have been said. */
const shards = fc
  .record({
    gen: fc.nat(2),
    gen_until: moments,
    denied: fc.oneof(fc.constant(0), fc.nat(5), fc.nat(400)),
    until: moments,
    issued_before: fc.option(moments, { nil: undefined }),
  })
  .map(
    ({ gen, gen_until, denied, until, issued_before }): RoleShard => ({
      ...untouched('payer-0'),
      gen,
      gen_until,
      agents: Object.fromEntries(agents.slice(0, denied).map((agent) => [agentTag(agent), { until, gen }])),
      ...(issued_before !== undefined && { issued_before }),
    }),
  );

/** A shard with its ended leases; no lease is of a generation that has not begun. */
const states = fc.tuple(entries, shards).map(([ended, shard]) => ({
  shard,
  ended: ended.map((entry) => {
    const gen = Math.min(entry.gen, shard.gen);
    // A generation is over until none of its credentials can work any more.
    const until = gen < shard.gen && entry.until > shard.gen_until ? shard.gen_until : entry.until;
    return { ...entry, gen, until };
  }),
}));
type State = { readonly ended: readonly DeniedLease[]; readonly shard: RoleShard };

/** What is on record once a rung was taken. */
function taken({ ended, shard }: State, rung: Exclude<Rung, { act: 'write' }>): State {
  const until = after(morning, everySessionEnds);
  switch (rung.act) {
    case 'collapse': {
      const collapsed = rung.agents.map((agent) => [agentTag(agent), { until, gen: shard.gen }]);
      return { ended, shard: { ...shard, agents: { ...shard.agents, ...Object.fromEntries(collapsed) } } };
    }
    case 'leave':
      return { ended: ended.filter(({ id }) => !rung.leases.includes(id)), shard };
    case 'next_generation': {
      const { issued_before: _, ...rest } = shard;
      return { ended, shard: { ...rest, gen: shard.gen + 1, gen_until: until } };
    }
  }
}

/** Takes rung after rung until a document is to be written. */
function climbed(state: State): { readonly rungs: readonly Rung[]; readonly denial: Denial } {
  const rungs: Rung[] = [];
  let current = state;
  while (rungs.length < 50) {
    const rung = nextRung(current.ended, current.shard, morning);
    if (rung.act === 'write') return { rungs, denial: rung.denial };
    rungs.push(rung);
    current = taken(current, rung);
  }
  throw new Error(`it goes on and on: ${rungs.slice(-3).map(({ act }) => act)}`);
}

/** By its agent's tag, or as IAM compares the tag of its generation. */
function isDeniedAsOne({ agent, gen }: DeniedLease, denial: Denial): boolean {
  return denial.agents.includes(agentTag(agent)) || (denial.gen !== undefined && gen < denial.gen);
}

const live = ({ until }: DeniedLease) => until > morning;
const leftBy = (rungs: readonly Rung[]) => rungs.flatMap((rung) => (rung.act === 'leave' ? rung.leases : []));

describe('the ladder', () => {
  it('is climbed to every rung by the cases that are made up here', () => {
    const acts = fc.sample(states, { numRuns: 150, seed: 7 }).flatMap((state) => climbed(state).rungs);
    for (const act of ['collapse', 'leave', 'next_generation'])
      expect(acts.filter((rung) => rung.act === act).length, act).toBeGreaterThan(5);
  });

  it('comes to a document in few steps, whatever is to be denied, and it fits', () => {
    fc.assert(
      fc.property(states, (state) => {
        const { denial } = climbed(state);
        expect(denialSize(denial)).toBeLessThanOrEqual(denialBudget);
      }),
    );
  });

  it('drops no revocation: whoever may still live is denied by id, by agent or by generation', () => {
    fc.assert(
      fc.property(states, (state) => {
        const { rungs, denial } = climbed(state);
        const [left, leases] = [new Set(leftBy(rungs)), new Set(denial.leases)];
        const dropped = state.ended.filter(
          (entry) =>
            live(entry) &&
            !leases.has(entry.id) &&
            !isDeniedAsOne(entry, denial) &&
            !(entry.voluntary && left.has(entry.id)),
        );
        expect(dropped).toEqual([]);
        expect(state.ended.filter(({ id, voluntary }) => left.has(id) && !voluntary)).toEqual([]);
      }),
    );
  });

  it('reaches all that was delegated from whoever it denies by id', () => {
    fc.assert(
      fc.property(states, (state) => {
        const { denial } = climbed(state);
        const [leases, chains] = [new Set(denial.leases), denial.chains];
        const delegating = state.ended.filter(({ id, chain }) => chain && leases.has(id));
        expect(chains.toSorted()).toEqual(delegating.map(({ id }) => id).sort());
      }),
    );
  });

  it('denies nothing that is over, and no generation of now', () => {
    fc.assert(
      fc.property(states, (state) => {
        const { rungs, denial } = climbed(state);
        const alive = new Set(state.ended.filter(live).map(({ id }) => id));
        expect(denial.leases.filter((id) => !alive.has(id))).toEqual([]);
        const gen = state.shard.gen + rungs.filter(({ act }) => act === 'next_generation').length;
        if (denial.gen !== undefined) expect(denial.gen).toBe(gen);
      }),
    );
  });

  it('collapses only agents with too many entries, each once', () => {
    fc.assert(
      fc.property(states, (state) => {
        const collapsed = climbed(state).rungs.flatMap((rung) =>
          rung.act === 'collapse' ? rung.agents : [],
        );
        for (const agent of collapsed) {
          const own = state.ended.filter((entry) => live(entry) && entry.agent === agent);
          expect(own.length).toBeGreaterThan(mostEntriesOfOne);
          expect(state.shard.agents[agentTag(agent)]?.until ?? 0).toBeLessThanOrEqual(morning);
        }
        expect(new Set(collapsed).size).toBe(collapsed.length);
      }),
    );
  });

  it('collapses nobody for releases alone while the document is not nearly full', () => {
    fc.assert(
      fc.property(states, fc.nat(380), ({ ended, shard }, many) => {
        const releases = ended.slice(0, many).map((entry) => ({ ...entry, voluntary: true, chain: false }));
        const bare = { ...shard, agents: {} };
        const leases = releases.filter(live).map(({ id }) => id);
        fc.pre(
          denialSize({ leases, chains: [], agents: [], issued_before: morning, gen: 1 }) <=
            denialBudget * 0.8,
        );
        expect(nextRung(releases, bare, morning).act).toBe('write');
      }),
    );
  });

  it('says the same whatever order the entries come in', () => {
    fc.assert(
      fc.property(states, ({ ended, shard }) => {
        const [one, other] = [ended, ended.toReversed()].map((each) => nextRung(each, shard, morning));
        expect(one?.act).toBe(other?.act);
        if (one?.act === 'write' && other?.act === 'write')
          expect(renderDenial(one.denial)).toBe(renderDenial(other.denial));
      }),
    );
  });
});
