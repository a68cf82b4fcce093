import { describe, expect, it } from 'vitest';
import { agentId, leaseId } from '../../core/identity.ts';
import type { Task } from '../../core/lease.ts';
import { type AwsPlan, credentialUntil, type Planned, planAws } from '../../core/plan.ts';
import { policyBudget } from '../../core/session-policy.ts';
import { sessionTagKeys } from '../../core/session-tags.ts';
import type { Statement } from '../../core/statement.ts';
import { after } from '../../core/time.ts';
import { invoice, invoicePolicy, morning, planning } from './invoices.ts';

const agent = agentId('mayfly.local', 'invoice_processor', 'AROAEXAMPLE', 'thumbprint');
const lease = {
  id: leaseId('AROAEXAMPLE', 'thumbprint', 'key-0001'),
  agent,
  ancestors: [],
  deadline: after(morning, 300),
  gen: 3,
};
const task: Task = {
  name: 'process invoice',
  purpose: 'test',
  capabilities: ['read_invoice'],
  parameters: invoice,
  sources: {},
  estimated_seconds: 120,
};

function planOf(changed: Partial<Task>, policy = invoicePolicy()): AwsPlan {
  return plannedOf(planAws(policy, { ...task, ...changed }, lease, planning));
}

function plannedOf(result: Planned): AwsPlan {
  if ('tooLarge' in result) throw new Error(`too large: ${result.tooLarge.size}`);
  if (!result.plan) throw new Error('nothing of AWS is wanted');
  return result.plan;
}

const statementsOf = ({ policy }: AwsPlan): Statement[] => JSON.parse(policy).Statement;
const allowsOf = (plan: AwsPlan) => statementsOf(plan).filter(({ Effect }) => Effect === 'Allow');

describe('the plan of an AWS grant', () => {
  it('tells STS the lease in every place that a log or a deny document can read it', () => {
    const plan = planOf({});
    expect(plan.sourceIdentity).toBe(lease.id);
    expect(plan.sessionName).toBe(`invoice_processor.${lease.id}`);
    expect(plan.sessionName).toMatch(/^[\w+=,.@-]{2,64}$/);
    expect(plan.roleArn).toMatch(/^.*\/mayfly-eu-central-1-invoice_processor-[0-3]$/);
    expect(plan.tags).toEqual({
      'mayfly:agents': agent.split('/').at(-1),
      'mayfly:type': 'invoice_processor',
      'mayfly:gen': '3',
    });
  });

  it('tells STS the whole chain that a lease was delegated through, in tags that STS takes', () => {
    const chain = [1, 2, 3, 4].map((n) => ({
      lease: leaseId('AROAEXAMPLE', 'thumbprint', `key-${n}`),
      agent: agentId('mayfly.local', 'invoice_processor', 'AROAEXAMPLE', `parent-${n}`),
      task: 'process invoice',
    }));
    const { tags } = plannedOf(planAws(invoicePolicy(), task, { ...lease, ancestors: chain }, planning));
    expect(Object.keys(tags)).toEqual([...sessionTagKeys]);
    expect(tags['mayfly:chain']).toBe(chain.map((each) => each.lease).join(':'));
    const tagOf = (id: string) => id.split('/').at(-1);
    expect(tags['mayfly:agents']).toBe([agent, ...chain.map((each) => each.agent)].map(tagOf).join(':'));
    // AWS-documented: at most 256 characters of these (STS API reference, Tag).
    for (const value of Object.values(tags)) expect(value).toMatch(/^[\w .:/=+@-]{1,256}$/);
  });

  it('puts a lease on the same shard each time, so that a second mint is denied where the first is', () => {
    expect(planOf({}).roleArn).toBe(planOf({ name: 'other' }).roleArn);
    const shards = new Set(
      Array.from({ length: 100 }, (_, i) => {
        const other = { ...lease, id: leaseId('r', 'j', `${i}`) };
        return plannedOf(planAws(invoicePolicy(), task, other, planning)).roleArn;
      }),
    );
    expect(shards.size).toBe(planning.roles.shards);
  });

  it('allows what was asked and not what the policy holds beside it', () => {
    expect(allowsOf(planOf({}))).toEqual([
      { Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::acme-invoices/acme/4711.json' },
    ]);
  });

  it('throws rather than plan a capability that the policy does not hold, or a value that was never validated', () => {
    expect(() => planOf({ capabilities: ['other'] })).toThrow('not in the policy');
    expect(() => planOf({ parameters: { ...invoice, customer_id: '*' } })).toThrow('ceiling');
    expect(() => planOf({ parameters: {} })).toThrow('no value for parameter');
  });
});

describe('the budget of a session policy', () => {
  const withResource = (length: number) =>
    invoicePolicy({
      capabilities: {
        c: { aws: { actions: ['s3:GetObject'], resources: [`arn:aws:s3:::${'a'.repeat(length)}`] } },
      },
    });
  const sizeWith = (length: number) => {
    const result = planAws(withResource(length), { ...task, capabilities: ['c'] }, lease, planning);
    return 'tooLarge' in result ? result.tooLarge : plannedOf(result).policy.length;
  };

  it('is 2,048 characters: one more is refused with both numbers, never widened to fit', () => {
    const lengths = Array.from({ length: policyBudget }, (_, i) => i);
    const tooLong = lengths.find((length) => typeof sizeWith(length) !== 'number') ?? 0;
    expect(sizeWith(tooLong - 1)).toBe(policyBudget);
    expect(sizeWith(tooLong)).toEqual({ size: policyBudget + 1, budget: policyBudget });
  });

  it('is kept by writing each resource once instead of twice, and only where it must be', () => {
    const room = policyBudget - Number(sizeWith(0));
    // In the explicit form a resource stands in an Allow and in its Deny.
    const last = Math.floor(room / 2);
    expect(sizeWith(last)).toBeGreaterThan(policyBudget - 2);
    expect(sizeWith(last + 1)).toBeLessThan(policyBudget - last / 2);
  });
});

describe('credential_until', () => {
  it('is the deadline, or the end of the longest credential there is', () => {
    expect(credentialUntil(morning, after(morning, 300))).toBe(after(morning, 300));
    expect(credentialUntil(morning, after(morning, 7_200))).toBe(after(morning, 3_540));
  });
});
