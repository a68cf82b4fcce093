import type { ContextPolicy } from '../../core/policy/schema.ts';
import { after, type EpochSeconds } from '../../core/time.ts';
import type { RevokerCall } from '../../core/use-cases/end-lease.ts';
import { enforceDenials, type Incident } from '../../core/use-cases/enforce.ts';
import { type Due, sweep } from '../../core/use-cases/sweep.ts';
import { fireTimer, type Notifier, type Timer } from '../../core/use-cases/timer.ts';
import { invoicePolicy, planning } from '../core/invoices.ts';
import { noRecords } from '../core/use-cases/world.ts';
import { memoryBooks } from '../ports/memory-books.ts';
import { Crash } from './crash.ts';
import { gated } from './gated.ts';
import { lateIndexes } from './late-indexes.ts';
import { memoryAws, type Slowness } from './memory-aws.ts';
import { memoryFifo, memoryTimers, type Transport } from './memory-queues.ts';
import { simulation } from './simulation.ts';

/** The functions that issue and end leases. */
export type FunctionName = 'issuance' | 'lifecycle' | 'operations' | 'timer' | 'sweeper' | 'revoker';

/** One run of one function: when its process is dead, none of its calls leaves it any more. */
export type Invocation = { readonly of: FunctionName; dead: boolean };

/** What stands between every call of a port and its effect. */
export type Gate = <Answer>(
  invocation: Invocation,
  call: string,
  effect: () => Promise<Answer>,
) => Promise<Answer>;

/** How a world differs from one where all goes well. */
export type Circumstances = Slowness & {
  readonly policy?: ContextPolicy;
  readonly shards?: number;
  /** Seconds by which the indexes are late. */
  readonly indexLag?: number;
  /** Seconds for which queues hide what was handed out and not answered. */
  readonly hidden?: number;
  readonly transport?: Transport;
  /** Seconds by which each function's clock is wrong. */
  readonly skew?: (of: FunctionName) => number;
  /** Sweepers that run at one time. */
  readonly sweepers?: number;
};

/** Seconds between two rounds of the sweeper. */
export const sweepEvery = 60;

/** All the functions over ports in memory, with queues, schedule and AWS; time passes only when told to. */
export function earlyWorld(circumstances: Circumstances = {}) {
  const { policy = invoicePolicy(), shards = 1, hidden = 60, transport = {}, sweepers = 1 } = circumstances;
  const sim = simulation();
  const aws = memoryAws(sim, circumstances);
  const books = memoryBooks();
  const indexed = lateIndexes(books.leases, sim, circumstances.indexLag ?? 0);
  const incidents: Incident[] = [];
  const told: Parameters<Notifier['send']>[0][] = [];
  const notify: Notifier['send'] = async (notification) => void told.push(notification);
  const unswept: { readonly due: Due; readonly fault: unknown }[] = [];
  const controls: { gate: Gate; sweeping: boolean } = { gate: (_, __, effect) => effect(), sweeping: true };

  const invoke = async <Answer>(
    of: FunctionName,
    work: (ports: ReturnType<typeof portsOf>) => Promise<Answer>,
  ): Promise<Answer> => {
    const invocation: Invocation = { of, dead: false };
    const answer = await work(portsOf(invocation));
    if (invocation.dead) throw new Crash(`${of} ended, and answered nothing`);
    return answer;
  };
  const enforce = (call: RevokerCall) =>
    invoke('revoker', (ports) =>
      enforceDenials({ ...ports, report: (incident) => void incidents.push(incident) }, call),
    );
  const fire = (timer: Timer) => invoke('timer', (ports) => fireTimer(ports, timer));
  const revoker = memoryFifo(sim, hidden, enforce, transport);
  const timers = memoryTimers(sim, hidden, fire, transport);

  const portsOf = (invocation: Invocation) => {
    const clock = (): EpochSeconds => after(sim.now(), circumstances.skew?.(invocation.of) ?? 0);
    const gate = <Answer>(call: string, effect: () => Promise<Answer>) =>
      controls.gate(invocation, call, effect);
    const standings = { read: books.standings.read, readAll: books.standingsOf };
    const readable = gated('standings', standings, gate);
    return {
      leases: gated('leases', indexed, gate),
      standings: { read: readable.read },
      standingsOf: readable.readAll,
      controls: gated('controls', books.controls, gate),
      shards: gated('shards', books.shards, gate),
      revocations: gated('revocations', books.revocations, gate),
      revoker: gated('revoker', { send: revoker.send }, gate),
      timers: gated('timers', timers, gate),
      notifier: gated('people', { send: notify }, gate),
      quotas: gated('quotas', books.quotas, gate),
      lookups: noRecords,
      makers: gated('makers', books.makers, gate),
      enders: gated('enders', books.enders, gate),
      minter: gated('sts', aws.minter(clock), gate),
      documents: gated('iam', aws.documents, gate),
      pause: (seconds: number) =>
        gate('pause', () => new Promise<void>((resolve) => sim.plan(seconds, resolve))),
      clock,
      policies: [policy],
      roles: { ...planning.roles, shards },
      narrowing: planning.narrowing,
      systems: planning.systems,
    };
  };

  const sweepOnce = () =>
    invoke('sweeper', (ports) =>
      sweep({ ...ports, report: (due, fault) => void unswept.push({ due, fault }) }, 0),
    );
  const schedule = () =>
    sim.plan(sweepEvery, () => {
      for (let i = 0; controls.sweeping && i < sweepers; i++) void sweepOnce().catch(() => undefined);
      schedule();
    });
  schedule();
  return {
    sim,
    aws,
    books,
    shards,
    incidents,
    told,
    unswept,
    revoker,
    timers,
    controls,
    invoke,
    sweepOnce,
    policy,
  };
}

/** A world of leases that end early. */
export type World = ReturnType<typeof earlyWorld>;
