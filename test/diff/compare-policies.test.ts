import { describe, expect, it } from 'vitest';
import type { Direction } from '../../core/diff/change.ts';
import { comparePolicies } from '../../core/diff/compare-policies.ts';
import type { ContextPolicy } from '../../core/policy/schema.ts';
import { changed } from '../lint/sound-policy.ts';

type Replacement = readonly [from: string, to: string];

const opposite: Readonly<Record<Direction, Direction>> = {
  wider: 'narrower',
  narrower: 'wider',
  unclear: 'unclear',
  neutral: 'neutral',
};
const role = '{ aws_iam: { role: "arn:aws:iam::111122223333:role/invoice-agent" } }';
const hours =
  'is: preferred, zone: Europe/Berlin, days: mon-fri, hours: "08:00-18:00", otherwise: { risk: 30 }';
const sum = 'sum: { invoice_amount: 5000, per: user, within: 1d }';
const resource = '"arn:aws:s3:::acme-invoices/${customer_id}/${invoice_id}.json"';

const told = (before: ContextPolicy, after: ContextPolicy) =>
  comparePolicies(before, after).map(({ direction, what }) => `${direction} ${what}`);

/** What a change of the sound policy comes to, and the same change taken back. */
function bothWays(replacements: readonly Replacement[]) {
  const [before, after] = [changed(), changed(...replacements)];
  const there = comparePolicies(before, after).map(({ direction }) => direction);
  const back = comparePolicies(after, before).map(({ direction }) => opposite[direction]);
  return { told: told(before, after), there: there.toSorted(), back: back.toSorted() };
}

describe('what a change does', () => {
  it.each<[string, string]>([
    ['"s3:GetObject"]', '"s3:GetObject", "s3:PutObject"]'],
    [resource, `${resource}, "arn:aws:s3:::acme-invoices/\${customer_id}/index.json"`],
    ['"< 1000"', '"< 1001"'],
    ['auto_approve: { risk: 1 }', 'auto_approve: { risk: 0 }'],
    ['risk: 20 } }', 'risk: 20, within: 1h } }'],
    ['[finance-managers], risk: 20', '[finance-managers, interns], risk: 20'],
    ['[finance-managers], risk: 20', '[finance-managers], risk: 20, mfa: not_required'],
    ['mfa: required, issuers', 'mfa: not_required, issuers'],
    ['mfa: required, issuers', 'mfa: required, max_age: 2h, issuers'],
    [', issuers: ["https://login.example.com"]', ''],
    ['["https://login.example.com"]', '["https://login.example.com", "https://login.globex.example"]'],
    [`business_hours: { ${hours} }`, 'business_hours: not_used'],
    ['otherwise: { risk: 30 }', 'otherwise: { risk: 29 }'],
    ['08:00-18:00', '07:59-18:00'],
    ['08:00-18:00', '08:00-07:00'],
    ['mon-fri', 'mon-sat'],
    ['{1,36}', '{1,37}'],
    ['[a-z0-9-]{1,36}', '[A-Za-z0-9-]{1,36}'],
    ['source: { delegation: { claim: invoice } }', 'source: claimed'],
    ['at: 50', 'at: 51'],
    ['from: [finance-managers] } }\n  lifetime', 'from: [finance-managers, interns] } }\n  lifetime'],
    [
      'risk: { approval: { at: 50, from',
      'risk: { weights: { claimed_parameters: 5 }, approval: { at: 50, from',
    ],
    ['risk: { approval: { at: 50, from', 'risk: { deny: { at: 90 }, approval: { at: 50, from'],
    ['heartbeat: 30s', 'heartbeat: 60s'],
    ['{ heartbeat: 30s }', '{}'],
    ['heartbeat: 30s', 'heartbeat: 30s, longest: 20m'],
    ['heartbeat: 30s', 'heartbeat: 30s, floor: 301s'],
    ['heartbeat: 30s', 'heartbeat: 30s, buffer: 1.3'],
    ['per_hour: 100', 'per_hour: 101'],
    ['per_hour: 100, ', ''],
    [sum, sum.replace('5000', '6000')],
    [sum, sum.replace('1d', '12h')],
    [`, ${sum}`, ''],
    ['per_hour: 100', 'per_hour: 100, delegation_depth: 1'],
    [role, `${role}, { aws_iam: { role: "arn:aws:iam::111122223333:role/other-agent" } }`],
  ])('%j → %j widens, and back again narrows', (from, to) => {
    const { there, back } = bothWays([[from, to]]);
    expect(there.length).toBeGreaterThan(0);
    expect(new Set(there)).toEqual(new Set(['wider']));
    expect(back).toEqual(there);
  });

  it.each<[string, Replacement[]]>([
    ['another role', [['role/invoice-agent', 'role/other-agent']]],
    ['another resource', [['acme-invoices/${customer_id}', 'acme-invoices/all/${customer_id}']]],
  ])('%s widens here and narrows there', (_, replacements) => {
    expect(bothWays(replacements).there).toEqual(['narrower', 'wider']);
  });

  it.each<[string, Replacement[]]>([
    ['a pattern of other elements', [['[a-z0-9-]{1,36}', '[a-z][a-z0-9-]{1,30}']]],
    ['a pattern that admits more and less', [['[a-z0-9-]{1,36}', '[a-z0-9]{1,40}']]],
    ['another verified source', [['{ delegation: { claim: invoice } }', '{ attestation: aws_session }']]],
    ['another attribute', [['attribute: amount', 'attribute: net']]],
    ['another zone', [['Europe/Berlin', 'Europe/London']]],
    ['other hours', [['08:00-18:00', '09:00-19:00']]],
    ['other people', [['[finance-managers], risk: 20', '[controllers], risk: 20']]],
    [
      'riskier, but approved',
      [
        [
          '"< 1000", then: { auto_approve: { risk: 1 }',
          '"< 1000", then: { require_approval: { from: [a], risk: 0 }',
        ],
      ],
    ],
  ])('%s cannot be told, and counts as a widening', (_, replacements) => {
    const { there, back } = bothWays(replacements);
    expect(there).toEqual(['unclear']);
    expect(back).toEqual(['unclear']);
  });

  it.each<[string, Replacement[]]>([
    ['rules written otherwise', [['"< 1000"', '"<= 999.999999"']]],
    ['lists in another order', [['"s3:GetObject"]', '"s3:GetObject", "s3:PutObject"]']]],
  ])('%s that come to the same are no change', (_, replacements) => {
    const [before, after] = [changed(...replacements), changed(...replacements)];
    after.capabilities['read_invoice']?.aws?.actions.reverse();
    expect(comparePolicies(before, after)).toEqual([]);
  });

  it('is told with the values that are concerned, and in words that a person approves', () => {
    const after = changed(['"< 1000"', '"< 2000"']);
    expect(told(changed(), after)).toEqual([
      'wider invoice_amount from 1000 to below 2000: approved by 1 of finance-managers, with MFA, within 30 min, risk +20 → approved automatically, risk +1',
    ]);
  });

  it('of a bound that was not there narrows', () => {
    expect(bothWays([['minimum: 0', 'minimum: 0\n      maximum: 9000']])).toMatchObject({
      told: ['narrower parameter invoice_amount: maximum: none → 9000'],
      back: ['narrower'],
    });
  });

  it('of a user who was required and is only preferred widens', () => {
    const before = changed();
    const { conditions } = before;
    const user_delegation = { ...conditions.user_delegation, is: 'preferred' } as const;
    const after = { ...before, conditions: { ...conditions, user_delegation } };
    expect(told(before, after)).toEqual(['wider user_delegation: required → preferred']);
  });

  it.each([
    ['trust is other than before', [], { trust: 'full' }],
    ['limits per_minute is other than before', ['limits'], { per_minute: 5 }],
  ])('by a key that nobody knows to compare is unclear: %s', (what, section, grown) => {
    const before = changed();
    const after = structuredClone(before);
    Object.assign(section.length > 0 ? after.limits : after, grown);
    expect(told(before, after)).toEqual([`unclear ${what}`]);
    expect(told(after, before)).toEqual([`unclear ${what}`]);
    // Beside a change that is known it is not lost.
    expect(told(changed(['per_hour: 100', 'per_hour: 99']), after)).toHaveLength(2);
  });

  it('of owner and purpose is said, and decides nothing', () => {
    expect(bothWays([['payments-team', 'finance-team']]).there).toEqual(['neutral']);
  });

  it('that takes all rules of a parameter away widens', () => {
    const before = changed();
    const after = { ...before, conditions: { ...before.conditions, rules: {} } };
    expect(told(before, after).join('\n')).toMatch(
      /wider invoice_amount 5000 and more: denied → .*no rules any more/,
    );
    expect(comparePolicies(after, before).map(({ direction }) => direction)).not.toContain('wider');
  });

  it('of the network widens with every place that credentials may be used from', () => {
    const from = (network: ContextPolicy['network']) => ({ ...changed(), network });
    const vpc = from({ source_vpc: ['vpc-0a'] });
    expect(told(vpc, from(undefined))).toEqual(['wider network: from everywhere']);
    expect(told(vpc, from({ source_vpc: ['vpc-0a'], source_ip: ['10.0.0.0/8'] }))).toEqual([
      'wider network: source_ip: now 10.0.0.0/8',
    ]);
    expect(told(from(undefined), vpc)).toEqual(['narrower network: from everywhere → from listed ones']);
  });
});

describe('no change is silent', () => {
  const leaves = leavesOf(
    changed(['per_hour: 100', 'per_hour: 100, concurrent_leases: 5, per_task: { leases: 3 }']),
  );

  it('looks at many values', () => {
    expect(leaves.length).toBeGreaterThan(50);
  });

  it.each(leaves)('%s', (path) => {
    const before = changed(['per_hour: 100', 'per_hour: 100, concurrent_leases: 5, per_task: { leases: 3 }']);
    const after = structuredClone(before);
    change(after, path.split('.'));
    expect(comparePolicies(before, after)).not.toEqual([]);
  });
});

/** Paths of all that is decided by; `if` and `test` say one thing in two ways, and the first is only shown. */
function leavesOf(value: unknown, path: string[] = []): string[] {
  if (path.at(-1) === 'if' || path.includes('test')) return [];
  if (path.join('.') === 'lifetime.maximum') return [];
  // What is required denies, whatever it would grant otherwise.
  if (path.join('.').startsWith('conditions.user_delegation.otherwise')) return [];
  if (typeof value !== 'object' || value === null) return [path.join('.')];
  return Object.entries(value).flatMap(([name, each]) => leavesOf(each, [...path, name]));
}

/** Changes one value to another of its kind. */
function change(value: object, [name = '', ...rest]: readonly string[]): void {
  const map = value as Record<string, unknown>;
  const found = map[name];
  if (rest.length > 0) change(found as object, rest);
  else map[name] = typeof found === 'number' ? found + 1 : other(String(found));
}

/** A word of few gives way to another of them, so that what is changed is still a policy. */
function other(word: string): string {
  const few = [
    ['required', 'not_required'],
    ['preferred', 'required'],
    ['allow', 'deny'],
    ['require_approval', 'deny'],
    ['deny', 'allow'],
    ['number', 'string'],
    ['string', 'number'],
    ['user', 'agent'],
    ['delegation', 'claimed'],
  ];
  return few.find(([from]) => from === word)?.[1] ?? `${word}x`;
}
