import { BrokerError } from '../../core/broker-error.ts';
import { isCrash, plannedCrashes } from './crash.ts';
import { lineOf, type Node } from './delegation-tree.ts';
import { delegatingWorld, lifetime } from './delegation-world.ts';

const names = ['one', 'two', 'three', 'four', 'five', 'six', 'seven'] as const;
const tasks = ['first task', 'second task', 'third task'] as const;

/** The n-th agent and the n-th task, going round. */
export const nameOf = (n: number): string => names[n % names.length] ?? names[0];
export const taskOf = (n: number): string => tasks[n % tasks.length] ?? tasks[0];

/** Seconds that a lease may have in all, for its estimate. */
export const totalOf = (estimate: number) =>
  Math.min(Math.max(2 * estimate, lifetime.floor), lifetime.longest);

/** What became of a question: neither of both when the answer was lost. */
export type Reply<Answer> = { readonly answer?: Answer; readonly refused?: BrokerError };

/** A world, the trees in it on paper, and what the two do not agree about. */
export function forest(circumstances: Parameters<typeof delegatingWorld>[0] = {}) {
  const there = delegatingWorld(circumstances);
  const now = () => there.world.sim.now();
  const crashes = plannedCrashes(() => undefined);
  there.world.controls.gate = crashes.gate;
  const faults: string[] = [];
  /** Questions that were asked, refused, and whose answer was lost; and when one was last. */
  const count = { asked: 0, refused: 0, lost: 0, lostAt: Number.NEGATIVE_INFINITY };
  return {
    ...there,
    now,
    faults,
    fault: (what: string) => void faults.push(`${what}, at ${now()}`),
    nodes: [] as Node[],
    /** Agents that are kept out for certain, and those of whom nobody can be sure. */
    keptOut: new Set<string>(),
    unsure: new Set<string>(),
    /** When leases of many were last revoked: what is asked for in the same second may be too. */
    broadly: { at: 0 },
    count,
    crashNext: crashes.plan,
    crashNoMore: crashes.forget,
    async ask<Answer>(question: () => Promise<Answer>): Promise<Reply<Answer>> {
      try {
        return { answer: await question() };
      } catch (error) {
        if (isCrash(error)) {
          count.lost++;
          count.lostAt = now();
          return {};
        }
        if (error instanceof BrokerError) return { refused: error };
        throw error;
      }
    },
  };
}

/** Where commands are done. */
export type Forest = ReturnType<typeof forest>;

/** Whether what was lost a while ago may still come to something: the sweeper goes on with it. */
export function isUnsettled({ count, now }: Forest): boolean {
  return count.lostAt + afterCrash >= now();
}

/** Seconds within which all agrees again after a process ended: a queue that hid a message, and the sweeper. */
export const afterCrash = 170;

/** Whether something new may be refused to these agents, the one who asks and those who delegated to it. */
export function mayRefuse(on: Forest, agents: readonly string[]): boolean {
  const { keptOut, unsure, broadly, now } = on;
  return (
    isUnsettled(on) || broadly.at === now() || agents.some((name) => keptOut.has(name) || unsure.has(name))
  );
}

/** Whether something new must be refused to whoever is one of these. */
export function mustRefuse({ keptOut }: Forest, agents: readonly string[]): boolean {
  return agents.some((name) => keptOut.has(name));
}

/** The agents of a lease and of all that it was delegated from. */
export function agentsOf(node: Node): string[] {
  return lineOf(node).map(({ agent }) => agent);
}

/** The n-th lease there is, counted from the newest, going round. */
export function newest({ nodes }: Forest, n: number): Node | undefined {
  return nodes[nodes.length - 1 - (n % Math.max(1, nodes.length))];
}
