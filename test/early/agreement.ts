import { expect } from 'vitest';
import type { Lease } from '../../core/lease.ts';
import { isTerminal } from '../../core/transitions.ts';
import type { Outcome } from './interleave.ts';
import type { Shown } from './people.ts';
import { contradictions, stateOf } from './verdict.ts';
import type { World } from './world.ts';

/** Seconds that IAM takes where processes meet. */
export const delay = 4;

/** Seconds that ending early takes at most, with what the broker takes besides. */
const promised = delay + 3;

/** A world in which processes met, and what was shown in it. */
export type Met = {
  readonly world: World;
  readonly shown: readonly Shown[];
  readonly shownDead: readonly string[];
};

/** One outcome, the same in the answers, on record and in IAM; soon, and for good. */
export async function agrees(
  { world, shown, shownDead }: Met,
  ids: readonly string[],
  outcomes: readonly Outcome[],
): Promise<void> {
  expect(shownDead).toEqual([]);
  await world.sim.advance(promised);
  expect(await contradictions(world, shown)).toEqual([]);
  const soon = await statesOf(world, ids);
  world.controls.sweeping = true;
  await world.sim.advance(130);
  expect(await contradictions(world, shown)).toEqual([]);
  expect(world.unswept).toEqual([]);
  const later = await statesOf(world, ids);
  for (const [id, state] of soon) if (isTerminal(state)) expect(later.get(id)).toBe(state);
  for (const lease of outcomes.flatMap(answered))
    if (isTerminal(lease.state)) expect(later.get(lease.id)).toBe(lease.state);
}

async function statesOf(world: World, ids: readonly string[]) {
  const found = await Promise.all(ids.map((id) => world.books.leases.find(id)));
  const leases = found.filter((lease) => lease !== undefined);
  return new Map(await Promise.all(leases.map(async ({ id }) => [id, await stateOf(world, id)] as const)));
}

/** The lease that an answer showed. */
function answered(outcome: Outcome): readonly Pick<Lease, 'id' | 'state'>[] {
  if (outcome.status === 'rejected') return [];
  const { lease } = (outcome.value ?? {}) as { lease?: Lease };
  return lease ? [lease] : [];
}
