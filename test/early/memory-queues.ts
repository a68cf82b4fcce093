import type { RevokerCall, RevokerQueue } from '../../core/use-cases/end-lease.ts';
import type { Timer, Timers } from '../../core/use-cases/timer.ts';
import type { Simulation } from './simulation.ts';

/** How often a message is handed out before it is put aside (as the stack has it). */
const mostReceives = 6;

/** Seconds within which a message with the same id is dropped (SQS developer guide, exactly-once processing). */
const deduplication = 300;

type Message = { readonly call: RevokerCall; receives: number };

/** What may go wrong on the way, decided for each message; nothing when absent. */
export type Transport = {
  /** Seconds after which each copy of a timer comes back, for one that was sent with this delay: none is a loss. */
  readonly timers?: (delay: number) => readonly number[];
  /** Whether a call that was answered is handed out once more. */
  readonly again?: () => boolean;
};

/** A FIFO queue before a function that takes one message of a group at a time. */
export type FifoQueue = RevokerQueue & { readonly deadLetters: readonly RevokerCall[]; waiting(): number };

/**
 * Calls of one role in their order, one in flight. What was not answered is handed out again after `hidden` seconds, and
 * keeps what is behind it waiting: so it is with FIFO queues.
 */
export function memoryFifo(
  sim: Simulation,
  hidden: number,
  handle: (call: RevokerCall) => Promise<void>,
  { again = () => false }: Transport,
): FifoQueue {
  const groups = new Map<string, Message[]>();
  const busy = new Set<string>();
  const seen = new Map<string, number>();
  const deadLetters: RevokerCall[] = [];
  const next = (role: string, seconds: number) => {
    busy.delete(role);
    const [head] = groups.get(role) ?? [];
    if (!head) return;
    busy.add(role);
    sim.plan(seconds, () => void deliver(role, head));
  };
  const deliver = async (role: string, message: Message) => {
    message.receives++;
    const answered = await handle(message.call).then(
      () => true,
      () => false,
    );
    const isOver = answered ? message.receives > 1 || !again() : message.receives >= mostReceives;
    if (isOver) groups.get(role)?.shift();
    if (isOver && !answered) deadLetters.push(message.call);
    next(role, isOver ? 0 : hidden);
  };
  return {
    deadLetters,
    waiting: () => [...groups.values()].flat().length,
    async send(call) {
      const id = `${call.role}-${call.change}`;
      if ((seen.get(id) ?? Number.NEGATIVE_INFINITY) > sim.now() - deduplication) return;
      seen.set(id, sim.now());
      groups.set(call.role, [...(groups.get(call.role) ?? []), { call, receives: 0 }]);
      if (!busy.has(call.role)) next(call.role, 0);
    },
  };
}

/** Timers of a standard queue: each comes back after its delay, and again when it was not answered. */
export function memoryTimers(
  sim: Simulation,
  hidden: number,
  handle: (timer: Timer) => Promise<void>,
  { timers = (delay) => [delay] }: Transport,
): Timers {
  const deliver = async (timer: Timer, receives: number) => {
    const answered = await handle(timer).then(
      () => true,
      () => false,
    );
    if (!answered && receives < mostReceives) sim.plan(hidden, () => void deliver(timer, receives + 1));
  };
  return {
    async send(timer, seconds) {
      for (const delay of timers(seconds)) sim.plan(delay, () => void deliver(timer, 1));
    },
  };
}
