import { describe, expect, it } from 'vitest';
import { capabilityProblems } from '../../core/policy/check-capability.ts';
import { systemsProblems } from '../../core/policy/check-systems.ts';
import type { Guardrail } from '../../core/policy/schema.ts';
import { capabilitySchema } from '../../core/policy/schema-capabilities.ts';
import { noSystems, systemsSchema } from '../../core/policy/schema-systems.ts';
import { grantingPolicy, systems } from './granting.ts';
import { invoicePolicy } from './invoices.ts';

const guardrail: Guardrail = {
  accounts: ['111122223333'],
  services: ['s3', 'rds-db', 'dsql'],
  buckets: ['acme-invoices', 'acme-results'],
  tables: [],
  databases: ['crm', 'data-lake'],
  hosts: ['vat.example', 'rates.example', 'chat.example'],
  audiences: ['https://ledger.example', 'https://a.example'],
};
type Conditions = { readonly conditions?: Readonly<Record<string, unknown>> };

/** What is wrong with one capability, as its file writes it. */
function problemsOf(
  written: object,
  changed: Partial<Guardrail> = {},
  policy: Conditions = {},
  known = systems,
) {
  const c = capabilitySchema.parse(written);
  return capabilityProblems(
    invoicePolicy({ capabilities: { c }, ...policy }),
    { ...guardrail, ...changed },
    known,
  ).map(({ path, message }) => `${path.join('.')}: ${message}`);
}
const select = { privileges: ['SELECT'], on: 'crm.customers' };
const database = (changed: object = {}) => ({ postgres: { database: 'crm', grants: [select], ...changed } });
const resource = 'arn:aws:rds-db:eu-central-1:111122223333:dbuser:db-ABCDEFGH/reader';
const iam = (changed: object = {}) => ({
  postgres: { iam: { resource, host: 'db.example', database: 'app', user: 'reader', ...changed } },
});
const oauth = (changed: object = {}) => ({
  oauth: { token_endpoint: 'https://vat.example/token', client: 'vat', ...changed },
});
const proxy = (changed: object = {}) => ({
  proxy: {
    base_url: 'https://chat.example/api',
    secret: 'bot',
    allow: ['POST /chat.postMessage'],
    ...changed,
  },
});

describe('capabilities beyond AWS', () => {
  it('that name what there is and what the guardrail lists are right', () => {
    expect(capabilityProblems(grantingPolicy(), guardrail, systems)).toEqual([]);
  });

  it.each<[string, string[], string]>([
    ['of no kind', problemsOf({ outlives: 'x' }), 'exactly one kind'],
    ['of two kinds', problemsOf({ ...database(), ...oauth() }), 'exactly one kind'],
    ['of no database and no user', problemsOf({ postgres: {} }), 'either `database` and `grants`, or `iam`'],
    ['of a database without privileges', problemsOf({ postgres: { database: 'crm' } }), 'either'],
    [
      'of a database and a user',
      problemsOf({ postgres: { ...database().postgres, ...iam().postgres } }),
      'either',
    ],
    [
      'of a database that the guardrail does not list',
      problemsOf(database(), { databases: [] }),
      'the database crm',
    ],
    [
      'of a database that nobody knows',
      problemsOf(database(), {}, {}, noSystems),
      'has no crm among its databases',
    ],
    [
      'that delete columns',
      problemsOf(
        database({ grants: [select, { privileges: ['DELETE'], on: 'crm.customers', columns: ['id'] }] }),
      ),
      'grants.1.columns: DELETE is of whole rows',
    ],
    [
      'of a service that the guardrail does not list',
      problemsOf(iam(), { services: ['s3'] }),
      'the service rds-db',
    ],
    [
      'of an account that it does not list',
      problemsOf(iam(), { accounts: ['444455556666'] }),
      'the account 111122223333',
    ],
    [
      'that connect as another than IAM lets in',
      problemsOf(iam({ user: 'owner' })),
      'the resource is for the user reader',
    ],
    [
      'of a client that nobody knows',
      problemsOf(oauth({ client: 'other' })),
      'has no other among its clients',
    ],
    [
      'of a client by a name of the language',
      problemsOf(oauth({ client: 'constructor' })),
      'has no constructor',
    ],
    [
      'that ask a host that the guardrail does not list',
      problemsOf(oauth(), { hosts: [] }),
      'the host vat.example',
    ],
    [
      'that send a secret to a host that it is not for',
      problemsOf(oauth({ token_endpoint: 'https://rates.example/token' })),
      'its secret is not for the host rates.example',
    ],
    [
      'that speak for a user who need not be there',
      problemsOf(oauth({ exchange: { subject: 'user' } })),
      'only where `user_delegation` is required',
    ],
    [
      'for a service that the guardrail does not list',
      problemsOf({ jwt: { audience: 'https://other.example' } }),
      'jwt.audience: the guardrail does not list the audience https://other.example among its audiences',
    ],
    [
      'that tell a service a parameter that there is not',
      problemsOf({ jwt: { audience: 'https://a.example', parameters: ['customer_id', 'iban'] } }),
      'jwt.parameters.1: no parameter is called iban',
    ],
    [
      'with a secret that nobody knows',
      problemsOf(proxy({ secret: 'other' })),
      'has no other among its secrets',
    ],
    [
      'that call a host that the guardrail does not list',
      problemsOf(proxy(), { hosts: [] }),
      'the host chat.example',
    ],
    [
      'that send a secret elsewhere',
      problemsOf(proxy({ base_url: 'https://vat.example' })),
      'its secret is not for the host vat.example',
    ],
    [
      'with a query in the base',
      problemsOf(proxy({ base_url: 'https://chat.example/api?a=b' })),
      'without a query',
    ],
    [
      'with a slash behind the base',
      problemsOf(proxy({ base_url: 'https://chat.example/api/' })),
      'without a slash',
    ],
    [
      'with a number in a path',
      problemsOf(proxy({ allow: ['GET /a/${invoice_amount}'] })),
      'invoice_amount is a number',
    ],
    [
      'with a parameter in a path that there is not',
      problemsOf(proxy({ allow: ['GET /a/${iban}'] })),
      'iban',
    ],
  ])('%s are told, once', (_, problems, told) => {
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(told);
  });

  it('may speak for a user where there always is one', () => {
    const policy = { conditions: { user_delegation: 'required' } };
    expect(problemsOf(oauth({ exchange: { subject: 'user' } }), {}, policy)).toEqual([]);
    expect(problemsOf(oauth({ exchange: { subject: 'agent' } }))).toEqual([]);
  });
});

describe('systems', () => {
  const secret = (name: string) =>
    `arn:aws:secretsmanager:eu-central-1:111122223333:secret:mayfly/${name}-AbCdEf`;
  const db = { host: 'crm.example', database: 'crm', secret: secret('crm') };
  const client = {
    client_id: 'mayfly',
    authentication: 'client_secret_basic',
    secret: secret('vat'),
    hosts: ['vat.example'],
  };
  const messages = (written: object) =>
    systemsProblems(systemsSchema.parse(written)).map(({ path, message }) => `${path.join('.')}: ${message}`);

  it('that are right are right, and so are none', () => {
    expect(systemsProblems(systems)).toEqual([]);
    expect(systemsProblems(noSystems)).toEqual([]);
  });

  it.each<[string, object, string]>([
    [
      'whose passwords would travel in the open',
      { databases: { crm: { ...db, tls: 'off' } } },
      'databases.crm.tls: only on this machine',
    ],
    [
      'whose roles would have one name',
      { databases: { 'a-b': db, a_b: db } },
      'databases.a_b: another database has this name',
    ],
    [
      'that revoke at a host that the secret is not for',
      { clients: { vat: { ...client, revocation_endpoint: 'https://other.example/revoke' } } },
      'clients.vat.revocation_endpoint: its host is not among',
    ],
    ...[
      'Host',
      'Cookie',
      'DPoP',
      'X-Amz-Date',
      'Mayfly-Attestation',
      'X-Forwarded-For',
      'Content-Length',
    ].map((header): [string, object, string] => [
      `whose secret would go into ${header}`,
      { secrets: { bot: { secret: secret('bot'), hosts: ['chat.example'], header } } },
      `secrets.bot.header: no secret goes into the header ${header}`,
    ]),
  ])('%s are told, once', (_, written, told) => {
    const found = messages(written);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(told);
  });

  it('may do without TLS on this machine', () => {
    expect(messages({ databases: { crm: { ...db, host: '127.0.0.1', tls: 'off' } } })).toEqual([]);
  });

  it.each<[string, object]>([
    ['a password instead of its ARN', { databases: { crm: { ...db, secret: 'hunter2' } } }],
    [
      'a secret by its ARN without the characters at its end',
      { databases: { crm: { ...db, secret: secret('crm').slice(0, -7) } } },
    ],
    ['a secret by a pattern', { databases: { crm: { ...db, secret: secret('*') } } }],
    ['a secret for no host', { secrets: { bot: { secret: secret('bot'), hosts: [] } } }],
    ['a host with a port', { secrets: { bot: { secret: secret('bot'), hosts: ['chat.example:443'] } } }],
    [
      'a prefix with a line break',
      { secrets: { bot: { secret: secret('bot'), hosts: ['a.example'], prefix: 'a\r\nb' } } },
    ],
    ['a key that nobody knows', { databases: { crm: { ...db, password: 'hunter2' } } }],
  ])('do not compile with %s', (_, written) => {
    expect(systemsSchema.safeParse(written).success).toBe(false);
  });
});
