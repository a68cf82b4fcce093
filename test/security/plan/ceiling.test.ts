import fc from 'fast-check';
import { describe, expect, inject, test } from 'vitest';
import { keyUseOf } from '../../../core/policy/key-use.ts';
import type { ContextPolicy } from '../../../core/policy/schema.ts';
import { loadTemplate, readAssembly } from '../../../local/template/load.ts';
import { deployedBy } from './deployed-world.ts';
import { judge, type Request, widest } from './judge.ts';
import { keyRequest } from './mutations/circumstances.ts';
import { classNames, nearMissesOf } from './near-misses.ts';
import { account, anywhere } from './places.ts';
import { namesOfAws, policies, type Subject, subjectOf } from './subjects.ts';

const { stack, template, asset } = readAssembly(inject('assembly'));
const model = loadTemplate(template, { account, region: 'eu-central-1', stack }, asset);
const deployed = deployedBy([model]);
const known = policies.filter(({ agent_type }) => model.roles.some(({ name }) => name.includes(agent_type)));

/** Values that the parameters of a policy admit: its patterns are a subset of regular expressions. */
function valuesOf({ parameters }: ContextPolicy): fc.Arbitrary<Record<string, string>> {
  const strings = Object.entries(parameters).flatMap(([name, parameter]) =>
    parameter.type === 'string'
      ? [[name, fc.stringMatching(new RegExp(`^(?:${parameter.pattern})$`))] as const]
      : [],
  );
  return fc.record(Object.fromEntries(strings));
}

/** Capabilities that fit into one plan. */
function askedOf(policy: ContextPolicy): fc.Arbitrary<string[]> {
  return fc.uniqueArray(fc.constantFrom(...namesOfAws(policy)), { minLength: 1, maxLength: 2 });
}

/** What a plan grants, with the keys that services use for it. */
function grantedRequests({ policy, capabilities, granted }: Subject): Request[] {
  const uses = capabilities.flatMap((name) => {
    const { through, actions = [] } = policy.capabilities[name]?.aws ?? {};
    const resources = granted
      .filter(({ action }) => actions.includes(action))
      .map(({ resource }) => resource);
    return through ? [keyUseOf(through.kms, { actions, resources })] : [];
  });
  return [
    ...granted.map(({ action, resource }) => ({ action, resource, network: anywhere })),
    ...uses.flatMap(({ key, actions, via, context }) =>
      actions.flatMap((action) =>
        context.values.map((value) =>
          keyRequest({ action: action as 'kms:Decrypt', key, via, context: { name: context.name, value } }),
        ),
      ),
    ),
  ];
}

describe.each(known.map((policy) => [policy.agent_type, policy] as const))('no plan of %s', (_, policy) => {
  test('exceeds the ceiling: what a plan allows, the deployed role allows without any', async () => {
    const seen = { allowed: 0, denied: 0 };
    const tasks = fc.tuple(askedOf(policy), valuesOf(policy), valuesOf(policy), fc.nat());
    await fc.assert(
      fc.asyncProperty(tasks, async ([asked, values, others, pick]) => {
        const subject = subjectOf(policy, asked, values);
        const misses = classNames.flatMap((name) =>
          nearMissesOf(name, subject).slice(pick % 5, (pick % 5) + 1),
        );
        const requests = [
          ...grantedRequests(subject),
          ...grantedRequests(subjectOf(policy, namesOfAws(policy).slice(0, 2), others)),
          ...misses.map(({ request }) => request),
        ];
        for (const request of requests) {
          const { allowed } = await judge(widest, subject, request);
          seen[allowed ? 'allowed' : 'denied']++;
          if (!allowed) continue;
          const { allowed: within, why } = await judge(deployed, subject, request, null);
          expect(within, `${JSON.stringify(request)}: ${why}`).toBe(true);
        }
      }),
      { numRuns: 40 },
    );
    expect(seen.allowed).toBeGreaterThanOrEqual(40);
    expect(seen.denied).toBeGreaterThan(200);
  });
});

test('there are deployed policies to hold against their ceilings', () => {
  expect(known.map(({ agent_type }) => agent_type)).toEqual(['invoice_processor', 'release_agent']);
});
