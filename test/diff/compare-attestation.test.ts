import { describe, expect, it } from 'vitest';
import { comparePolicies } from '../../core/diff/compare-policies.ts';
import type { Strength } from '../../core/evidence.ts';
import type { Way } from '../../core/policy/schema-attestation.ts';
import { changed } from '../lint/sound-policy.ts';

const role = 'arn:aws:iam::111122223333:role/invoice-agent';
const aws_iam = { role };
const aws_nitro = { pcrs: { '0': 'a'.repeat(96), '8': 'b'.repeat(96) } };
const oidc = { issuer: 'https://token.example', subject: 'me', claims: { repository_id: '1', run: 7 } };

const policyOf = (any_of: Way[], minimum?: Strength) => ({
  ...changed(),
  attestation: { any_of, ...(minimum && { minimum }) },
});
const told = (before: ReturnType<typeof policyOf>, after: ReturnType<typeof policyOf>) =>
  comparePolicies(before, after).map(({ direction, what }) => `${direction} ${what}`);

describe('what a change of attestation does', () => {
  it('is wider by a way more, and narrower by one less', () => {
    const [one, two] = [policyOf([{ aws_iam }]), policyOf([{ aws_iam }, { oidc }])];
    expect(told(one, two)).toEqual([expect.stringMatching(/^wider may be an agent: now oidc \{/)]);
    expect(told(two, one)).toEqual([expect.stringMatching(/^narrower may be an agent: no longer oidc \{/)]);
  });

  it.each<[string, Way, Way]>([
    ['a method is gone from a way', { aws_iam, aws_nitro }, { aws_iam }],
    ['a register is gone', { aws_iam, aws_nitro }, { aws_iam, aws_nitro: { pcrs: { '0': 'a'.repeat(96) } } }],
    ['a claim is gone', { oidc }, { oidc: { ...oidc, claims: { run: 7 } } }],
    ['a subject is gone', { oidc }, { oidc: { issuer: oidc.issuer, claims: oidc.claims } }],
    ['tokens without a nonce will do', { oidc }, { oidc: { ...oidc, plain_audience: 'us' } }],
    ['another role will do', { aws_iam }, { aws_iam: { role: `${role}2` } }],
    ['the same role proves less', { aws_web_identity: aws_iam }, { aws_iam }],
    [
      'a function is not asked for any more',
      {
        aws_web_identity: {
          role,
          lambda_function: 'arn:aws:lambda:eu-central-1:111122223333:function:agent',
        },
      },
      { aws_web_identity: { role } },
    ],
  ])('counts as wider where %s', (_, before, after) => {
    const directions = comparePolicies(policyOf([before]), policyOf([after])).map(
      ({ direction }) => direction,
    );
    expect(directions.toSorted()).toEqual(['narrower', 'wider']);
  });

  it('is nothing where the same is written in another order', () => {
    const turned = { claims: { run: 7, repository_id: '1' }, subject: 'me', issuer: oidc.issuer };
    expect(told(policyOf([{ aws_iam }, { oidc }]), policyOf([{ oidc: turned }, { aws_iam }]))).toEqual([]);
  });

  it.each<[Strength | undefined, Strength | undefined, string]>([
    [undefined, 'workload', 'narrower strength of attestation: instance at least → workload at least'],
    ['workload', undefined, 'wider strength of attestation: workload at least → instance at least'],
    ['principal', 'measured', 'narrower strength of attestation: principal at least → measured at least'],
    ['measured', 'key_bound', 'wider strength of attestation: measured at least → key_bound at least'],
  ])('from a minimum of %s to %s is told', (before, after, words) => {
    const ways = [{ aws_iam, aws_nitro }];
    expect(told(policyOf(ways, before), policyOf(ways, after))).toEqual([words]);
  });

  it('is nothing where the least minimum is written out', () => {
    const [without, least] = [policyOf([{ aws_iam }]), policyOf([{ aws_iam }], 'instance')];
    expect(comparePolicies(without, least).filter(({ direction }) => direction === 'wider')).toEqual([]);
  });
});
