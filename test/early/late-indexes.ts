import type { memoryBooks } from '../ports/memory-books.ts';
import type { Simulation } from './simulation.ts';

type Leases = ReturnType<typeof memoryBooks>['leases'];

/** The same leases, whose lists by role and by type show what was written only after `lag` seconds. */
export function lateIndexes(leases: Leases, sim: Simulation, lag: number): Leases {
  if (lag === 0) return leases;
  const isShown = (written: number) => written + lag <= sim.now();
  return {
    ...leases,
    async denied(role, now) {
      const ends = new Map(leases.all().map(({ id, end }) => [id, end?.at ?? 0]));
      return (await leases.denied(role, now)).filter(({ id }) => isShown(ends.get(id) ?? 0));
    },
    async *ofType(agentType, from, before) {
      for await (const page of leases.ofType(agentType, from, before))
        yield page.filter(({ issued_at }) => isShown(issued_at));
    },
  };
}
