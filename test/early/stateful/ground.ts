import { BrokerError } from '../../../core/broker-error.ts';
import { invoicePolicy } from '../../core/invoices.ts';
import { type CrashPoint, isCrash, plannedCrashes } from '../crash.ts';
import { people } from '../people.ts';
import { earlyWorld, type FunctionName } from '../world.ts';
import { paperModel } from './model.ts';

const lifetime = { buffer: 1.2, floor: 300, maximum: '2x', longest: 900, heartbeat: 30 } as const;

/** What became of a question: neither of both when the answer was lost. */
export type Reply<Answer> = { readonly answer?: Answer; readonly refused?: BrokerError };

/** The agents that there are. */
export const names = ['one', 'two', 'three', 'four', 'five', 'six'] as const;

/** The n-th of them, going round. */
export function nthName(n: number): string {
  return names[n % names.length] ?? names[0];
}

/** The n-th task, going round. */
export function nthTask(n: number): string {
  return n % 2 === 0 ? 'first task' : 'second task';
}

/** Seconds that IAM takes and that indexes are late, and how many roles the type has. */
export type Odds = { readonly delay: number; readonly shards: number; readonly indexLag: number };

/** A world, its model on paper, and what the two do not agree about. */
export function ground({ delay, shards, indexLag }: Odds) {
  const world = earlyWorld({ policy: invoicePolicy({ lifetime }), delay, shards, hidden: 90, indexLag });
  const model = paperModel();
  const faults: string[] = [];
  const now = () => world.sim.now();
  const crashes = plannedCrashes((of) => model.crashes.push({ at: now(), of }));
  world.controls.gate = crashes.gate;
  return {
    world,
    model,
    faults,
    now,
    delay,
    indexLag,
    plan: crashes.plan,
    ...people(world),
    /** What each agent asked for last: the number of its key, and the task. */
    orders: new Map<string, { readonly key: number; readonly task: string }>(),
    /** When leases of many were last revoked: what is asked for in the same second may be too. */
    revokedAt: { broadly: 0 },
    fault: (what: string) => void faults.push(`${what}, at ${now()}`),
    /** Asks a function, whose process may end on the way. */
    async ask<Answer>(
      of: FunctionName,
      crash: CrashPoint | undefined,
      question: () => Promise<Answer>,
    ): Promise<Reply<Answer>> {
      if (crash) crashes.plan(of, crash);
      try {
        return { answer: await question() };
      } catch (error) {
        if (isCrash(error)) return {};
        if (error instanceof BrokerError) return { refused: error };
        throw error;
      } finally {
        if (crash) crashes.forget(of);
      }
    },
  };
}

/** Where commands are done. */
export type Ground = ReturnType<typeof ground>;
