import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { compileGuardrail, compilePolicy, PolicySourceError } from '../../core/policy/source.ts';

const guardrail = compileGuardrail({
  name: 'guardrail.yaml',
  text: readFileSync('policies/guardrail.yaml', 'utf8'),
});
const text = readFileSync('policies/invoice-processor.yaml', 'utf8');
const compile = (source: string) => compilePolicy({ name: 'policy.yaml', text: source }, guardrail);

function refusal(source: string): string {
  try {
    compile(source);
  } catch (error) {
    if (error instanceof PolicySourceError) return error.message;
    throw error;
  }
  throw new Error('the policy was accepted');
}

describe('compiling a context policy', () => {
  it('yields plain JSON with durations in seconds', () => {
    const policy = compile(text);
    expect(JSON.parse(JSON.stringify(policy))).toEqual(policy);
    expect(policy).toMatchObject({
      agent_type: 'invoice_processor',
      lifetime: { buffer: 1.2, floor: 300, longest: 900 },
    });
  });

  it('refuses an unknown key with line, column and the key that was meant', () => {
    expect(refusal(text.replace('purpose:', 'purpos:'))).toMatch(
      /policy\.yaml:\d+:3: context_policy\.purpos: unknown key; did you mean purpose\?/,
    );
  });

  it('refuses more capabilities than anybody reviews, with their number', () => {
    const one = (i: number) =>
      `    c${i}: { aws: { actions: ["s3:GetObject"], resources: ["arn:aws:s3:::acme-invoices/${i}"] } }\n`;
    const withMany = (count: number) =>
      text.replace(
        '  capabilities:\n',
        `  capabilities:\n${Array.from({ length: count }, (_, i) => one(i)).join('')}`,
      );
    expect(() => compile(withMany(49))).not.toThrow();
    expect(refusal(withMany(50))).toMatch(
      /policy\.yaml:\d+:3: context_policy\.capabilities: at most 50 entries/,
    );
  });

  it('treats a key whose feature does not exist as unknown', () => {
    expect(refusal(`${text}  limits: { concurrent_leases: 3 }\n`)).toContain(
      'context_policy.limits: unknown key',
    );
  });

  it.each([
    ['a wildcard action', 's3:GetObject', 's3:Get*', 'without wildcards'],
    ['a wildcard resource', '${customer_id}/', '*/', 'no wildcard'],
    ['a resource with a wildcard for one character', '.json', '.jso?', 'no wildcard'],
    ['a variable of IAM in a resource', '${customer_id}/', '${aws:username}/', 'no wildcard and no $'],
    [
      'a bucket that only begins like one of the guardrail',
      'acme-invoices/',
      'acme-invoices-of-others/',
      'does not list the bucket acme-invoices-of-others',
    ],
    [
      'a bucket that a parameter lengthens',
      'acme-invoices/${customer_id}',
      'acme-invoices${customer_id}',
      'does not list the bucket',
    ],
    [
      'an access point, whose buckets the guardrail cannot know',
      'arn:aws:s3:::acme-invoices/',
      'arn:aws:s3:eu-central-1:111122223333:accesspoint/invoices/object/',
      'does not list the bucket accesspoint',
    ],
    [
      'a bucket outside the guardrail',
      'acme-invoices',
      'other-bucket',
      'does not list the bucket other-bucket',
    ],
    ['a service outside the guardrail', 's3:GetObject', 'sqs:SendMessage', 'does not list its service'],
    [
      'a resource of a service outside the guardrail',
      'arn:aws:s3:::acme-invoices',
      'arn:aws:sqs:eu-central-1:111122223333:q',
      'does not list the service sqs',
    ],
    [
      'a resource in an account outside the guardrail',
      'arn:aws:s3:::acme',
      'arn:aws:s3::444455556666:acme',
      'does not list the account 444455556666',
    ],
    [
      'an agent of an account outside the guardrail',
      'iam::111122223333',
      'iam::444455556666',
      'does not list the account 444455556666',
    ],
    [
      'as agent a grant role of another deployment, whose leases would get leases without end',
      'role/invoice-agent',
      'role/mayfly/other/grant/other-eu-central-1-payer-0',
      'a grant role is never an agent',
    ],
    [
      'a resource that is no ARN, which IAM would refuse at deploy',
      'arn:aws:s3:::acme-invoices/${customer_id}/${invoice_id}.json',
      'arn:aws:s3:',
      'a resource is an ARN',
    ],
    [
      'every resource',
      'arn:aws:s3:::acme-invoices/${customer_id}/${invoice_id}.json',
      '*',
      'is not granted on "*"',
    ],
    [
      'a parameter for a region',
      'arn:aws:s3:::acme-invoices',
      'arn:aws:s3:${customer_id}::acme-invoices',
      'only the last part of an ARN may hold parameters',
    ],
    ['a parameter for a bucket', 'acme-invoices', '${customer_id}', 'does not list the bucket'],
    ['an undeclared parameter', '${invoice_id}', '${invoice}', 'no parameter is called invoice'],
    ['a loose pattern', '[0-9]{1,12}', '[0-9]+', 'not a pattern'],
    [
      'a resource in characters that STS takes in no policy',
      '${invoice_id}.json',
      '${invoice_id}.јson',
      'no session policy may hold',
    ],
    [
      'a network of nowhere, which would deny everything',
      'capabilities:',
      'network: {}\n  capabilities:',
      'at least one of source_vpc',
    ],
    ['rules without an else', 'else: deny', 'if: "> 5", then: deny', 'the last rule must be `else`'],
  ])('refuses %s, with line and column', (_, from, to, message) => {
    expect(text).toContain(from);
    const lines = refusal(text.replace(from, to)).split('\n');
    expect(lines).toContainEqual(expect.stringContaining(message));
    for (const line of lines) expect(line).toMatch(/^policy\.yaml:\d+:\d+: context_policy\./);
  });

  it('refuses an alias by name, not with a stack trace', () => {
    const source = text.replace('owner: ', 'owner: &who ').replace(/purpose: .*/, 'purpose: *who');
    expect(refusal(source)).toBe('policy.yaml: holds an alias (*name): write the value out');
  });

  it('refuses an unknown key of the guardrail with the key that was meant', () => {
    const source = { name: 'guardrail.yaml', text: 'guardrail:\n  acounts: []\n  services: [s3]\n' };
    expect(() => compileGuardrail(source)).toThrow(
      /guardrail\.yaml:2:3: guardrail\.acounts: unknown key; did you mean accounts\?/,
    );
  });
});
