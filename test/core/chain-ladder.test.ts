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
import { sessionTags } from '../../core/session-tags.ts';
import { type RoleShard, untouched } from '../../core/standing.ts';
import { after } from '../../core/time.ts';
import { denyDocument } from '../early/deny-evaluator.ts';
import { morning } from './invoices.ts';

const agentOf = (name: string | number) => agentId('mayfly.local', 'payer', 'AROAAGENT', `${name}`);
const until = after(morning, 300);
const shard = untouched('payer-0');

/** A lease that ended, released or revoked, and from which something was delegated or not. */
function ended(nth: number, agent: number, voluntary: boolean, chain: boolean): DeniedLease {
  return { id: leaseId('role', 'key', `${nth}`), agent: agentOf(agent), gen: 0, voluntary, chain, until };
}

/** Many ended leases of many agents, the most of them with something below, so that documents fill up. */
const entries = fc
  .record({
    many: fc.oneof(fc.nat(60), fc.integer({ min: 180, max: 700 })),
    of: fc.constantFrom(3, 40, 300),
    releases: fc.constantFrom(0, 0.5, 1, 1),
    delegating: fc.constantFrom(0.02, 0.1, 0.5, 1),
    lots: fc.infiniteStream(fc.tuple(fc.nat(299), fc.nat(99), fc.nat(99))),
  })
  .map(({ many, of, releases, delegating, lots }) =>
    Array.from({ length: many }, (_, nth) => {
      const [agent = 0, release = 0, chain = 0] = lots.next().value as number[];
      return ended(nth, agent % of, release < 100 * releases, chain < 100 * delegating);
    }),
  );

type State = { readonly entries: readonly DeniedLease[]; readonly shard: RoleShard };

function taken(state: State, rung: Exclude<Rung, { act: 'write' }>): State {
  const ends = after(morning, everySessionEnds);
  switch (rung.act) {
    case 'collapse': {
      const denied = rung.agents.map((agent) => [agentTag(agent), { until: ends, gen: state.shard.gen }]);
      const agents = { ...state.shard.agents, ...Object.fromEntries(denied) };
      return { ...state, shard: { ...state.shard, agents } };
    }
    case 'leave':
      return { ...state, entries: state.entries.filter(({ id }) => !rung.leases.includes(id)) };
    case 'next_generation':
      return { ...state, shard: { ...state.shard, gen: state.shard.gen + 1, gen_until: ends } };
  }
}

function climbed(list: readonly DeniedLease[]): { readonly rungs: readonly Rung[]; readonly denial: Denial } {
  const rungs: Rung[] = [];
  let state: State = { entries: list, shard };
  while (rungs.length < 50) {
    const rung = nextRung(state.entries, state.shard, morning);
    if (rung.act === 'write') return { rungs, denial: rung.denial };
    rungs.push(rung);
    state = taken(state, rung);
  }
  throw new Error('it goes on and on');
}

/** What IAM knows of a session of a lease, and of one so many levels below it, each level an agent of its own. */
function contextBelow(entry: Pick<DeniedLease, 'id' | 'agent' | 'gen'>, levels: number) {
  const line = [{ lease: entry.id, agent: entry.agent, task: 'a task' }];
  for (let level = 1; level < levels; level++)
    line.push({
      lease: leaseId('role', entry.id, `${level}`),
      agent: agentOf(`${entry.id} ${level}`),
      task: 'a task',
    });
  const own = levels === 0 ? entry.id : leaseId('role', entry.id, 'own');
  const agent = levels === 0 ? entry.agent : agentOf(`${entry.id} own`);
  const tags = sessionTags({ agent, gen: entry.gen, ancestors: levels === 0 ? [] : line }, 'payer');
  return {
    'aws:SourceIdentity': own,
    'aws:TokenIssueTime': '2026-11-24T02:00:00Z',
    ...Object.fromEntries(Object.entries(tags).map(([key, value]) => [`aws:PrincipalTag/${key}`, value])),
  };
}

const leftBy = (rungs: readonly Rung[]) => rungs.flatMap((rung) => (rung.act === 'leave' ? rung.leases : []));

describe('the ladder, where leases were delegated from', () => {
  it('is climbed to every rung by the cases that are made up here', () => {
    const acts = fc.sample(entries, { numRuns: 150, seed: 11 }).flatMap((list) => climbed(list).rungs);
    for (const act of ['collapse', 'leave', 'next_generation'])
      expect(acts.filter((rung) => rung.act === act).length, act).toBeGreaterThan(5);
  });

  it('comes to a document that fits, and that drops no subtree, however deep', () => {
    fc.assert(
      fc.property(entries, (list) => {
        const { rungs, denial } = climbed(list);
        expect(denialSize(denial)).toBeLessThanOrEqual(denialBudget);
        const denies = denyDocument(renderDenial(denial));
        const left = new Set(leftBy(rungs));
        for (const entry of list) {
          if (left.has(entry.id)) continue;
          for (const levels of entry.chain ? [0, 1, 4] : [0])
            expect(denies(contextBelow(entry, levels)), `${entry.id}, ${levels} below`).toBe(true);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('leaves none to its deadline from which something was delegated, and none that was revoked', () => {
    fc.assert(
      fc.property(entries, (list) => {
        const left = new Set(leftBy(climbed(list).rungs));
        expect(list.filter(({ id, voluntary, chain }) => left.has(id) && (chain || !voluntary))).toEqual([]);
      }),
    );
  });

  it('denies no other tree: neither of another lease nor of another agent, of whatever generation lives', () => {
    fc.assert(
      fc.property(entries, (list) => {
        const { rungs, denial } = climbed(list);
        const denies = denyDocument(renderDenial(denial));
        const gen = rungs.filter(({ act }) => act === 'next_generation').length;
        for (const levels of [0, 1, 4]) {
          const stranger = { id: leaseId('role', 'key', 'a stranger'), agent: agentOf('a stranger'), gen };
          expect(denies(contextBelow(stranger, levels))).toBe(false);
        }
      }),
    );
  });
});

describe('an agent that delegates and then gives back', () => {
  const releases = (many: number) => Array.from({ length: many }, (_, nth) => ended(nth, 1, true, true));

  it(`is no offender, however many leases it gave back while there is room: ${mostEntriesOfOne + 1} or 150`, () => {
    for (const many of [mostEntriesOfOne + 1, 150]) {
      const rung = nextRung(releases(many), shard, morning);
      if (rung.act !== 'write') throw new Error(`it is ${rung.act}`);
      expect(rung.denial.chains).toHaveLength(many);
    }
  });

  it('goes as a whole when it fills the document, and nobody else with it', () => {
    const others = Array.from({ length: 60 }, (_, nth) => ended(1_000 + nth, 100 + nth, true, true));
    expect(denialSize({ leases: [], chains: [], agents: [] })).toBe(0);
    expect(nextRung([...releases(200), ...others], shard, morning)).toEqual({
      act: 'collapse',
      agents: [agentOf(1)],
    });
  });

  it('goes alone where that makes room enough for the others, with the patterns of what it delegated', () => {
    const bert = Array.from({ length: 100 }, (_, nth) => ended(2_000 + nth, 2, true, false));
    // With 21 characters for each of anna's alone it would not be enough, and bert would go for nothing.
    const list = [
      ...releases(150),
      ...bert,
      ...Array.from({ length: 150 }, (_, n) => ended(3_000 + n, 400 + n, true, false)),
    ];
    const whole = denialSize({
      leases: list.map(({ id }) => id),
      chains: releases(150).map(({ id }) => id),
      agents: [],
    });
    expect(whole).toBeGreaterThan(denialBudget * 0.8);
    expect(whole - 150 * 21).toBeGreaterThan(denialBudget * 0.8);
    expect(nextRung(list, shard, morning)).toEqual({ act: 'collapse', agents: [agentOf(1)] });
  });
});
