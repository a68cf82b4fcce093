import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { KeyUse } from '../../../core/policy/key-use.ts';
import { renderPolicy, sessionPolicy } from '../../../core/session-policy.ts';
import { judge, sessionNamed, widest } from './judge.ts';
import { keyRequest } from './mutations/circumstances.ts';
import { deadline, policies, subjectOf } from './subjects.ts';
import { keys, type UsedKey } from './used-keys.ts';

const contexts = { s3: 'aws:s3:arn', sqs: 'aws:sqs:arn', sns: 'aws:sns:topicArn' } as const;
const services = Object.keys(contexts) as (keyof typeof contexts)[];
const resources = ['arn:a', 'arn:b', 'arn:c'];
const actions = ['kms:Decrypt', 'kms:GenerateDataKey'] as const;

function useOf(key: string, service: keyof typeof contexts, writes: boolean, values: string[]): KeyUse {
  return {
    key,
    actions: writes ? actions : ['kms:Decrypt'],
    via: `${service}.eu-central-1.amazonaws.com`,
    context: { name: contexts[service], values },
  };
}

const use: fc.Arbitrary<KeyUse> = fc
  .record({
    key: fc.constantFrom(keys.first, keys.second),
    service: fc.constantFrom(...services),
    writes: fc.boolean(),
    values: fc.uniqueArray(fc.constantFrom(...resources), { minLength: 1, maxLength: 2 }),
  })
  .map(({ key, service, writes, values }) => useOf(key, service, writes, values));

/** Services that share their keys for one action and not for the other: chance makes this too seldom. */
const crossed = [
  useOf(keys.first, 's3', true, ['arn:a']),
  useOf(keys.second, 's3', false, ['arn:a']),
  useOf(keys.first, 'sqs', false, ['arn:a']),
  useOf(keys.second, 'sqs', true, ['arn:a']),
];

/** Every use that could be made of the keys. */
const everyUse: UsedKey[] = [keys.first, keys.second].flatMap((key) =>
  actions.flatMap((action) =>
    services.flatMap((service) =>
      resources.map((value) => ({
        action,
        key,
        via: `${service}.eu-central-1.amazonaws.com`,
        context: { name: contexts[service], value },
      })),
    ),
  ),
);

test('any uses of keys allow themselves and no mixture of them, though a key policy names the session', async () => {
  const [policy] = policies;
  if (!policy) throw new Error('there is no policy');
  const subject = subjectOf(policy, Object.keys(policy.capabilities));
  const seen = { allowed: 0, denied: 0 };
  await fc.assert(
    fc.asyncProperty(fc.array(use, { minLength: 1, maxLength: 4 }), async (uses) => {
      const { Statement } = JSON.parse(renderPolicy(sessionPolicy({ groups: [], keyUses: uses }, deadline)));
      for (const asked of everyUse) {
        const wanted = uses.some(
          ({ key, actions: used, via, context }) =>
            key === asked.key &&
            used.includes(asked.action) &&
            via === asked.via &&
            context.values.includes(asked.context.value),
        );
        const world = wanted ? widest : sessionNamed;
        const { allowed, why } = await judge(world, subject, keyRequest(asked), Statement);
        expect(allowed, `${JSON.stringify(asked)}: ${why}`).toBe(wanted);
        seen[allowed ? 'allowed' : 'denied']++;
      }
    }),
    { numRuns: 60, examples: [[crossed]] },
  );
  expect(seen.allowed).toBeGreaterThan(60);
  expect(seen.denied).toBeGreaterThan(600);
});
