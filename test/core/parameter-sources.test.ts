import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resolveParameters, sourceOf, type Verified, verifiedBy } from '../../core/parameter-sources.ts';
import type { Person } from '../../core/person.ts';
import type { ContextPolicy } from '../../core/policy/schema.ts';
import { parameterSchema } from '../../core/policy/schema-parameters.ts';
import { tuesday } from './deciding.ts';
import { invoicePolicy } from './invoices.ts';

const facts = { aws_account: '111122223333', aws_role: 'invoice-agent', aws_session: 'run-7' };
const pattern = '[A-Za-z0-9-]{1,36}';
const lookup = { dynamodb: 'invoices', key: ['invoice_id'], attribute: 'value' };

/** A policy with one parameter from this source, as a policy writes it. */
function policyOf(source: unknown, type: 'string' | 'number' = 'string'): ContextPolicy {
  const written = type === 'string' ? { type, pattern, source } : { type, minimum: 0, source };
  return invoicePolicy({ conditions: {}, parameters: { it: parameterSchema.parse(written) } });
}

function person(claims: Record<string, unknown>): Person {
  return {
    issuer: 'https://login.example.com',
    subject: 'alice',
    mfa: true,
    authenticated_at: tuesday,
    groups: [],
    claims,
  };
}

/** What the parameter comes to when a user's token, or a record, says this and the agent states that. */
function resolved(policy: ContextPolicy, said: Person | Verified | undefined, stated?: string | number) {
  const verified =
    said && 'claims' in said && 'subject' in said
      ? verifiedBy(policy, ['it'], said as Person, facts)
      : { ...verifiedBy(policy, ['it'], undefined, facts), ...(said as Verified | undefined) };
  const result = resolveParameters(policy, ['it'], stated === undefined ? {} : { it: stated }, verified);
  if ('values' in result) return result.values['it'];
  return 'denied' in result ? result.denied : result.problem;
}

/** A reason that denies, as anybody may read it. */
const denial = (value: string, threshold: string) => ({
  rule: 'parameters.it',
  value,
  threshold,
  effect: 'deny',
  would_change: expect.stringMatching(/\S/),
});

describe("a parameter from the user's token", () => {
  const named = policyOf('delegation');

  it.each([
    ['a claim of its own name', 'delegation', { it: 'acme' }],
    ['a claim of another name', { delegation: { claim: 'tenant' } }, { tenant: 'acme', it: 'globex' }],
    [
      'a claim whose name is an address',
      { delegation: { claim: 'https://example.com/tenant' } },
      { 'https://example.com/tenant': 'acme' },
    ],
    [
      'details of the authorization',
      { delegation: { authorization_details: { type: 'invoice', field: 'customer' } } },
      { authorization_details: [{ type: 'invoice', customer: 'acme' }] },
    ],
    [
      'details beside others of another type',
      { delegation: { authorization_details: { type: 'invoice', field: 'customer' } } },
      {
        authorization_details: [
          { type: 'payment', customer: 'globex' },
          { type: 'invoice', customer: 'acme' },
          { customer: 'initech' },
        ],
      },
    ],
    [
      'a list of one in details of the authorization',
      { delegation: { authorization_details: { type: 'invoice', field: 'customer' } } },
      { authorization_details: [{ type: 'invoice', customer: ['acme'] }] },
    ],
    ['a list that names it twice', 'delegation', { it: ['acme', 'acme'] }],
  ])('is taken from %s, stated or not', (_, source, claims) => {
    const policy = policyOf(source);
    expect(resolved(policy, person(claims))).toBe('acme');
    expect(resolved(policy, person(claims), 'acme')).toBe('acme');
    expect(Object.values(policy.parameters).map(sourceOf)).toEqual(['delegation']);
  });

  it('may be stated as one of several that the token lists, and must be', () => {
    const claims = person({ it: ['acme', 'globex'] });
    expect(resolved(named, claims, 'globex')).toBe('globex');
    expect(resolved(named, claims)).toEqual(denial('absent', "one of 2 values that the user's token allows"));
  });

  it('may be stated as one of several details of the same type', () => {
    const source = { delegation: { authorization_details: { type: 'invoice', field: 'customer' } } };
    const details = ['acme', 'globex'].map((customer) => ({ type: 'invoice', customer }));
    const claims = person({ authorization_details: details });
    expect(resolved(policyOf(source), claims, 'acme')).toBe('acme');
    expect(resolved(policyOf(source), claims, 'initech')).toMatchObject({ effect: 'deny' });
  });

  it('is denied where the agent lies, without a word of what is true', () => {
    const denied = resolved(named, person({ it: ['secret-a', 'secret-b'] }), 'globex');
    expect(denied).toEqual(denial('globex', "what the user's token says"));
    expect(JSON.stringify(denied)).not.toContain('secret');
  });

  it.each([
    ['no user', undefined],
    ['no such claim', person({})],
    ['an empty list', person({ it: [] })],
    ['an object', person({ it: { value: 'acme' } })],
    ['a list in a list', person({ it: [['acme']] })],
    ['null', person({ it: null })],
    ['true', person({ it: true })],
    ['a number for a text', person({ it: 4711 })],
    ['a value outside the pattern', person({ it: 'acme/../globex' })],
    ['a value that steers IAM', person({ it: '*' })],
    ['a claim that is only inherited', person(Object.create({ it: 'acme' }))],
  ])('is unknown, and denied, with %s, whatever is stated', (_, said) => {
    for (const stated of [undefined, 'acme', 'secret'])
      expect(resolved(named, said, stated)).toEqual(denial('unknown', "a value that the user's token knows"));
  });

  it.each(['constructor', '__proto__', 'toString'])('is no claim that every object has: %s', (claim) => {
    expect(resolved(policyOf({ delegation: { claim } }), person({}))).toMatchObject({ value: 'unknown' });
  });

  it.each([
    ['text', { authorization_details: 'invoice' }],
    ['an object', { authorization_details: { type: 'invoice', customer: 'acme' } }],
    ['a list of nothing', { authorization_details: [null, 1, 'invoice', []] }],
    ['details of another type', { authorization_details: [{ type: 'invoices', customer: 'acme' }] }],
    ['details without the field', { authorization_details: [{ type: 'invoice' }] }],
  ])('is unknown where the details are %s', (_, claims) => {
    const source = { delegation: { authorization_details: { type: 'invoice', field: 'customer' } } };
    expect(resolved(policyOf(source), person(claims))).toMatchObject({ value: 'unknown' });
  });
});

describe('a parameter from the attestation', () => {
  it.each([
    ['aws_account', '111122223333'],
    ['aws_role', 'invoice-agent'],
    ['aws_session', 'run-7'],
  ] as const)('is the %s that the runtime proved', (fact, value) => {
    const policy = policyOf({ attestation: fact });
    expect(resolved(policy, undefined)).toBe(value);
    expect(resolved(policy, undefined, value)).toBe(value);
    expect(resolved(policy, undefined, 'other')).toEqual(denial('other', 'what the attestation says'));
    expect(Object.values(policy.parameters).map(sourceOf)).toEqual(['attestation']);
  });

  it('is not taken from a user who says so', () => {
    const policy = policyOf({ attestation: 'aws_role' });
    expect(resolved(policy, person({ it: 'admin', aws_role: 'admin' }))).toBe('invoice-agent');
  });
});

describe('a parameter that is looked up', () => {
  const text = policyOf({ lookup });
  const number = policyOf({ lookup }, 'number');

  it('is what the system of record says, stated truly or not at all', () => {
    expect(resolved(number, { it: [420] })).toBe(420);
    expect(resolved(number, { it: [420] }, 420)).toBe(420);
    expect(resolved(text, { it: ['acme'] })).toBe('acme');
  });

  it('is denied where the agent lies, without a word of what is true', () => {
    const denied = resolved(number, { it: [987_654] }, 420);
    expect(denied).toEqual(denial('420', 'what the system of record says'));
    expect(JSON.stringify(denied)).not.toContain('987654');
  });

  it.each([
    ['nothing', number, {}],
    ['no value', number, { it: [] }],
    ['a text where a number is needed', number, { it: ['420'] }],
    ['a number where a text is needed', text, { it: [420] }],
    ['a number below the minimum', number, { it: [-1] }],
    ['what is no number', number, { it: [Number.NaN] }],
    ['a number too large to be counted exactly', number, { it: [2 ** 53] }],
    ['a value outside the pattern', text, { it: ['acme*'] }],
  ])('is unknown, and denied, where the record says %s', (_, policy, said) => {
    expect(resolved(policy, said)).toEqual(denial('unknown', 'a value that the system of record knows'));
    expect(resolved(policy, said, 420)).toMatchObject({ effect: 'deny' });
  });

  it('is not what a token or the attestation says of the name', () => {
    expect(verifiedBy(text, ['it'], person({ it: 'acme' }), facts)).toEqual({});
    expect(resolved(text, person({ it: 'acme' }))).toMatchObject({ value: 'unknown' });
  });
});

describe('a claimed parameter', () => {
  const policy = policyOf('claimed');

  it('is what the agent says, and needed', () => {
    expect(resolved(policy, person({ it: 'other' }), 'acme')).toBe('acme');
    expect(resolved(policy, person({ it: 'other' }))).toEqual({
      path: 'task.parameters.it',
      message: 'this parameter is needed and absent',
    });
  });
});

describe('the parameters of a task', () => {
  it('tell for each where its value is from', () => {
    const policy = invoicePolicy({
      conditions: {},
      parameters: {
        a: parameterSchema.parse({ type: 'string', pattern, source: 'claimed' }),
        b: parameterSchema.parse({ type: 'string', pattern, source: 'delegation' }),
        c: parameterSchema.parse({ type: 'string', pattern, source: { attestation: 'aws_role' } }),
        d: parameterSchema.parse({ type: 'number', source: { lookup } }),
      },
    });
    const names = ['a', 'b', 'c', 'd'];
    const verified = { ...verifiedBy(policy, names, person({ b: 'bob' }), facts), d: [5] };
    expect(resolveParameters(policy, names, { a: 'x' }, verified)).toEqual({
      values: { a: 'x', b: 'bob', c: 'invoice-agent', d: 5 },
      sources: { a: 'claimed', b: 'delegation', c: 'attestation', d: 'lookup' },
    });
  });

  it.each([
    'unknown',
    'constructor',
    '__proto__',
  ])('are refused where the policy declares none called %s', (name) => {
    expect(resolveParameters(policyOf('claimed'), [name], {}, {})).toEqual({
      problem: { path: `task.parameters.${name}`, message: 'the policy declares no such parameter' },
    });
  });

  it('are never what only the agent says, unless claimed', () => {
    const sources = fc.constantFrom('delegation', { attestation: 'aws_role' }, { lookup });
    const words = fc.constantFrom('acme', 'globex', 'invoice-agent', 4_711);
    fc.assert(
      fc.property(sources, words, fc.array(words), (source, stated, said) => {
        const value = resolved(policyOf(source), { it: said }, stated);
        if (typeof value !== 'object') expect(said).toContain(value);
      }),
    );
  });
});
