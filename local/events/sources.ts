import type { EpochSeconds } from '../../core/time.ts';
import { after } from '../../core/time.ts';
import type { Account } from '../account.ts';
import type { FunctionHost } from '../functions/host.ts';
import type { FunctionDefinition, Model, RuleDefinition } from '../template/model.ts';
import { Activity } from './activity.ts';
import { createPoller, type Poller, type PollerWorld } from './queue-poller.ts';
import { fire } from './schedule.ts';

/** What invokes functions of a deployment beside its API: queues and schedules. */
export type Sources = {
  /** Begins; until then nothing is delivered. */
  start(): void;
  /** Fires every enabled rule once, now; resolves when the invocations ended. */
  runSchedules(): Promise<void>;
  /** Resolves when nothing is in flight and nothing waits that could be delivered now. */
  settled(): Promise<void>;
  /** Ends it: nothing is delivered and no rule fires any more. */
  halt(): void;
};

/** What the event sources need beside the account and the model. */
export type SourcesWorld = Pick<PollerWorld, 'openSession' | 'report'> & {
  readonly account: Account;
  readonly functions: ReadonlyMap<string, FunctionHost>;
  /** Whether rules fire by themselves. */
  readonly schedules: boolean;
  /** When each rule fired last, by ARN, kept from one deployment to the next. */
  readonly fired: Map<string, EpochSeconds>;
};

/** Longest sleep in milliseconds; timers take no more than 2^31. */
const longestSleep = 3_600_000;

/** The event sources of a model. They wake when the clock is moved, when queues change and as real time passes. */
export function createSources(model: Model, world: SourcesWorld): Sources {
  const { account, functions, fired, report } = world;
  const { clock, queues } = account;
  const activity = new Activity(report);
  const pollers = model.mappings
    .filter(({ enabled }) => enabled)
    .map((each) => pollerOf(each, world, activity));
  const rules = model.rules.filter(({ enabled }) => enabled);
  const stops: (() => void)[] = [];
  let timer: NodeJS.Timeout | undefined;
  let halted = true;

  const fireNow = (rule: RuleDefinition) => {
    const now = clock.now();
    fired.set(rule.arn, now);
    const { permissions } = model;
    return fire(rule, now, { ...account, functions, permissions, activity, report });
  };
  const nextFiring = ({ arn, seconds }: RuleDefinition) => after(fired.get(arn) ?? clock.now(), seconds);
  const wake = () => {
    if (halted) return;
    // A clock that jumped an hour fires once: what matters of a backstop is that it ran.
    if (world.schedules)
      for (const rule of rules.filter((each) => nextFiring(each) <= clock.now())) void fireNow(rule);
    for (const poller of pollers) poller.wake();
    sleep();
  };
  const sleep = () => {
    clearTimeout(timer);
    const firings = world.schedules ? rules.map(nextFiring) : [];
    const moments = [...firings, queues.nextVisible() ?? []].flat().map((moment) => clock.until(moment));
    if (moments.length > 0) timer = setTimeout(wake, Math.min(...moments, longestSleep)).unref();
  };
  return {
    start() {
      halted = false;
      for (const { arn } of rules) if (!fired.has(arn)) fired.set(arn, clock.now());
      stops.push(clock.onAdvance(wake), queues.watch(wake));
      wake();
    },
    async runSchedules() {
      if (!halted) await Promise.all(rules.map(fireNow));
    },
    async settled() {
      wake();
      await activity.quiet();
    },
    halt() {
      halted = true;
      clearTimeout(timer);
      for (const stop of [...stops, ...pollers.map((poller) => poller.halt)]) stop();
    },
  };
}

function pollerOf(
  mapping: Model['mappings'][number],
  { account, functions, openSession, report }: SourcesWorld,
  activity: Activity,
): Poller {
  const { queueArn, functionArn } = mapping;
  const [queue, host] = [account.queues.get(queueArn), functions.get(functionArn)];
  if (!queue || !host) throw new Error(`there is no ${queue ? functionArn : queueArn} to map`);
  checkVisibility(queue.definition.visibilityTimeout, host.definition);
  const reserved = (arn: string) => account.concurrency.reserved(arn);
  return createPoller(mapping, queue, host, { ...account, activity, reserved, openSession, report });
}

/** Lambda does not take a queue whose messages come back while the function still works (CreateEventSourceMapping). */
function checkVisibility(visibilityTimeout: number, { name, timeout }: FunctionDefinition): void {
  if (visibilityTimeout < timeout)
    throw new Error(
      `Queue visibility timeout: ${visibilityTimeout} seconds is less than Function timeout: ${timeout} seconds (${name})`,
    );
}
