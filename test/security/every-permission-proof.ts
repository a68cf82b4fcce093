import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Decided, LocalBroker } from '../../local/start.ts';
import { fileInvoices } from '../paying.ts';
import { platformActions, type Scenario, scenarios } from './every-permission-scenarios.ts';
import { type GrantingBroker, startGrantingBroker } from './granting-broker.ts';
import { functionsOf, type Held, heldByFunctions, synthesized } from './held-permissions.ts';
import { named, withheld } from './withheld.ts';

const model = synthesized();

/** Every permission that some function holds for its own work. */
export const used: readonly Held[] = heldByFunctions(model).filter(
  ({ action }) => !Object.hasOwn(platformActions, action),
);

/** Whether a scenario is for a permission. */
export function matches(permission: Held, { holder, action, on = '' }: Scenario): boolean {
  return permission.holder === holder && permission.action === action && placeOf(permission).includes(on);
}

/** What a permission is for, a key by its name in the template: its ARN says nothing of it. */
function placeOf({ resource = '' }: Held): string {
  return model.keys.find(({ arn }) => arn === resource)?.logicalId ?? resource;
}

/** The one scenario of a permission; throws when there is none, or when several would have to be told apart. */
function scenarioOf(permission: Held): Scenario {
  const [scenario, ...others] = scenarios.filter((each) => matches(permission, each));
  const { holder, action, resource } = permission;
  if (!scenario) throw new Error(`${holder} may ${action} on ${resource}, and no scenario needs it`);
  if (others.length > 0) throw new Error(`${holder} has several scenarios for ${action} on ${resource}`);
  return scenario;
}

function functionOf({ holder }: Held): string {
  return functionsOf(model).find(({ short }) => short === holder)?.name ?? holder;
}

/** A test for every permission of these functions: its scenario uses it, and without it is refused exactly that. */
export function proveEach(...holders: readonly string[]): void {
  const reported: string[] = [];
  const complete = new Map<Scenario['run'], Promise<readonly Decided[]>>();
  let refused: (line: string) => void = () => undefined;
  let unanswered = false;
  let on: GrantingBroker;
  let broker: LocalBroker;
  beforeAll(async () => {
    const report = (line: string) => {
      reported.push(line);
      if (line.startsWith('AccessDenied: ')) refused(line);
    };
    on = await startGrantingBroker({ report, schedules: false });
    broker = on.broker;
    await fileInvoices(broker);
  });
  afterAll(() => on.stop());
  beforeEach(() => {
    reported.length = 0;
    unanswered = false;
  });
  // Messages that failed are hidden for up to six minutes, and keep back whatever is behind them.
  afterEach(async () => {
    // It would try for half a minute what it may not do.
    await broker.crash('Revoker');
    broker.advance(360);
    // A call that was not sent, or not answered, keeps others away until the sweeper makes it.
    if (unanswered) await broker.runSchedules();
    await broker.settled();
  });

  /** What was decided since; not by its place in the list, which forgets the oldest when it grows long. */
  function decisionsFromNow(): () => readonly Decided[] {
    const last = broker.decisions.at(-1);
    return () => broker.decisions.slice(last ? broker.decisions.lastIndexOf(last) + 1 : 0);
  }

  /** What is decided when nothing is missing: the same for all permissions that a scenario shows. */
  async function decided(permission: Held, run: Scenario['run']): Promise<readonly Decided[]> {
    // A warm environment does not read again what it remembers.
    await broker.crash(functionOf(permission));
    const after = decisionsFromNow();
    await run(broker, on.systems);
    await broker.settled();
    return after();
  }

  /** Runs a scenario without the permission until something is refused, and with it again to its end. */
  async function refusedWithout(permission: Held, run: Scenario['run']): Promise<string | undefined> {
    const heard = new Promise<void>((resolve) => {
      // What an earlier scenario still does in the background is not meant.
      refused = (line) => line.includes(` ${permission.action} `) && resolve();
    });
    unanswered = ['dynamodb:UpdateItem', 'sqs:SendMessage'].includes(permission.action);
    const after = decisionsFromNow();
    const ended = await withheld(broker, permission, async () => {
      // A warm environment remembers what it read when it still could.
      await broker.crash(functionOf(permission));
      const running = run(broker, on.systems).catch(() => undefined);
      await Promise.race([heard, running.then(() => broker.settled())]);
      return { running };
    });
    await ended.running;
    return after().find(({ allowed, role = '' }) => !allowed && permission.roles.includes(role))?.action;
  }

  const own = used.filter(({ holder }) => holders.includes(holder));
  describe('a function', () => {
    test.each(
      own.map((each) => [named(each), each] as const),
    )('%s is refused exactly that', async (_, held) => {
      const { roles, action } = held;
      const { run } = scenarioOf(held);
      const whole = complete.get(run) ?? decided(held, run);
      complete.set(run, whole);
      const decisions = (await whole).filter(({ role = '' }) => roles.includes(role));
      expect(decisions.filter(({ allowed }) => !allowed)).toEqual([]);
      expect(decisions.map((each) => each.action)).toContain(action);

      expect(await refusedWithout(held, run)).toBe(action);
      const told = reported.find((line) => line.startsWith('AccessDenied: '));
      expect(told?.startsWith(`AccessDenied: ${roles[0]} may not perform ${action} on `), told).toBe(true);
    });
  });

  test.each(holders)('%s holds permissions that were tried', (holder) => {
    expect(own.filter((each) => each.holder === holder).length).toBeGreaterThan(0);
  });
}
