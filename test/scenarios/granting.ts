import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll } from 'vitest';
import type { BrokerClient, IssuedLeaseResponse } from '../../client/index.ts';
import type { PostgresCredentials } from '../../core/protocol/responses.ts';
import { type LocalBroker, type StartOptions, start } from '../../local/start.ts';
import { type Assembly, synthesize } from '../../local/synthesize.ts';
import { type LocalSystems, startSystems } from '../../local/systems/systems.ts';
import { agentRole, bucket, newAgent } from '../broker.ts';
import { newOperator, type Operator } from '../operator.ts';
import { approverArn, operatorArn } from '../synth.ts';

/** A service that takes tokens of the broker. */
export const serviceRole = 'ledger-service';

/** A broker and the systems that its leases reach; they are there once a test runs. */
export type GrantingBroker = {
  broker: LocalBroker;
  systems: LocalSystems;
  operator: Operator;
  agent(): Promise<BrokerClient>;
};

const policy = `
context_policy:
  agent_type: invoice_processor
  owner: payments-team@example.com
  purpose: Validates supplier invoices and files the result
  attestation:
    any_of:
      - aws_iam: { role: "arn:aws:iam::111122223333:role/${agentRole}" }
  parameters:
    customer_id: { type: string, pattern: "[a-z0-9-]{1,36}", source: claimed }
    invoice_id: { type: string, pattern: "[0-9]{1,12}", source: claimed }
  capabilities:
    read_invoice:
      aws: { actions: ["s3:GetObject"], resources: ["arn:aws:s3:::${bucket}/\${customer_id}/\${invoice_id}.json"] }
    read_customer:
      postgres:
        database: crm
        grants: [{ privileges: [SELECT], on: crm.customers, columns: [id, name, vat_id] }]
    check_vat:
      oauth: { token_endpoint: "https://vat.example/token", client: vat-client, scope: vat.read }
    tell_ledger:
      jwt: { audience: "https://ledger.example", scope: entries.write, parameters: [customer_id] }
    post_message:
      proxy: { base_url: "https://slack.com/api", secret: slack-bot, allow: ["POST /chat.postMessage"] }
  risk: { weights: { claimed_parameters: 0 } }
  lifetime: { buffer: 1.2, floor: 0s, maximum: 2x, longest: 15m, heartbeat: 30s }
  limits: { concurrent_leases: 200, per_hour: 1000, delegation_depth: 2 }
`;
const guardrail = `
guardrail:
  accounts: ["111122223333"]
  services: [s3]
  buckets: [${bucket}]
  databases: [crm]
  hosts: [slack.com, vat.example]
`;

/** Every capability of the agents here. */
export const capabilities = ['read_invoice', 'read_customer', 'check_vat', 'tell_ledger', 'post_message'];

/** The task of an invoice with all that it needs, or with less. */
export function wholeTask(wanted: readonly string[] = capabilities, seconds = 120) {
  return {
    name: 'process invoice 4711',
    purpose: 'validate the invoice',
    capabilities: [...wanted],
    parameters: { customer_id: 'acme', invoice_id: '4711' },
    estimated_seconds: seconds,
  };
}

/** For a file of tests: starts the systems, synthesizes a broker for them and starts it, and stops all of it after them. */
export function grantingBroker(
  options: Pick<StartOptions, 'alter' | 'report' | 'onLog'> = {},
): GrantingBroker {
  const on = {} as GrantingBroker;
  const folder = mkdtempSync(join(tmpdir(), 'mayfly-granting-'));
  let assembly: Assembly | undefined;
  beforeAll(async () => {
    on.systems = await startSystems();
    writeFileSync(join(folder, 'invoice-processor.yaml'), on.systems.standIn(policy));
    writeFileSync(join(folder, 'guardrail.yaml'), on.systems.standIn(guardrail));
    writeFileSync(join(folder, 'systems.yaml'), on.systems.document);
    const services = `arn:aws:iam::111122223333:role/${serviceRole}`;
    assembly = await synthesize({
      policies: folder,
      operators: operatorArn,
      approvers: approverArn,
      services,
      nag: 'false',
    });
    on.broker = await start({ assembly: assembly.folder, ...options });
    furnish(on.broker, on.systems);
    on.operator = await newOperator(on.broker);
    on.agent = () => newAgent(on.broker);
  });
  afterAll(async () => {
    await Promise.all([on.broker?.stop(), on.systems?.stop()]);
    assembly?.remove();
    rmSync(folder, { recursive: true, force: true });
  });
  return on;
}

function furnish(broker: LocalBroker, systems: LocalSystems): void {
  for (const role of [agentRole, serviceRole])
    broker.createRole(role, [{ Effect: 'Allow', Action: 'execute-api:Invoke', Resource: '*' }]);
  broker.createBucket(bucket);
  broker.putObject(bucket, 'acme/4711.json', '{}');
  systems.keepSecrets(broker);
}

/** How an agent signs in to the database of its lease; throws for a lease without one. */
export function databaseOf({ credentials }: IssuedLeaseResponse): PostgresCredentials {
  const database = credentials.postgres?.['crm'];
  if (!database) throw new Error('the lease has no database');
  return database;
}

/** A connection with a lease's credentials, which may break at any time. */
export async function connected({
  host,
  port,
  database,
  user,
  password,
}: PostgresCredentials): Promise<Client> {
  const client = new Client({ host, port, database, user, password });
  client.on('error', () => {});
  await client.connect();
  return client;
}

/** Roles that leases have in the database server at this moment. */
export async function rolesIn({ postgres }: LocalSystems): Promise<string[]> {
  const { host, port, superuser } = postgres;
  const client = await connected({
    host,
    port,
    database: 'crm',
    ...superuser,
    tls: 'off',
    expiration: '',
  });
  try {
    const { rows } = await client.query<{ rolname: string }>(
      "SELECT rolname FROM pg_roles WHERE rolname LIKE 'mayfly\\_%' ORDER BY 1",
    );
    return rows.map(({ rolname }) => rolname);
  } finally {
    await client.end();
  }
}
