import { describe, expect, it } from 'vitest';
import { budgetUse } from '../../core/lint/budget-use.ts';
import { lintPolicy } from '../../core/lint/lint-policy.ts';
import { mostRisk } from '../../core/lint/most-risk.ts';
import type { IdentityProvider } from '../../core/policy/identity-providers.ts';
import { changed } from './sound-policy.ts';

type Replacement = readonly [from: string, to: string];

const provider: IdentityProvider = {
  issuer: 'https://login.example.com',
  jwks_uri: 'https://login.example.com/keys',
  audience: 'mayfly',
  algorithms: ['RS256'],
  mfa: { amr: ['mfa'], acr: [] },
  groups: 'groups',
  private_network: false,
};

const rules = '      - { if: "< 1000", then: { auto_approve: { risk: 1 } } }\n';
const hours =
  'is: preferred, zone: Europe/Berlin, days: mon-fri, hours: "08:00-18:00", otherwise: { risk: 30 }';
const fromClaim = 'source: { delegation: { claim: invoice } }';
const resource = '"arn:aws:s3:::acme-invoices/${customer_id}/${invoice_id}.json"';

function warnings(replacements: readonly Replacement[], providers = [provider]): string[] {
  return lintPolicy(changed(...replacements), providers).map(
    ({ path, message }) => `${path.join('.')}: ${message}`,
  );
}

describe('lint', () => {
  it('has nothing to say of a policy that means what it says', () => {
    expect(warnings([])).toEqual([]);
  });

  it.each<[string, Replacement[], string]>([
    [
      'a claimed parameter, and what rests on it',
      [[fromClaim, 'source: claimed']],
      "parameters.invoice_id.source: only the agent's word, and on it rest the resources of read_invoice, and what is looked up for invoice_amount",
    ],
    [
      'a preferred condition without consequence',
      [[hours, hours.replace('risk: 30', 'risk: 0')]],
      'conditions.business_hours: preferred, and nothing follows where it is not met',
    ],
    [
      'a preferred condition whose risk leads nowhere',
      [[hours, hours.replace('risk: 30', 'risk: 10')]],
      'conditions.business_hours: preferred, and the risk of 10 never leads to anything: all together is 30 at most',
    ],
    [
      'hours that never close',
      [
        ['days: mon-fri', 'days: mon-sun'],
        ['08:00-18:00', '00:00-24:00'],
      ],
      'conditions.business_hours: open at all times',
    ],
    [
      'a rule that an earlier one decides before it',
      [[rules, `${rules}      - { if: "< 500", then: deny }\n`]],
      'conditions.invoice_amount.1: "< 500" is never reached',
    ],
    [
      'a risk that asks nobody',
      [['risk: { approval: { at: 50, from: [finance-managers] } }', 'risk: { approval: { at: 50 } }']],
      'risk.approval: risk may come to 50, and from 50 on nobody is named to ask: denied',
    ],
    [
      'a risk that denies where it should ask',
      [['at: 50, from: [finance-managers] }', 'at: 40, from: [finance-managers] }, deny: { at: 40 }']],
      'risk.approval: from 40 on tasks are denied, so that nobody is ever asked',
    ],
    [
      'people who are asked from a risk that never comes',
      [['at: 50', 'at: 51']],
      'risk.approval: risk comes to 50 at most: nobody is ever asked from 51 on',
    ],
    [
      'a rule whose own risk denies what it grants',
      [['auto_approve: { risk: 1 }', 'auto_approve: { risk: 90 }']],
      'conditions.invoice_amount.0: its own risk of 90 denies what it would grant',
    ],
    [
      'a rule whose own risk asks people',
      [['auto_approve: { risk: 1 }', 'auto_approve: { risk: 50 }']],
      'conditions.invoice_amount.0: its own risk of 50 asks people for what it approves',
    ],
    [
      'what people may approve, and no sum lets through',
      [['"< 5000"', '"< 10000"']],
      'limits.sum: invoice_amount above 5000 to below 10000 is for people to approve by its rules, and refused all the same: the sum is 5000 at most',
    ],
    [
      'what is approved, and refused all the same',
      [['{ else: deny }', '{ else: auto_approve }']],
      'limits.sum: invoice_amount above 5000 is approved by its rules, and refused all the same',
    ],
    ['a flood of leases', [['per_hour: 100, ', '']], 'limits: neither concurrent_leases nor per_hour'],
    [
      'a sum that a new key starts anew',
      [['per: user', 'per: agent']],
      'limits.sum: invoice_amount per agent: an agent with a new key starts anew',
    ],
    [
      'people who may decide on their own task',
      [
        ['is: required, mfa', 'is: preferred, mfa'],
        ['per: user', 'per: principal'],
        ['source: delegation', 'source: { attestation: aws_session }'],
        ['source: { delegation: { claim: invoice } }', 'source: { attestation: aws_account }'],
      ],
      'conditions.user_delegation: preferred, and people are asked',
    ],
    [
      'people who are asked without end',
      [['per_hour: 100', 'concurrent_leases: 5']],
      'limits: people are asked, and no per_hour',
    ],
    ['agents that nobody hears of', [['{ heartbeat: 30s }', '{ longest: 15m }']], 'lifetime: no heartbeat'],
    [
      'a parameter that nothing uses',
      [
        [
          '  parameters:\n',
          '  parameters:\n    note: { type: string, pattern: "[a-z]{1,9}", source: delegation }\n',
        ],
      ],
      'parameters.note: no resource, rule, limit or lookup uses it',
    ],
    [
      'a pattern that reaches into other folders',
      [['[a-z0-9-]{1,36}', '[a-z0-9/-]{1,36}']],
      'parameters.customer_id.pattern: admits "/"',
    ],
    [
      'a pattern that reaches into another part of an ARN',
      [['[a-z0-9-]{1,36}', '[a-z0-9:-]{1,36}']],
      'parameters.customer_id.pattern: admits ":"',
    ],
    [
      'a pattern that admits much',
      [['[a-z0-9-]{1,36}', '[a-z0-9-]{1,65}']],
      'parameters.customer_id.pattern: admits 65 characters',
    ],
    [
      'parameters that run together, so that one steals from the other',
      [[resource, '"arn:aws:s3:::acme-invoices/${customer_id}-${invoice_id}.json"']],
      'capabilities.read_invoice.aws.resources.0: ${customer_id} and ${invoice_id} run together',
    ],
    [
      'parameters with nothing between them',
      [[resource, '"arn:aws:s3:::acme-invoices/${customer_id}${invoice_id}.json"']],
      'run together: either may hold what is between',
    ],
    [
      'what does not end with the lease',
      [
        [
          '  risk:',
          '    token:\n      aws: { actions: ["ecr:GetAuthorizationToken"], resources: ["*"] }\n      outlives: a token of 12 hours\n  risk:',
        ],
      ],
      'capabilities.token.outlives: its use does not end with the lease: a token of 12 hours',
    ],
    [
      'long values that would not fit',
      [
        ['[a-z0-9-]{1,36}', '[a-z0-9-]{1,250}'],
        [
          `[${resource}]`,
          `[${Array.from({ length: 8 }, (_, i) => `"arn:aws:s3:::acme-invoices/\${customer_id}/${i}.json"`).join(', ')}]`,
        ],
      ],
      'capabilities.read_invoice: with long values it would take',
    ],
    [
      'a user of a provider that nobody knows',
      [['["https://login.example.com"]', '["https://login.example.com", "https://login.globex.example"]']],
      'conditions.user_delegation.issuers.1: https://login.globex.example is not in identity-providers.yaml',
    ],
  ])('warns of %s', (_, replacements, words) => {
    expect(warnings(replacements).join('\n')).toContain(words);
  });

  it('warns where nobody could ever prove who they are', () => {
    expect(warnings([], [])).toEqual([
      'conditions.user_delegation: identity-providers.yaml names nobody: no person can ever prove who they are',
      'conditions.invoice_amount.1: identity-providers.yaml names nobody: no person can ever prove who they are',
      'risk.approval: identity-providers.yaml names nobody: no person can ever prove who they are',
    ]);
  });

  it('warns where MFA is asked for and nothing counts as it', () => {
    const none = { ...provider, mfa: { amr: [], acr: [] } };
    expect(warnings([], [none]).join()).toContain('no identity provider has a rule for what counts as MFA');
    expect(warnings([], [none, provider])).toEqual([]);
  });

  it('warns of a capability that only the agent chooses, and of a policy that decides nothing', () => {
    const policy = changed();
    const free = {
      ...policy,
      conditions: { ...policy.conditions, rules: {} },
      parameters: {
        customer_id: { ...policy.parameters['customer_id'], source: 'claimed' },
        invoice_id: { ...policy.parameters['invoice_id'], source: 'claimed' },
      },
      limits: { ...policy.limits, sum: undefined },
    } as typeof policy;
    const messages = (from: typeof policy) => lintPolicy(from, [provider]).map(({ message }) => message);
    expect(messages(free)).toContain('no rule and no verified source says which customer_id and invoice_id');
    const open = { ...free.conditions.user_delegation, is: 'not_used' } as const;
    const nothing = { ...free, conditions: { ...free.conditions, user_delegation: open } };
    expect(messages(nothing)).toContain('no rule: every task that is asked for is granted');
  });
});

describe('the budget of session policies', () => {
  it('is told for each capability and for all, with the shortest and the longest values', () => {
    const [one, ...more] = budgetUse(changed());
    expect(more).toEqual([]);
    expect(one).toMatchObject({ capabilities: ['read_invoice'] });
    // The resource stands in an Allow and in a Deny: 35 and 11 characters longer, twice.
    expect((one?.longest ?? 0) - (one?.shortest ?? 0)).toBe(2 * (35 + 11));
  });
});

describe('the risk that a task may come to', () => {
  it('adds up what may come together, with the worst rule that does not deny', () => {
    expect(mostRisk(changed())).toBe(30 + 20);
    expect(mostRisk(changed([fromClaim, 'source: claimed']))).toBe(30 + 20 + 20);
    expect(mostRisk(changed(['per_hour: 100', 'per_hour: 100, delegation_depth: 4']))).toBe(30 + 20 + 40);
  });

  it('is never more than 100', () => {
    expect(mostRisk(changed(['risk: 20', 'risk: 100']))).toBe(100);
  });
});
