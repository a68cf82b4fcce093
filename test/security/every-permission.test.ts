import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { LocalBroker } from '../../local/start.ts';
import { startBroker } from '../broker.ts';
import { platformActions, type Scenario, scenarios } from './every-permission-scenarios.ts';
import { functionsOf, type Held, heldByFunctions, synthesized } from './held-permissions.ts';
import { decisionsAbout, firstRefused, named, withheld } from './withheld.ts';

const model = synthesized();
const held = heldByFunctions(model);
const used = held.filter(({ action }) => !Object.hasOwn(platformActions, action));

const reported: string[] = [];
let broker: LocalBroker;
beforeAll(async () => {
  broker = await startBroker({ report: (line) => reported.push(line) });
});
afterAll(() => broker.stop());
beforeEach(() => {
  reported.length = 0;
});

function matches(permission: Held, { holder, action, on = '' }: Scenario): boolean {
  return permission.holder === holder && permission.action === action && !!permission.resource?.includes(on);
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

test('every function holds permissions that a scenario needs', () => {
  const all = functionsOf(model).map(({ short }) => short);
  expect(all.length).toBeGreaterThan(0);
  expect(new Set(used.map(({ holder }) => holder))).toEqual(new Set(all));
});

describe('a function', () => {
  test.each(
    used.map((each) => [named(each), each] as const),
  )('%s is refused exactly that', async (_, permission) => {
    const { roles, action } = permission;
    const { run } = scenarioOf(permission);
    const complete = await decisionsAbout(broker, roles, () => run(broker));
    expect(complete.filter(({ allowed }) => !allowed)).toEqual([]);
    expect(complete.map((decided) => decided.action)).toContain(action);

    await withheld(broker, permission, async () => {
      // A warm environment remembers what it read when it still could.
      await broker.crash(functionOf(permission));
      expect(await firstRefused(broker, roles, () => run(broker))).toBe(action);
    });
    const told = reported.find((line) => line.startsWith('AccessDenied: '));
    expect(told?.startsWith(`AccessDenied: ${roles[0]} may not perform ${action} on `), told).toBe(true);
  });
});

test.each(scenarios)('the scenario of $holder for $action belongs to one permission', (scenario) => {
  expect(used.filter((permission) => matches(permission, scenario))).toHaveLength(1);
});

test.each(Object.entries(platformActions))('%s is held for the platform: %s', (action) => {
  expect(held.map((permission) => permission.action)).toContain(action);
});
