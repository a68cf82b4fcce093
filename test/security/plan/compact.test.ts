import { AssumeRoleCommand, GetScopedCredentialsCommand } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { planOrRefuse } from '../../../core/lease-order.ts';
import { planAws } from '../../../core/plan.ts';
import type { ContextPolicy } from '../../../core/policy/schema.ts';
import { policyBudget, renderPolicy, sessionPolicy } from '../../../core/session-policy.ts';
import type { Statement } from '../../../core/statement.ts';
import type { Account } from '../../../local/account.ts';
import { invoicePolicy, planning } from '../../core/invoices.ts';
import { thrownRefusal } from '../../core/use-cases/world.ts';
import { addRole, allow, newAccount, stsOf } from '../../local/account.ts';
import { deadline, policies, sizeOf, subjectOf, subjects, values } from './subjects.ts';

const lease = {
  id: 'L-ABCDEFGH234567ABCDEF',
  agent: 'spiffe://mayfly.local/agent/t/a',
  ancestors: [],
  deadline,
  gen: 0,
};

/** Every list in a statement: elements and condition values. */
function listsOf(statement: Statement): (readonly string[])[] {
  const { Action, NotAction, Resource, NotResource, Condition = {} } = statement;
  const conditions = Object.values(Condition).flatMap((keys) => Object.values(keys));
  return [Action, NotAction, Resource, NotResource, ...conditions].filter((each) => Array.isArray(each));
}

describe.each(
  subjects.map(({ name, plan, statements }) => [name, plan.policy, statements] as const),
)('the policy of %s', (_, text, statements) => {
  test('spends no character on names, spaces, or the same thing twice', () => {
    expect(text).not.toMatch(/\s|"Sid"/);
    expect(text.length).toBeLessThanOrEqual(policyBudget);
    for (const list of statements.flatMap(listsOf)) {
      expect(list.length).toBeGreaterThan(1);
      expect(new Set(list.map((each) => each.toLowerCase())).size).toBe(list.length);
    }
  });

  test('has no two statements that one could be', () => {
    const but = (name: keyof Statement) =>
      statements.map((statement) => JSON.stringify({ ...statement, [name]: 'any' }));
    for (const name of ['Action', 'NotAction'] as const)
      expect(new Set(but(name)).size).toBe(statements.length);
  });
});

test('plans of both forms are under proof', () => {
  const allows = subjects.map(({ statements }) => statements.filter(({ Effect }) => Effect === 'Allow'));
  const compact = allows.filter(([first, ...more]) => first?.Resource === '*' && more.length === 0);
  expect(compact.filter(([allow]) => Array.isArray(allow?.Action)).length).toBeGreaterThan(1);
  expect(allows.length - compact.length).toBeGreaterThan(10);
});

describe('capabilities with the same resources', () => {
  test('share their statements', () => {
    const on = (...actions: string[]) => ({
      aws: { actions, resources: ['arn:aws:s3:::acme/${customer_id}'] },
    });
    const policy = invoicePolicy({
      capabilities: { a: on('s3:GetObject'), b: on('s3:PutObject', 's3:GetObject') },
    });
    const statementsOf = (asked: string[]) => subjectOf(policy, asked).statements;
    expect(statementsOf(['a', 'b'])).toHaveLength(statementsOf(['a']).length);
    expect(statementsOf(['a', 'b'])).toEqual(statementsOf(['b']));
  });
});

/** A policy with one capability, and in it a resource with a name of so many characters. */
function named(length: number): ContextPolicy {
  const aws = { actions: ['s3:GetObject'], resources: [`arn:aws:s3:::acme/${'k'.repeat(length)}`] };
  return invoicePolicy({ capabilities: { c: { aws } } });
}

/** The policy whose plan takes exactly so many characters; there is one, as the compact form names a resource once. */
function ofSize(size: number): ContextPolicy {
  const length = Array.from({ length: size }, (_, i) => i).find(
    (each) => sizeOf(named(each), ['c']) === size,
  );
  if (length === undefined) throw new Error(`no plan takes ${size} characters`);
  return named(length);
}

const task = {
  name: 't',
  purpose: 'p',
  capabilities: ['c'],
  parameters: {},
  sources: {},
  estimated_seconds: 120,
};

describe('the budget', () => {
  let account: Account;
  beforeAll(async () => {
    account = await newAccount();
    addRole(account, 'issuance', allow('*'));
    addRole(account, 'grant', allow('*'));
  });
  afterAll(() => account.stop());

  /** What STS says to a session policy in both modes. */
  const answers = async (Policy: string) => {
    const RoleArn = 'arn:aws:iam::111122223333:role/grant';
    const assumed = stsOf(account, 'issuance').send(
      new AssumeRoleCommand({ RoleArn, RoleSessionName: 'session', Policy }),
    );
    const narrowed = stsOf(account, 'grant').send(
      new GetScopedCredentialsCommand({ Policy, DurationSeconds: 300 }),
    );
    const outcomes = await Promise.allSettled([assumed, narrowed]);
    return outcomes.map((outcome) => (outcome.status === 'fulfilled' ? 'taken' : outcome.reason.name));
  };

  test('is 2,048 characters: a plan of exactly so many is made, and STS takes it in both modes', async () => {
    const result = planAws(ofSize(policyBudget), task, lease, planning);
    if ('tooLarge' in result || !result.plan) throw new Error('it is within the budget');
    expect(result.plan.policy).toHaveLength(2_048);
    expect(await answers(result.plan.policy)).toEqual(['taken', 'taken']);
  });

  test('refuses one character more with both numbers, as STS would', async () => {
    const policy = ofSize(policyBudget + 1);
    expect(planAws(policy, task, lease, planning)).toEqual({ tooLarge: { size: 2_049, budget: 2_048 } });
    const groups = Object.values(policy.capabilities).flatMap(({ aws }) => aws ?? []);
    const text = renderPolicy(sessionPolicy({ groups, keyUses: [] }, deadline, undefined, 'compact'));
    expect(text).toHaveLength(2_049);
    expect(await answers(text)).toEqual(['ValidationError', 'ValidationError']);
  });

  test('names size and budget to whoever asks for too much at once, and grants nothing less', () => {
    const rich = policies.find(({ agent_type }) => agent_type === 'order_agent');
    if (!rich) throw new Error('the rich policy is gone');
    const capabilities = Object.keys(rich.capabilities);
    const refusal = thrownRefusal(() =>
      planOrRefuse(rich, { ...task, capabilities, parameters: values }, lease, planning),
    );
    expect(refusal).toMatchObject({ code: 'invalid_request', evidence: { path: 'task.capabilities' } });
    expect(refusal.message).toContain(`takes ${sizeOf(rich, capabilities)} characters of 2048`);
  });
});
