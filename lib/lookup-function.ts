import type { Construct } from 'constructs';
import type { ContextPolicy } from '../core/policy/schema.ts';
import type { Lookup } from '../core/policy/schema-parameters.ts';
import { ceilingOf } from '../core/policy/template.ts';
import { BrokerFunction, type Permission, place } from './broker-function.ts';
import type { PolicySet } from './policies.ts';

/** Makes the function that reads facts from systems of record: exactly the tables and objects that policies name. */
export function lookupFunction(scope: Construct, { policies }: PolicySet): BrokerFunction {
  return new BrokerFunction(scope, 'Lookup', {
    name: 'lookup',
    environment: {},
    permissions: permissionsOf(scope, lookupsOf(policies)),
    beside: { 'policies.json': JSON.stringify(policies) },
  });
}

/** Every lookup of these policies. */
export function lookupsOf(policies: readonly ContextPolicy[]): Lookup[] {
  return policies.flatMap(({ parameters }) =>
    Object.values(parameters).flatMap(({ source }) =>
      typeof source === 'object' && 'lookup' in source ? [source.lookup] : [],
    ),
  );
}

/** ARNs of the objects that are looked up, with a `*` where a parameter stands. */
export function lookedUpObjects(lookups: readonly Lookup[], partition: string): string[] {
  const arns = lookups.flatMap((lookup) =>
    's3' in lookup ? [`arn:${partition}:s3:::${lookup.s3}/${ceilingOf(lookup.key)}`] : [],
  );
  return [...new Set(arns)].sort();
}

function permissionsOf(scope: Construct, lookups: readonly Lookup[]): Permission[] {
  const { account, region, partition } = place(scope);
  const names = lookups.flatMap((lookup) => ('dynamodb' in lookup ? [lookup.dynamodb] : []));
  const tables = [...new Set(names)]
    .sort()
    .map((name) => `arn:${partition}:dynamodb:${region}:${account}:table/${name}`);
  const objects = lookedUpObjects(lookups, partition);
  return [
    ...(tables.length > 0 ? [{ actions: ['dynamodb:GetItem'], resources: tables }] : []),
    ...(objects.length > 0 ? [{ actions: ['s3:GetObject'], resources: objects }] : []),
  ];
}
