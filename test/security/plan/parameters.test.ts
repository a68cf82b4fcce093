import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { statedProblem } from '../../../core/parameters.ts';
import { policyText } from '../../../core/plan.ts';
import { checkPolicy } from '../../../core/policy/check.ts';
import { matchesPattern } from '../../../core/policy/pattern.ts';
import type { ContextPolicy } from '../../../core/policy/schema.ts';
import { invoicePolicy } from '../../core/invoices.ts';
import { patterns, valuesFor } from './hostile-values.ts';
import { judge, sessionNamed } from './judge.ts';
import { anywhere } from './places.ts';
import { deadline, subjectOf } from './subjects.ts';

const key = 'arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab';

/** A policy in which a value meets everything it can meet: the beginning, the middle and the end of names. */
function policyWith(pattern: string): ContextPolicy {
  return invoicePolicy({
    agent_type: 'tenant_agent',
    attestation: { any_of: [{ aws_iam: { role: 'arn:aws:iam::111122223333:role/a' } }] },
    parameters: { value: { type: 'string', pattern, source: 'claimed' } },
    conditions: {},
    capabilities: {
      objects: {
        aws: {
          actions: ['s3:GetObject'],
          resources: ['arn:aws:s3:::acme/${value}/a.json', 'arn:aws:s3:::acme/x-${value}'],
          through: { kms: key },
        },
      },
      functions: {
        aws: {
          actions: ['lambda:GetFunction'],
          resources: ['arn:aws:lambda:eu-central-1:111122223333:function:${value}'],
        },
      },
    },
  });
}

const guardrail = {
  accounts: ['111122223333'],
  services: ['s3', 'lambda', 'kms'],
  buckets: ['acme'],
  tables: [],
  databases: [],
  audiences: [],
  hosts: [],
};
const cases = patterns.chain((pattern) => valuesFor(pattern).map((value) => ({ pattern, value })));

/** The same JSON with another text in every string; lists sorted, as their order says nothing. */
function inStrings(json: unknown, from: string, to: string): unknown {
  return JSON.parse(JSON.stringify(json), (_, value) => {
    if (Array.isArray(value) && value.every((each) => typeof each === 'string')) return value.sort();
    return typeof value === 'string' ? value.split(from).join(to) : value;
  });
}

describe('a parameter value that passes validation', () => {
  test('stands for itself in its places of the policy and changes nothing else', () => {
    const seen = { passed: 0, refused: 0 };
    const marker = 'MARKER';
    fc.assert(
      fc.property(cases, ({ pattern, value }) => {
        const policy = policyWith(pattern);
        const capabilities = Object.keys(policy.capabilities);
        const problem = statedProblem(policy, { value });
        seen[problem ? 'refused' : 'passed']++;
        if (problem) return;
        expect(matchesPattern(pattern, value)).toBe(true);
        const planned = (parameters: Record<string, string>) =>
          JSON.parse(policyText(policy, { capabilities, parameters }, deadline));
        const plan = planned({ value });
        expect(inStrings(plan, marker, marker)).toEqual(inStrings(planned({ value: marker }), marker, value));
        // What is left are the stars of "everything", none of them a value's.
        expect(JSON.stringify(plan).replaceAll('"*"', '')).not.toMatch(/[*?$\\]|\.\.|[^\x20-\x7e]/);
      }),
      { numRuns: 500 },
    );
    expect(seen.passed).toBeGreaterThan(100);
    expect(seen.refused).toBeGreaterThan(100);
  });

  test('opens its own resource and no neighbour, whatever the resource says of the session', async () => {
    const seen = { allowed: 0, denied: 0 };
    await fc.assert(
      fc.asyncProperty(cases, cases, async ({ pattern, value }, { value: other }) => {
        const policy = policyWith(pattern);
        if (statedProblem(policy, { value })) return;
        const subject = subjectOf(policy, ['objects'], { value });
        const may = async (name: string) => {
          const resource = `arn:aws:s3:::acme/${name}`;
          const request = { action: 's3:GetObject', resource, network: anywhere };
          const { allowed } = await judge(sessionNamed, subject, request);
          seen[allowed ? 'allowed' : 'denied']++;
          return allowed;
        };
        expect(await may(`${value}/a.json`)).toBe(true);
        expect(await may(`x-${value}`)).toBe(true);
        for (const name of [
          `${value}0/a.json`,
          `x-${value}0`,
          `${value}/a_json`,
          `${value}/`,
          `x/${value}/a.json`,
        ])
          expect(await may(name)).toBe(false);
        // A star in a request is a pattern to the simulator.
        if (other !== value && !/[*?]/.test(other)) expect(await may(`${other}/b.json`)).toBe(false);
      }),
      { numRuns: 150 },
    );
    expect(seen.allowed).toBeGreaterThan(50);
    expect(seen.denied).toBeGreaterThan(150);
  });

  test('is of a pattern that compiles: the policies of this proof are policies', () => {
    fc.assert(
      fc.property(patterns, (pattern) => {
        expect(checkPolicy(policyWith(pattern), guardrail)).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });
});
