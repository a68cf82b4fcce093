import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, inject, test } from 'vitest';
import { after } from '../../../core/time.ts';
import type { PolicyStatement } from '../../../local/iam/document.ts';
import { loadTemplate, readAssembly } from '../../../local/template/load.ts';
import { deployedBy, document, judge, roleNamed, sessionNamed, widest } from './judge.ts';
import { home } from './mutations/near-miss.ts';
import { account, type From, service } from './places.ts';
import { deadline, policies, subjectOf } from './subjects.ts';

/** A request that is easily judged wrong, and why it is judged as it is. */
type Case = {
  readonly name: string;
  readonly why: string;
  readonly type: string;
  readonly capabilities: readonly string[];
  readonly world: string;
  readonly request: {
    readonly action: string;
    readonly resource: string;
    /** Seconds after the deadline; the last second before it when absent. */
    readonly at?: number;
    /** Condition keys, or a service's call; the right network when absent. */
    readonly network?: From | 'service';
    readonly context?: Readonly<Record<string, string>>;
  };
  /** Statements on the resource, instead of what the world has there. */
  readonly resourcePolicy?: readonly PolicyStatement[];
  readonly expect: 'Allow' | 'Deny';
};

const { cases }: { cases: readonly Case[] } = JSON.parse(
  readFileSync(join(import.meta.dirname, 'subtle-cases.json'), 'utf8'),
);
const { stack, template, asset } = readAssembly(inject('assembly'));
const deployed = deployedBy([loadTemplate(template, { account, region: 'eu-central-1', stack }, asset)]);
const worlds = [deployed, widest, sessionNamed, roleNamed];

describe('a lease', () => {
  test('is told apart by enough cases, each with a reason', () => {
    expect(cases.length).toBeGreaterThanOrEqual(25);
    for (const { why } of cases) expect(why).toMatch(/^.{20,}\.$/);
    expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length);
  });

  test.each(cases.map((each) => [each.expect, each.name, each] as const))('%s: %s', async (_, name, each) => {
    const policy = policies.find(({ agent_type }) => agent_type === each.type);
    const world = worlds.find((known) => known.name === each.world);
    if (!policy || !world) throw new Error(`${name} names a policy or a world that is not there`);
    const subject = subjectOf(policy, each.capabilities);
    const { at = -1, network = home(subject), ...request } = each.request;
    const { resourcePolicy } = each;
    const { allowed, why } = await judge(
      resourcePolicy ? { ...world, resourcePolicy: () => document(...resourcePolicy) } : world,
      subject,
      { ...request, at: after(deadline, at), network: network === 'service' ? service : network },
    );
    expect(allowed ? 'Allow' : 'Deny', why).toBe(each.expect);
  });
});
