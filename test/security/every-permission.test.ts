import { expect, test } from 'vitest';
import { matches, proveEach, used } from './every-permission-proof.ts';
import { platformActions, scenarios } from './every-permission-scenarios.ts';
import { functionsOf, heldByFunctions, synthesized } from './held-permissions.ts';

/** The functions that people and agents call; what else there is, every-permission-background.test.ts, -revoker and -granting. */
proveEach('discovery', 'attestation', 'issuance', 'lookup', 'lifecycle', 'operations');

test('every function is tried, here or in the files beside', () => {
  const all = functionsOf(synthesized()).map(({ short }) => short);
  const tried = [
    'discovery',
    'attestation',
    'issuance',
    'lookup',
    'lifecycle',
    'operations',
    'timer',
    'sweeper',
    'revoker',
    'postgres',
    'oauth',
    'jwt',
    'proxy',
  ];
  expect(all.sort()).toEqual(tried.sort());
  expect(new Set(used.map(({ holder }) => holder))).toEqual(new Set(all));
});

test.each(scenarios)('the scenario of $holder for $action belongs to one permission', (scenario) => {
  expect(used.filter((permission) => matches(permission, scenario))).toHaveLength(1);
});

test.each(Object.entries(platformActions))('%s is held for the platform: %s', (action) => {
  expect(heldByFunctions(synthesized()).map((permission) => permission.action)).toContain(action);
});
