import type { GrantOf } from '../../core/grant.ts';
import type { Lease } from '../../core/lease.ts';
import type { ContextPolicy } from '../../core/policy/schema.ts';
import type { Kind } from '../../core/policy/schema-capabilities.ts';
import { capabilitySchema } from '../../core/policy/schema-capabilities.ts';
import { type Systems, systemsSchema } from '../../core/policy/schema-systems.ts';
import { invoicePolicy } from './invoices.ts';

const secret = (name: string) =>
  `arn:aws:secretsmanager:eu-central-1:111122223333:secret:mayfly/${name}-AbCdEf`;

/** What the grants of the tests of the core reach, as `systems.yaml` writes it: two databases, a client with revocation and one without, a secret. */
export const systems: Systems = systemsSchema.parse({
  databases: {
    crm: { host: 'crm.example', database: 'crm', secret: secret('crm') },
    'data-lake': { host: 'lake.example', database: 'lake', secret: secret('lake') },
  },
  clients: {
    vat: {
      client_id: 'mayfly',
      authentication: 'client_secret_basic',
      secret: secret('vat'),
      hosts: ['vat.example'],
      revocation_endpoint: 'https://vat.example/revoke',
    },
    rates: {
      client_id: 'mayfly',
      authentication: 'client_secret_post',
      secret: secret('rates'),
      hosts: ['rates.example'],
      longest_token: '20m',
    },
  },
  secrets: { bot: { secret: secret('bot'), hosts: ['chat.example'] } },
});

const select = (on: string) => [{ privileges: ['SELECT'], on }];

/** Capabilities of every kind, as a policy writes them. */
const beyondAws = {
  read_customer: { postgres: { database: 'crm', grants: select('crm.customers') } },
  read_contract: { postgres: { database: 'crm', grants: select('crm.contracts') } },
  read_lake: { postgres: { database: 'data-lake', grants: select('lake.events') } },
  connect: {
    postgres: {
      iam: {
        resource: 'arn:aws:rds-db:eu-central-1:111122223333:dbuser:db-ABCDEFGH/reader',
        host: 'db.example',
        database: 'app',
        user: 'reader',
      },
    },
  },
  check_vat: { oauth: { token_endpoint: 'https://vat.example/token', client: 'vat', scope: 'vat.read' } },
  read_rates: { oauth: { token_endpoint: 'https://rates.example/token', client: 'rates' } },
  tell_ledger: { jwt: { audience: 'https://ledger.example', scope: 'write', parameters: ['customer_id'] } },
  post_message: {
    proxy: { base_url: 'https://chat.example/api', secret: 'bot', allow: ['POST /chat.postMessage'] },
    outlives: 'what was posted',
  },
} as const;

/** The policy of invoices with capabilities of every kind beside those of AWS. */
export function grantingPolicy(changed: Parameters<typeof invoicePolicy>[0] = {}): ContextPolicy {
  const capabilities = Object.entries(beyondAws).map(
    ([name, written]) => [name, capabilitySchema.parse(written)] as const,
  );
  return invoicePolicy({
    capabilities: { ...invoicePolicy().capabilities, ...Object.fromEntries(capabilities) },
    ...changed,
  });
}

/** A task's capabilities, one of each kind. */
export const oneOfEach = [
  'read_invoice',
  'read_customer',
  'check_vat',
  'tell_ledger',
  'post_message',
] as const;

/** The grant of a lease of this kind and, where there are several, name; fails the test where there is none. */
export function grantNamed<Of extends Kind>(
  { grants }: Pick<Lease, 'grants'>,
  kind: Of,
  name?: string,
): GrantOf<Of> {
  const found = grants.find(
    (grant) => grant.kind === kind && (name === undefined || ('name' in grant && grant.name === name)),
  );
  if (!found) throw new Error(`the lease has no grant of ${kind}`);
  return found as GrantOf<Of>;
}
