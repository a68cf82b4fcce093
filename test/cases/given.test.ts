import { describe, expect, it } from 'vitest';
import { changedBy, givenBy } from '../../core/cases/given.ts';
import type { Facts } from '../../core/evidence.ts';
import type { Way } from '../../core/policy/schema-attestation.ts';
import type { Situation } from '../../core/policy/schema-cases.ts';
import { invoiceGiven, invoiceSituation, policyFor } from './invoice-case.ts';

const problemsOf = (situation: Situation) => {
  const found = givenBy(policyFor('invoice_processor'), situation);
  return 'problems' in found ? found.problems : [];
};

describe('a case changes its base', () => {
  it('as RFC 7396 says: objects by name, lists and values as a whole, and null takes away', () => {
    const base: Situation = { task: { capabilities: ['a', 'b'], parameters: { x: 1, y: 2 } }, depth: 1 };
    const patch: Situation = { task: { capabilities: ['c'], parameters: { y: null, z: 3 } } };
    expect(changedBy(base, patch)).toEqual({
      task: { capabilities: ['c'], parameters: { x: 1, z: 3 } },
      depth: 1,
    });
    expect(base.task?.parameters).toEqual({ x: 1, y: 2 });
  });

  it('and reaches nothing outside of it, whatever a key is called', () => {
    const patch = JSON.parse(
      '{"claims": {"__proto__": {"polluted": true}, "constructor": {"x": 1}}}',
    ) as Situation;
    changedBy({ claims: {} }, patch);
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
    expect(Object.hasOwn(Object, 'x')).toBe(false);
  });
});

describe('a situation', () => {
  it('takes from the policy what the runtime proves, unless it says so itself', () => {
    expect(invoiceGiven().facts).toEqual({
      aws_account: '111122223333',
      aws_role: 'invoice-agent',
      aws_session: 'agent',
    });
    expect(invoiceGiven({ facts: { aws_session: 'build-7' } }).facts.aws_session).toBe('build-7');
  });

  it.each<[string, Way, Facts]>([
    [
      'a token of AWS, which names no session',
      {
        aws_web_identity: {
          role: 'arn:aws:iam::111122223333:role/agents/agent',
          lambda_function: 'arn:aws:lambda:eu-central-1:111122223333:function:agent',
          org: 'o-aaaaaaaaaa',
        },
      },
      {
        aws_account: '111122223333',
        aws_role: 'agent',
        lambda_function: 'arn:aws:lambda:eu-central-1:111122223333:function:agent',
        aws_org: 'o-aaaaaaaaaa',
      },
    ],
    [
      'a presigned request of an instance',
      {
        aws_presigned: { role: 'arn:aws:iam::111122223333:role/agent' },
        aws_ec2_iid: { account: '111122223333', image: 'ami-0a1b2c3d' },
      },
      { aws_account: '111122223333', aws_role: 'agent', aws_session: 'agent', ec2_image: 'ami-0a1b2c3d' },
    ],
    ['an SVID', { spiffe_jwt: { id: 'spiffe://acme.example/a' } }, { spiffe_id: 'spiffe://acme.example/a' }],
    [
      'a token by claims, of some subject',
      { oidc: { issuer: 'https://token.example', claims: { repository_id: '1' } } },
      { oidc_issuer: 'https://token.example', oidc_subject: 'agent' },
    ],
  ])('takes it from the first way, be it %s', (_, way, facts) => {
    const policy = policyFor('invoice_processor');
    const changed = { ...policy, attestation: { any_of: [way, ...policy.attestation.any_of] } };
    const { given } = givenBy(changed, invoiceSituation()) as { given: { facts: Facts } };
    expect(given.facts).toEqual(facts);
  });

  it('counts from the time of the task when its user signed in', () => {
    const { at, user } = invoiceGiven({ user: { authenticated: 90 } });
    expect(user?.authenticated_at).toBe(at - 90);
    expect(invoiceGiven({ user: { authenticated: null } }).user).not.toHaveProperty('authenticated_at');
  });

  it.each<[string, Situation, string]>([
    ['no time', { ...invoiceSituation(), at: undefined }, '`at` is missing'],
    [
      'no capabilities',
      changedBy(invoiceSituation(), { task: { capabilities: null } } as never),
      '`task.capabilities`',
    ],
    [
      'a user without a subject',
      changedBy(invoiceSituation(), { user: { subject: null } } as never),
      '`user` needs',
    ],
    [
      'a limit that the policy does not have',
      invoiceSituation({ usage: { 'limits.per_hours': 3 } }),
      'did you mean limits.per_hour?',
    ],
    [
      'a record of what is not looked up',
      invoiceSituation({ records: { invoice_amuont: 3 } }),
      'did you mean invoice_amount?',
    ],
  ])('says what is wrong with it: %s', (_, situation, words) => {
    expect(problemsOf(situation).join()).toContain(words);
  });

  it('of all that the base says has nothing wrong with it', () => {
    expect(problemsOf(invoiceSituation())).toEqual([]);
  });
});
