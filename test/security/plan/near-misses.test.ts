import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import type { ContextPolicy } from '../../../core/policy/schema.ts';
import { readPolicies } from '../../../lib/policies.ts';
import { synthesize } from '../../../local/synthesize.ts';
import { loadTemplate, readAssembly } from '../../../local/template/load.ts';
import { deployedBy } from './deployed-world.ts';
import { judge, roleNamed, sessionNamed, type World, widest } from './judge.ts';
import { allowedFromEverywhere } from './mutations/circumstances.ts';
import { appliesTo, type ClassName, classes, classNames, nearMissesOf } from './near-misses.ts';
import { account } from './places.ts';
import { policies, subjects } from './subjects.ts';

/** The roles of the run's own assembly, and of one more for the policies that are not deployed. */
let deployed: World;

beforeAll(async () => {
  const { folder, remove } = await synthesize({ policies: 'test/security/plan/policies' });
  try {
    deployed = deployedBy(
      [inject('assembly'), folder].map((each) => {
        const { stack, template, asset } = readAssembly(each);
        return loadTemplate(template, { account, region: 'eu-central-1', stack }, asset);
      }),
    );
  } finally {
    remove();
  }
});

const counts = new Map<ClassName, { misses: number; evaluations: number }>();
const allowed = { requests: 0, evaluations: 0 };

afterAll(() => {
  const rows = [...counts].map(([name, { misses, evaluations }]) => `${name}: ${misses} (${evaluations})`);
  const granted = `must be allowed: ${allowed.requests} (${allowed.evaluations})`;
  console.log(['near misses by class (and evaluations)', ...rows, granted].join('\n  '));
});

/** Those of a policy that are of AWS: a role has nothing to do with others. */
function ofAws(capabilities: ContextPolicy['capabilities'] = {}) {
  return Object.fromEntries(Object.entries(capabilities).filter(([, { aws }]) => aws));
}

test('the roles under proof are those of the deployed policies', () => {
  const root = join(import.meta.dirname, '../../..');
  const inRun = readPolicies(join(root, 'test/policies')).policies;
  for (const policy of readPolicies(join(root, 'policies')).policies) {
    const same = inRun.find(({ agent_type }) => agent_type === policy.agent_type);
    expect(ofAws(same?.capabilities)).toEqual(ofAws(policy.capabilities));
  }
});

describe.each(policies.map((policy) => [policy.agent_type, policy] as const))('a lease of %s', (type) => {
  const own = subjects.filter(({ policy }) => policy.agent_type === type);

  test('has plans to prove', () => expect(own.length).toBeGreaterThan(0));

  test.each(
    own.map((subject) => [subject.name, subject] as const),
  )('may do all of %s', async (_, subject) => {
    const must = allowedFromEverywhere(subject);
    expect(must.length).toBeGreaterThanOrEqual(subject.granted.length + subject.keys.length);
    const missing: string[] = [];
    for (const request of must) {
      allowed.requests++;
      for (const world of [deployed, widest]) {
        allowed.evaluations++;
        const { allowed: may, why } = await judge(world, subject, request);
        if (!may) missing.push(`${world.name}: ${JSON.stringify(request)}: ${why}`);
      }
    }
    expect(missing).toEqual([]);
  });

  const applicable = classNames.filter((name) => own.some((subject) => appliesTo(name, subject)));
  test.each(applicable)('is denied every near miss: %s', async (name) => {
    const denied = { misses: 0, evaluations: 0 };
    const open: string[] = [];
    const vacuous: string[] = [];
    for (const subject of own) {
      for (const miss of nearMissesOf(name, subject)) {
        denied.misses++;
        if (!(await judge(sessionNamed, subject, miss.request, null)).allowed) vacuous.push(miss.name);
        for (const world of [deployed, sessionNamed, roleNamed]) {
          denied.evaluations++;
          if ((await judge(world, subject, miss.request)).allowed)
            open.push(`${subject.name}, ${world.name}: ${miss.name}`);
        }
      }
    }
    expect(open).toEqual([]);
    // Without the session policy each is allowed: nothing else denies it, so nothing else is proven.
    expect(vacuous).toEqual([]);
    expect(denied.misses).toBeGreaterThanOrEqual(classes[name].atLeast);
    const { misses, evaluations } = counts.get(name) ?? { misses: 0, evaluations: 0 };
    counts.set(name, {
      misses: misses + denied.misses,
      evaluations: evaluations + denied.evaluations,
    });
  });
});
