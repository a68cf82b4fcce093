import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { type BrokerClient, createBrokerClient } from '../../client/index.ts';
import { type LocalBroker, type StartOptions, start } from '../../local/start.ts';
import { type Assembly, synthesize } from '../../local/synthesize.ts';
import { type LocalSystems, startSystems } from '../../local/systems/systems.ts';
import { agentRole, bucket, signedFetch } from '../broker.ts';
import { newOperator, type Operator } from '../operator.ts';
import { approverArn, operatorArn } from '../synth.ts';
import { type Gate, startGate } from './gate.ts';
import { guardrail, policy } from './granting-policy.ts';

export { capabilities, heartbeat, wholeTask } from './granting-policy.ts';

/** A service that takes tokens of the broker. */
export const serviceRole = 'ledger-service';

/** A broker and the systems that its leases reach; they are there once a test runs. */
export type GrantingBroker = {
  broker: LocalBroker;
  systems: LocalSystems;
  /** The broker's way to the database server. */
  gate: Gate;
  operator: Operator;
  /** The systems' secrets, by the last part of their names. */
  secrets: Map<string, { readonly arn: string; readonly text: string }>;
  /** Every line that a function logged, its function's name before it. */
  logs: string[];
  /** What agents were answered: the status, all headers, and of a refusal the body. */
  answers: string[];
  agent(): Promise<BrokerClient>;
};

/** For a file of tests: starts the systems, synthesizes a broker for them and starts it, and stops all of it after them. */
export function grantingBroker(
  options: Pick<StartOptions, 'alter' | 'report' | 'schedules'> = {},
): GrantingBroker {
  const on = { logs: [], answers: [], secrets: new Map() } as Partial<GrantingBroker> as GrantingBroker;
  const folder = mkdtempSync(join(tmpdir(), 'mayfly-granting-'));
  let assembly: Assembly | undefined;
  beforeAll(async () => {
    on.systems = await startSystems();
    on.gate = await startGate(on.systems.postgres);
    writeFileSync(join(folder, 'invoice-processor.yaml'), on.systems.standIn(policy));
    writeFileSync(join(folder, 'guardrail.yaml'), on.systems.standIn(guardrail));
    writeFileSync(join(folder, 'systems.yaml'), throughGate(on.systems.document, on.gate));
    assembly = await synthesize({
      policies: folder,
      operators: operatorArn,
      approvers: approverArn,
      services: `arn:aws:iam::111122223333:role/${serviceRole}`,
      nag: 'false',
    });
    const onLog = (name: string, line: string) => void on.logs.push(`${name} ${line}`);
    on.broker = await start({ assembly: assembly.folder, onLog, ...options });
    furnish(on);
    on.operator = newOperator(on.broker);
    on.agent = () => listeningAgent(on);
  });
  afterAll(async () => {
    await Promise.all([on.broker?.stop(), on.gate?.stop()]);
    await on.systems?.stop();
    assembly?.remove();
    rmSync(folder, { recursive: true, force: true });
  });
  return on;
}

function throughGate(document: string, { port }: Gate): string {
  const { systems } = JSON.parse(document);
  systems.databases.crm.port = port;
  return JSON.stringify({ systems });
}

function furnish({ broker, systems, secrets }: GrantingBroker): void {
  for (const role of [agentRole, serviceRole])
    broker.createRole(role, [{ Effect: 'Allow', Action: 'execute-api:Invoke', Resource: '*' }]);
  broker.createBucket(bucket);
  for (const customer of ['acme', 'umbrella']) broker.putObject(bucket, `${customer}/4711.json`, '{}');
  systems.keepSecrets({
    ...broker,
    createSecret(arn, text) {
      secrets.set(arn.replace(/^.*\/(.*)-\w+$/, '$1'), { arn, text });
      broker.createSecret(arn, text);
    },
  });
}

/** An agent that keeps what it was answered, but for what it may know. */
function listeningAgent({ broker, answers }: GrantingBroker): Promise<BrokerClient> {
  const signed = signedFetch(broker, broker.credentialsFor(agentRole, 'test-agent'));
  return createBrokerClient({
    url: broker.url,
    agentType: 'invoice_processor',
    clock: broker.now,
    async fetch(url, init) {
      const response = await signed(url, init);
      const shown = response.ok ? '' : await response.clone().text();
      answers.push(`${response.status} ${JSON.stringify([...response.headers])} ${shown}`);
      return response;
    },
  });
}
