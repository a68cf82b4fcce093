import { describe, expect, it } from 'vitest';
import { factNames } from '../../core/evidence.ts';
import { invoiceText, refusal, written } from './invoice-source.ts';

describe('a value of the wrong kind', () => {
  const lifetime = '{ buffer: 1.2, floor: 300s, maximum: 2x, longest: 15m, heartbeat: 30s }';

  it.each([
    [
      'then: auto_approve\n',
      'then: auto_aprove\n',
      'one of auto_approve, deny, or a map with auto_approve, require_approval is needed; did you mean auto_approve?',
    ],
    [
      'then: auto_approve\n',
      'then:\n',
      'is empty: one of auto_approve, deny, or a map with auto_approve, require_approval is needed',
    ],
    ['then: auto_approve\n', 'then: {}\n', 'is empty: one of auto_approve'],
    ['then: auto_approve\n', 'then: [deny]\n', 'one of auto_approve, deny, or a map with'],
    ['is: required', 'is: requird', 'one of required, preferred, not_used is needed; did you mean required?'],
    [
      'source: claimed',
      'source: claimd',
      'or a map with delegation, attestation, lookup is needed; did you mean claimed?',
    ],
    [
      'source: claimed',
      'source: { attestation: aws_rol }',
      `one of ${factNames.join(', ')} is needed; did you mean aws_role?`,
    ],
    [
      'source: claimed',
      'source: { delegation: { authorization_details: { type: x } } }',
      'authorization_details.field: is missing',
    ],
    ['type: number', 'type: nmber', 'one of string, number is needed; did you mean number?'],
    ['type: number, ', '', 'invoice_amount.type: is missing: one of string, number'],
    ['"< 1000"', '"=< 1000"', 'a rule compares: "< 1000"'],
    ['"< 1000"', '"< 0.1234567"', 'a rule compares'],
    ['"< 1000"', '"< 1234567890123.123"', 'a rule compares'],
    ['"< 1000"', '1000', 'a text is needed, not a number: put it in quotes'],
    ['"< 1000"', '"== acme"', 'a number is never acme'],
    ['"< 1000"', '"500..100"', 'the range 500..100 is empty'],
    ['"in [initech, globex]"', '"< 5"', 'text is compared by == and in only'],
    ['"in [initech, globex]"', '"in [initech, GLOBEX]"', 'its pattern [a-z]{1,20} never admits GLOBEX'],
    ['within: 30m', 'within: 30', 'a duration is a whole number and s, m, h or d'],
    ['within: 30m', 'within: 99d', 'a duration from 60 s to 1 d'],
    ['within: 30m', 'within: 030m', 'a duration is a whole number'],
    ['count: 1', 'count: 0', 'count: at least 1'],
    ['count: 1', 'count: 1.5', 'a whole number is needed'],
    ['count: 1', 'count: one', 'a number is needed, not a text'],
    ['from: [finance-managers]', 'from: finance-managers', 'a list is needed, not a text'],
    ['from: [finance-managers]', 'from: []', 'from: at least 1 entry'],
    ['from: [finance-managers]', 'from: ["fin*"]', 'a group is 1 to 100 letters'],
    ['owner: payments-team@example.com', 'owner:', 'owner: is empty: a mail address is needed'],
    ['owner: payments-team@example.com', 'owner: payments', 'a mail address is needed'],
    ['  owner: payments-team@example.com\n', '', 'owner: is missing: Who answers for it'],
    [lifetime, '{ buffer: 1.234 }', 'a multiple of 0.01'],
    [lifetime, '{ buffer: 3 }', 'at most 2'],
    [lifetime, '{ maximum: 3x }', '2x is needed'],
    [lifetime, 'long', 'a map is needed, not a text'],
    ['sum: {', 'sum: 5\n    sums: {', 'a map with per, within, or a list is needed'],
    ['invoice_amount: 5000, per', 'invoice_amount: 5000, customer_id: 3, per', 'a sum is of one parameter'],
    ['sum: { invoice_amount: 5000', 'sum: { customer_id: 5000', 'no number is called customer_id'],
    ['type: number, minimum: 0', 'type: number', 'what is added up needs a minimum of at least 0'],
    ['minimum: 0', 'minimum: 5, maximum: 4', 'above the maximum'],
    ['zone: Europe/Berlin', 'zone: Europe/Berln', 'did you mean Europe/Berlin?'],
    ['zone: Europe/Berlin', 'zone: "+01:00"', 'no time zone of the IANA database'],
    ['zone: Europe/Berlin', 'zone: Mars/Olympus_Mons', 'no time zone of the IANA database'],
    ['hours: "08:00-18:00"', 'hours: 8-18', 'hours are written from-to'],
    ['hours: "08:00-18:00"', 'hours: "08:00-24:01"', 'hours are written from-to'],
    ['hours: "08:00-18:00"', 'hours: "08:00-08:00"', 'the whole day is "00:00-24:00"'],
    ['days: mon-fri', 'days: mo-fr', 'days are written mon-fri'],
    ['issuers: ["https://login.example.com"]', 'issuers: [login]', 'an issuer is an address'],
    ['source_vpce: [vpce-0abc]', 'source_ip: ["300.1.1.1"]', 'an address is 192.0.2.7'],
    ['source_vpce: [vpce-0abc]', 'source_vpc: [vpce-0abc]', 'a VPC is vpc-'],
    ['agent_type: invoice_processor', 'agent_type: Invoice', 'a name is lower case letters'],
    ['    supplier: {', '    constructor: {', 'constructor'],
    ['deny: { at: 80 }', 'deny: { at: 40 }', 'above what is denied, 40: nobody would be asked'],
    ['deny: { at: 80 }', 'deny: { at: 0 }', 'at least 1'],
    ['- else: deny', '- { if: "> 5", then: deny }', 'the last rule must be `else`'],
    [
      '      - if: "< 1000"',
      '      - { else: deny }\n      - if: "< 1000"',
      'rules after `else` are never reached',
    ],
    ['is: required, mfa', 'is: preferred, mfa', 'a value from the user needs `user_delegation: required`'],
    ['is: required, mfa', 'is: preferred, mfa', 'a sum per user needs `user_delegation: required`'],
    ['dynamodb: invoices', 'dynamodb: payrolls', 'the guardrail does not list the table payrolls'],
    ['s3: acme-registry', 's3: acme-payroll', 'the guardrail does not list the bucket acme-payroll'],
    [
      'key: [customer_id, invoice_id]',
      'key: { a: fixed }',
      'a key without a parameter is the same for every task',
    ],
    ['key: [customer_id, invoice_id]', 'key: [supplier]', 'supplier is looked up itself'],
    ['key: [customer_id, invoice_id]', 'key: [nobody]', 'no parameter is called nobody'],
    ['key: [customer_id, invoice_id]', 'key: {}', 'a key has one or two attributes'],
    ['key: [customer_id, invoice_id]', 'key: { a: "$x${invoice_id}" }', 'a $ beside ${parameter}'],
    ['results/${invoice_id}.json', 'results/all.json', 'file_result does not depend on it'],
  ])('%j written as %j is refused, and said what to write', (from, to, message) => {
    const text = refusal(written(from, to));
    expect(text).toContain(message);
    for (const line of text.split('\n')) expect(line).toMatch(/^policy\.yaml:\d+:\d+: /);
    expect(text).not.toMatch(/Invalid input|Invalid string|Unrecognized|undefined|\[object/);
  });

  it('is told at the place where it stands', () => {
    const line = invoiceText.split('\n').findIndex((each) => each.includes('require_approval')) + 1;
    expect(refusal(written('count: 1', 'count: 9'))).toBe(
      `policy.yaml:${line}:63: context_policy.conditions.invoice_amount.1.then.require_approval.count: at most 5`,
    );
  });
});
