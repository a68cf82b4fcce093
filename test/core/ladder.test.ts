import { describe, expect, it } from 'vitest';
import { denialBudget, denialSize } from '../../core/denial.ts';
import { agentId, leaseId } from '../../core/identity.ts';
import { type DeniedLease, mostEntriesOfOne, nextRung } from '../../core/ladder.ts';
import { agentTag } from '../../core/scope.ts';
import { type RoleShard, untouched } from '../../core/standing.ts';
import { after } from '../../core/time.ts';
import { morning } from './invoices.ts';

const shard = untouched('payer-0');
const at = (seconds: number) => after(morning, seconds);
const agentOf = (name: string) => agentId('mayfly.local', 'payer', 'AROAAGENT', name);
const tagOf = (name: string) => agentTag(agentOf(name));

let ids = 0;

/** So many leases of one agent, revoked unless they say otherwise, each to be denied a second longer than the last. */
function leasesOf(name: string, many: number, changed: Partial<DeniedLease> = {}): DeniedLease[] {
  return Array.from({ length: many }, (_, i) => ({
    id: leaseId('role', name, String(++ids)),
    agent: agentOf(name),
    gen: 0,
    voluntary: false,
    chain: false,
    until: at(100 + i),
    ...changed,
  }));
}

const released = { voluntary: true };

/** Releases of as many agents as it takes to pass a share of the budget, few of each. */
function releasesOver(share: number, of = 4): DeniedLease[] {
  const entries: DeniedLease[] = [];
  for (let i = 0; sizeOf(entries) <= denialBudget * share; i++)
    entries.push(...leasesOf(`many-${i}`, of, released));
  return entries;
}

function sizeOf(entries: readonly DeniedLease[]): number {
  return denialSize({ leases: entries.map(({ id }) => id), chains: [], agents: [] });
}

const idsOf = (entries: readonly DeniedLease[]) => entries.map(({ id }) => id);

describe('the document of a shard', () => {
  it('denies nothing where nothing is to be denied', () => {
    expect(nextRung([], shard, morning)).toEqual({
      act: 'write',
      denial: { leases: [], chains: [], agents: [] },
    });
  });

  it('denies each lease by its id, until its credentials have ended', () => {
    const entries = leasesOf('anna', 3);
    const leases = idsOf(entries);
    expect(nextRung(entries, shard, at(99))).toMatchObject({ act: 'write', denial: { leases } });
    expect(nextRung(entries, shard, at(101))).toMatchObject({ denial: { leases: leases.slice(2) } });
    expect(nextRung(entries, shard, at(102))).toMatchObject({ denial: { leases: [] } });
  });

  it('denies what was delegated from a lease with it, for as long, by the chain that their sessions carry', () => {
    const entries = [...leasesOf('anna', 2, { chain: true }), ...leasesOf('bert', 1)];
    const [first, second] = idsOf(entries);
    expect(nextRung(entries, shard, at(99))).toEqual({
      act: 'write',
      denial: { leases: idsOf(entries), chains: [first, second], agents: [] },
    });
    expect(nextRung(entries, shard, at(100))).toMatchObject({
      denial: { leases: [second], chains: [second] },
    });
  });

  it('denies an agent by its tag while that is said, and its leases not beside', () => {
    const entries = [...leasesOf('anna', 9), ...leasesOf('bert', 1)];
    const denied = { ...shard, agents: { [tagOf('anna')]: { until: at(50), gen: 0 } } };
    expect(nextRung(entries, denied, at(49))).toEqual({
      act: 'write',
      denial: { leases: idsOf(entries.slice(9)), chains: [], agents: [tagOf('anna')] },
    });
  });

  it('denies an agent’s leases again one by one, should they outlive what was said of the agent', () => {
    const entries = leasesOf('anna', 8);
    const denied = { ...shard, agents: { [tagOf('anna')]: { until: at(50), gen: 0 } } };
    expect(nextRung(entries, denied, at(50))).toMatchObject({
      denial: { leases: idsOf(entries), agents: [] },
    });
  });

  it('denies older generations as one while their sessions may live, and their leases not beside', () => {
    const [older, current] = [leasesOf('anna', 2), leasesOf('anna', 2, { gen: 1 })];
    const next: RoleShard = { ...shard, gen: 1, gen_until: at(50) };
    expect(nextRung([...older, ...current], next, at(49))).toEqual({
      act: 'write',
      denial: { leases: idsOf(current), chains: [], agents: [], gen: 1 },
    });
  });

  it('denies what is left of an older generation by id, should it outlive what was said of that', () => {
    const older = leasesOf('anna', 2);
    const next: RoleShard = { ...shard, gen: 1, gen_until: at(50) };
    expect(nextRung(older, next, at(50))).toEqual({
      act: 'write',
      denial: { leases: idsOf(older), chains: [], agents: [] },
    });
  });

  it('denies what was issued before a time until every such session has ended', () => {
    const before = { ...shard, issued_before: morning };
    expect(nextRung([], before, at(3_659))).toMatchObject({ denial: { issued_before: morning } });
    expect(nextRung([], before, at(3_660))).toEqual({
      act: 'write',
      denial: { leases: [], chains: [], agents: [] },
    });
  });
});

describe('the first rung', () => {
  it(`denies an agent as a whole from ${mostEntriesOfOne + 1} revoked leases on`, () => {
    expect(nextRung(leasesOf('anna', 8), shard, morning).act).toBe('write');
    expect(nextRung([...leasesOf('anna', 9), ...leasesOf('bert', 8)], shard, morning)).toEqual({
      act: 'collapse',
      agents: [agentOf('anna')],
    });
  });

  it('names all who have too many, worst first', () => {
    const entries = [...leasesOf('anna', 9), ...leasesOf('bert', 20), ...leasesOf('carl', 10)];
    const agents = [agentOf('bert'), agentOf('carl'), agentOf('anna')];
    expect(nextRung(entries, shard, morning)).toEqual({ act: 'collapse', agents });
  });

  it('counts no release: who gives back many leases is a good agent', () => {
    expect(nextRung(leasesOf('anna', 300, released), shard, morning).act).toBe('write');
    const mixed = [...leasesOf('anna', 8), ...leasesOf('anna', 100, released)];
    expect(nextRung(mixed, shard, morning).act).toBe('write');
  });

  it('counts nothing twice that is over, or denied already', () => {
    const denied = {
      ...shard,
      agents: { [tagOf('anna')]: { until: at(500), gen: 1 } },
      gen: 1,
      gen_until: at(500),
    };
    const entries = [
      ...leasesOf('anna', 20, { gen: 1 }),
      ...leasesOf('bert', 20, { gen: 0 }),
      ...leasesOf('carl', 20, { gen: 1, until: morning }),
    ];
    expect(nextRung(entries, denied, morning)).toMatchObject({ act: 'write', denial: { leases: [] } });
  });

  it('takes releases into account once the document is nearly full: who fills it goes, and no more than needed', () => {
    const filler = leasesOf('anna', 100, released);
    const smaller = leasesOf('bert', 50, released);
    const many = releasesOver(0.5);
    const entries = [...smaller, ...filler, ...many];
    expect(sizeOf(entries)).toBeGreaterThan(denialBudget * 0.8);
    expect(sizeOf([...smaller, ...many])).toBeLessThan(denialBudget * 0.8);
    expect(nextRung(entries, shard, morning)).toEqual({ act: 'collapse', agents: [agentOf('anna')] });
  });
});

describe('the second rung', () => {
  it('leaves to their deadline as few released leases as it takes, those that end soonest', () => {
    const entries = releasesOver(1);
    const soonest = leasesOf('short', 8, { ...released, until: at(10) });
    const all = [...entries, ...soonest];
    const rung = nextRung(all, shard, morning);
    if (rung.act !== 'leave') throw new Error(`it is ${rung.act}`);
    expect(idsOf(soonest)).toEqual(expect.arrayContaining([...rung.leases].slice(0, 8)));
    const kept = all.filter(({ id }) => !rung.leases.includes(id));
    expect(sizeOf(kept)).toBeLessThanOrEqual(denialBudget);
    expect(sizeOf(kept)).toBeGreaterThan(denialBudget - 21);
    expect(nextRung(kept, shard, morning).act).toBe('write');
  });

  it('never leaves what was revoked', () => {
    const revoked = releasesOver(0.7).map((entry) => ({ ...entry, voluntary: false, until: at(1) }));
    const all = [...revoked, ...releasesOver(0.5).map((entry) => ({ ...entry, until: at(500) }))];
    const rung = nextRung(all, shard, morning);
    if (rung.act !== 'leave') throw new Error(`it is ${rung.act}`);
    expect(rung.leases.length).toBeGreaterThan(0);
    for (const id of rung.leases) expect(idsOf(revoked)).not.toContain(id);
  });
});

describe('the last rung', () => {
  it('denies every session of now, when the revoked alone do not fit', () => {
    const revoked = releasesOver(1).map((entry) => ({ ...entry, voluntary: false }));
    expect(nextRung([...revoked, ...leasesOf('anna', 8, released)], shard, morning)).toEqual({
      act: 'next_generation',
    });
  });

  it('is also for agents that are too many', () => {
    const denied = { until: at(100), gen: 0 };
    const agents = Object.fromEntries(Array.from({ length: 400 }, (_, i) => [tagOf(`agent-${i}`), denied]));
    expect(nextRung([], { ...shard, agents }, morning)).toEqual({ act: 'next_generation' });
    const next = { ...shard, agents, gen: 1, gen_until: at(200) };
    const denial = { leases: [], chains: [], agents: [], gen: 1 };
    expect(nextRung([], next, morning)).toEqual({ act: 'write', denial });
  });
});
