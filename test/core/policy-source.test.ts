import { describe, expect, it } from 'vitest';
import { compileGuardrail } from '../../core/policy/source.ts';
import { compile, invoiceText, refusal, written } from './invoice-source.ts';

const readResource = '["arn:aws:s3:::acme-invoices/${customer_id}/${invoice_id}.json"]';
/** The policy with another list of resources for its first capability. */
const withResources = (resources: string) => written(readResource, resources);
const withActions = (actions: string) => written('["s3:GetObject"]', actions);

describe('compiling a context policy', () => {
  it('yields plain JSON with durations in seconds and every default written out', () => {
    const policy = compile(invoiceText);
    expect(JSON.parse(JSON.stringify(policy))).toEqual(policy);
    expect(policy).toMatchObject({
      agent_type: 'invoice_processor',
      lifetime: { buffer: 1.2, floor: 300, longest: 900, heartbeat: 30 },
      conditions: {
        user_delegation: { is: 'required', mfa: 'required', max_age: 3_600, otherwise: {} },
        business_hours: {
          days: [1, 2, 3, 4, 5],
          hours: { from: 480, to: 1_080 },
          otherwise: { longest: 600 },
        },
        rules: { invoice_amount: [{ test: { op: '<', value: 1_000 }, then: { outcome: 'allow' } }, {}, {}] },
      },
      risk: { weights: { no_user_delegation: 30 }, approval: { at: 50, count: 1 }, deny: { at: 80 } },
      limits: {
        per_task: { leases: 3, within: 86_400 },
        sum: [{ parameter: 'invoice_amount', most: 5_000 }],
      },
    });
  });

  it('takes a condition by its name alone for the same with all its defaults', () => {
    const conditionsOf = (text: string) =>
      compile(invoiceText.replace(/user_delegation: .*\n.*business_hours: .*/, () => text)).conditions;
    expect(conditionsOf('user_delegation: required\n    business_hours: preferred')).toEqual(
      conditionsOf('user_delegation: { is: required }\n    business_hours: { is: preferred }'),
    );
  });

  it('reads lines that end as they do on Windows for the same lines', () => {
    expect(compile(invoiceText.replaceAll('\n', '\r\n'))).toEqual(compile(invoiceText));
  });

  it('takes a document marker before the document, and comments around it', () => {
    expect(compile(`# owned by payments\n---\n${invoiceText}# the end\n`)).toEqual(compile(invoiceText));
  });

  it('refuses more capabilities than anybody reviews, with their number', () => {
    // Nothing is claimed, so that capabilities need not depend on it.
    const free = written('{1,12}", source: claimed }', '{1,12}", source: delegation }');
    const one = (i: number) =>
      `    c${i}: { aws: { actions: ["s3:GetObject"], resources: ["arn:aws:s3:::acme-invoices/${i}"] } }\n`;
    const withMany = (count: number) =>
      free.replace(
        '  capabilities:\n',
        `  capabilities:\n${Array.from({ length: count }, (_, i) => one(i)).join('')}`,
      );
    expect(Object.keys(compile(withMany(48)).capabilities)).toHaveLength(50);
    expect(refusal(withMany(49))).toMatch(
      /policy\.yaml:\d+:3: context_policy\.capabilities: at most 50 entries/,
    );
  });

  it.each([
    ['a wildcard action', withActions('["s3:Get*"]'), 'without wildcards'],
    ['a wildcard resource', withResources('["arn:aws:s3:::acme-invoices/*"]'), 'no wildcard'],
    [
      'a resource with a wildcard for one character',
      withResources('["arn:aws:s3:::acme-invoices/a.jso?"]'),
      'no wildcard',
    ],
    [
      'a variable of IAM in a resource',
      withResources('["arn:aws:s3:::acme-invoices/${aws:username}"]'),
      'no wildcard and no $',
    ],
    [
      'a bucket that only begins like one of the guardrail',
      withResources('["arn:aws:s3:::acme-invoices-of-others/a"]'),
      'does not list the bucket acme-invoices-of-others',
    ],
    [
      'a bucket that a parameter lengthens',
      withResources('["arn:aws:s3:::acme-invoices${customer_id}/a"]'),
      'does not list the bucket',
    ],
    [
      'a bucket that is a parameter',
      withResources('["arn:aws:s3:::${customer_id}/a"]'),
      'does not list the bucket',
    ],
    [
      'an access point, whose buckets the guardrail cannot know',
      withResources('["arn:aws:s3:eu-central-1:111122223333:accesspoint/invoices/object/a"]'),
      'does not list the bucket accesspoint',
    ],
    ['a service outside the guardrail', withActions('["sqs:SendMessage"]'), 'does not list its service'],
    [
      'a resource of a service outside the guardrail',
      withResources('["arn:aws:sqs:eu-central-1:111122223333:q"]'),
      'does not list the service sqs',
    ],
    [
      'a resource in an account outside the guardrail',
      withResources('["arn:aws:s3::444455556666:acme-invoices/a"]'),
      'does not list the account 444455556666',
    ],
    [
      'an agent of an account outside the guardrail',
      written('iam::111122223333', 'iam::444455556666'),
      'does not list the account 444455556666',
    ],
    [
      'as agent a grant role of another deployment, whose leases would get leases without end',
      written('role/invoice-agent', 'role/mayfly/other/grant/other-eu-central-1-payer-0'),
      'a grant role is never an agent',
    ],
    [
      'a resource that is no ARN, which IAM would refuse at deploy',
      withResources('["arn:aws:s3:"]'),
      'a resource is an ARN',
    ],
    ['every resource', withResources('["*"]'), 'is not granted on "*"'],
    [
      'a parameter for a region',
      withResources('["arn:aws:s3:${customer_id}::acme-invoices/a"]'),
      'only the last part of an ARN may hold parameters',
    ],
    [
      'an undeclared parameter',
      withResources('["arn:aws:s3:::acme-invoices/${invoice}"]'),
      'no parameter is called invoice',
    ],
    [
      'a resource in characters that STS takes in no policy',
      withResources('["arn:aws:s3:::acme-invoices/${invoice_id}.јson"]'),
      'no session policy may hold',
    ],
    [
      'a network of nowhere, which would deny everything',
      written('network: { source_vpce: [vpce-0abc] }', 'network: {}'),
      'at least one of source_vpc',
    ],
  ])('refuses %s, with line and column', (_, text, message) => {
    const lines = refusal(text).split('\n');
    expect(lines).toContainEqual(expect.stringContaining(message));
    for (const line of lines) expect(line).toMatch(/^policy\.yaml:\d+:\d+: context_policy\./);
  });

  it('tells the first 50 problems in the order of the file, and how many more there are', () => {
    const actions = Array.from({ length: 20 }, (_, i) => `"sqs:A${i}"`).join(', ');
    const capability = (i: number) => `    c${i}: { aws: { actions: [${actions}], resources: ["*"] } }\n`;
    const text = `${written('  capabilities:\n', `  capabilities:\n${[1, 2, 3].map(capability).join('')}`)}`;
    const lines = refusal(text).split('\n');
    expect(lines).toHaveLength(51);
    expect(lines.at(-1)).toMatch(/^policy\.yaml: \d+ more of the kind$/);
    const numbers = lines.slice(0, -1).map((line) => Number(line.split(':')[1]));
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
  });

  it('refuses an unknown key of the guardrail with the key that was meant', () => {
    const source = { name: 'guardrail.yaml', text: 'guardrail:\n  acounts: []\n  services: [s3]\n' };
    expect(() => compileGuardrail(source)).toThrow(
      /^guardrail\.yaml:2:3: guardrail\.acounts: unknown key; did you mean accounts\?$/,
    );
  });
});
