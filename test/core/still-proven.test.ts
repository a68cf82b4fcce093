import { describe, expect, it } from 'vitest';
import type { Way } from '../../core/policy/schema-attestation.ts';
import { stillProven } from '../../core/still-proven.ts';
import {
  account,
  allOfIdentity,
  bare,
  document,
  id,
  identity,
  issuer,
  lambda_function,
  measured,
  oidc,
  role,
} from './pieces.ts';

describe('what was proven', () => {
  const caller = { role: bare };
  const facts = {
    ...identity.facts,
    ...document.facts,
    spiffe_id: id,
    oidc_issuer: issuer,
    oidc_subject: 'me',
  };
  const methods = [
    'aws_iam',
    'aws_web_identity',
    'aws_presigned',
    'spiffe_jwt',
    'spiffe_x509',
    'oidc',
    'aws_nitro',
    'aws_ec2_iid',
  ] as const;
  const holds = (way: Way, minimum?: 'workload' | 'measured') =>
    stillProven({ any_of: [way], minimum }, { methods, facts }, caller);

  it.each<[string, Way]>([
    ['a role', { aws_iam: { role } }],
    ['a token of AWS', { aws_web_identity: allOfIdentity }],
    ['a presigned request', { aws_presigned: { role } }],
    ['SVIDs', { spiffe_jwt: { id }, spiffe_x509: { id } }],
    ['a token of an issuer', { oidc }],
    ['an instance', { aws_iam: { role }, aws_ec2_iid: { account, image: 'ami-0a1b2c3d' } }],
  ])('by %s still is under the same terms', (_, way) => {
    expect(holds(way)).toBe(true);
  });

  it.each<[string, Way]>([
    ['another role', { aws_iam: { role: `${role}2` } }],
    ['another role of AWS’s tokens', { aws_web_identity: { role: `${role}2` } }],
    ['another function', { aws_web_identity: { role, lambda_function: `${lambda_function}2` } }],
    ['another VPC', { aws_web_identity: { role, vpc: 'vpc-0f0f0f0f' } }],
    ['another organization', { aws_web_identity: { role, org: 'o-bbbbbbbbbb' } }],
    ['another presigned role', { aws_presigned: { role: `${role}2` } }],
    ['a presigned role in another account', { aws_presigned: { role: role.replace('1111', '4444') } }],
    ['another id', { spiffe_jwt: { id: `${id}2` } }],
    ['another id of certificates', { spiffe_x509: { id: `${id}2` } }],
    ['another issuer', { oidc: { ...oidc, issuer: 'https://other.example' } }],
    ['another subject', { oidc: { issuer, subject: 'you' } }],
    ['instances of another account', { aws_iam: { role }, aws_ec2_iid: { account: '444455556666' } }],
    ['another image', { aws_iam: { role }, aws_ec2_iid: { account, image: 'ami-0f0f0f0f' } }],
    ['nobody by name', { aws_nitro: { pcrs: measured } }],
  ])('no longer is where the policy now asks for %s', (_, way) => {
    expect(holds(way)).toBe(false);
  });

  it('no longer is where a method more is asked for, or a strength that this way does not have', () => {
    const less = { methods: ['aws_iam'] as const, facts };
    const both = { aws_iam: { role }, aws_nitro: { pcrs: measured } };
    expect(stillProven({ any_of: [both] }, less, caller)).toBe(false);
    expect(stillProven({ any_of: [both] }, { ...less, methods: ['aws_iam', 'aws_nitro'] }, caller)).toBe(
      true,
    );
    expect(holds({ oidc }, 'workload')).toBe(true);
    expect(holds({ oidc }, 'measured')).toBe(false);
  });
});
