import { describe, expect, it } from 'vitest';
import { policySizeProblems } from '../../lib/policy-sizes.ts';

const sizeProblems = (
  resources: unknown[],
  Type = 'AWS::IAM::ManagedPolicy',
  property = 'PolicyDocument',
): string[] =>
  policySizeProblems({
    template: {
      Resources: { Thing: { Type, Properties: { [property]: { Statement: [{ Resource: resources }] } } } },
    },
    nameOf: () => 'Grants/big/Permissions',
  });

describe('the size of a managed policy', () => {
  it('is counted as IAM counts it, and what is too large is named with what to do', () => {
    const around = JSON.stringify({ Statement: [{ Resource: [''] }] }).length;
    expect(sizeProblems(['x'.repeat(6_144 - around)])).toEqual([]);
    expect(sizeProblems([`${'x'.repeat(6_144 - around)} `])).toEqual([]);
    expect(sizeProblems(['x'.repeat(6_145 - around)])).toEqual([
      expect.stringMatching(/^Grants\/big\/Permissions: takes up to 6145 characters of the 6144 .* split it/),
    ]);
  });

  it('takes a reference for the longest ARN that it could become', () => {
    const references = Array.from({ length: 55 }, () => ({ 'Fn::GetAtt': ['Thing', 'Arn'] }));
    expect(sizeProblems(references)).toHaveLength(1);
    expect(sizeProblems(references.slice(2))).toEqual([]);
    expect(sizeProblems(references.map(() => ({ Ref: 'AWS::Region' })))).toEqual([]);
  });

  it('takes the id of an API or of a mapping for what it is, and their ARNs for ARNs', () => {
    const around = JSON.stringify({ Statement: [{ Resource: [''] }] }).length;
    const problems = (Type: string, reference: object, room: number) => {
      const Resource = [{ 'Fn::Join': ['', ['x'.repeat(6_144 - around - room), reference]] }];
      const policy = { PolicyDocument: { Statement: [{ Resource }] } };
      const Resources = { Thing: { Type }, Policy: { Type: 'AWS::IAM::ManagedPolicy', Properties: policy } };
      return policySizeProblems({ template: { Resources }, nameOf: (id) => `Made/${id}` });
    };
    for (const [type, size] of [
      ['AWS::ApiGateway::RestApi', 10],
      ['AWS::Lambda::EventSourceMapping', 36],
      ['AWS::SNS::Topic', 110],
    ] as const) {
      expect(problems(type, { Ref: 'Thing' }, size)).toEqual([]);
      expect(problems(type, { Ref: 'Thing' }, size - 1)).toHaveLength(1);
      expect(problems(type, { 'Fn::GetAtt': ['Thing', 'Arn'] }, 110)).toEqual([]);
      expect(problems(type, { 'Fn::GetAtt': ['Thing', 'Arn'] }, 109)).toHaveLength(1);
    }
  });

  it('and of the resource policy of the API, which names every agent role three times, is counted likewise', () => {
    const api = ['AWS::ApiGateway::RestApi', 'Policy'] as const;
    const around = JSON.stringify({ Statement: [{ Resource: [''] }] }).length;
    expect(sizeProblems(['x'.repeat(8_192 - around)], ...api)).toEqual([]);
    expect(sizeProblems(['x'.repeat(8_193 - around)], ...api)).toEqual([
      expect.stringMatching(/takes up to 8193 characters of the 8192 .* fewer agent roles/),
    ]);
  });

  it('is not asked of what has other limits', () => {
    expect(sizeProblems(['x'.repeat(9_000)], 'AWS::IAM::Role')).toEqual([]);
  });
});
