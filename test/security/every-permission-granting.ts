import { Client } from 'pg';
import { leaseId } from '../../core/identity.ts';
import { leaseRole } from '../../core/postgres/lease-role.ts';
import type { LocalBroker } from '../../local/start.ts';
import type { LocalSystems } from '../../local/systems/systems.ts';
import { newAgent } from '../broker.ts';
import { newOperator } from '../operator.ts';
import { service } from './api-closed-callers.ts';
import type { Scenario } from './every-permission-scenarios.ts';
import { grantingTask } from './granting-broker.ts';

const [leases, controls, databases, tokens] = ['LeasesTable', 'ControlsTable', 'PostgresQueue', 'OauthQueue'];

/** Who ends leases, and how each comes to end one with grants beyond AWS. */
const enders: Readonly<Record<string, Scenario['run']>> = {
  issuance: failHalfway,
  lifecycle: release,
  operations: revoke,
  timer: expire,
  sweeper: expireWithoutTimers,
  revoker: offend,
};

/** Scenarios of grants beyond AWS. */
export const grantingScenarios: readonly Scenario[] = [
  ...Object.entries(enders).flatMap(([holder, run]) =>
    [databases, tokens].map((on) => ({ holder, action: 'sqs:SendMessage', on, run })),
  ),
  { holder: 'issuance', action: 'lambda:InvokeFunction', on: 'PostgresFunction', run: lease },
  { holder: 'issuance', action: 'lambda:InvokeFunction', on: 'OauthFunction', run: lease },
  { holder: 'issuance', action: 'lambda:InvokeFunction', on: 'JwtFunction', run: lease },

  { holder: 'postgres', action: 'dynamodb:GetItem', run: lease },
  { holder: 'postgres', action: 'secretsmanager:GetSecretValue', run: lease },
  { holder: 'postgres', action: 'dynamodb:UpdateItem', run: release },
  { holder: 'postgres', action: 'dynamodb:BatchGetItem', run: tidyUp },
  { holder: 'postgres', action: 'sqs:ReceiveMessage', run: release },
  { holder: 'postgres', action: 'sqs:GetQueueAttributes', run: release },
  { holder: 'postgres', action: 'sqs:DeleteMessage', run: release },

  { holder: 'oauth', action: 'dynamodb:GetItem', run: lease },
  { holder: 'oauth', action: 'dynamodb:UpdateItem', run: lease },
  { holder: 'oauth', action: 'secretsmanager:GetSecretValue', run: lease },
  { holder: 'oauth', action: 'kms:Encrypt', run: lease },
  { holder: 'oauth', action: 'kms:Decrypt', run: release },
  { holder: 'oauth', action: 'lambda:InvokeFunction', run: leaseInExchange },
  { holder: 'oauth', action: 'sqs:ReceiveMessage', run: release },
  { holder: 'oauth', action: 'sqs:GetQueueAttributes', run: release },
  { holder: 'oauth', action: 'sqs:DeleteMessage', run: release },

  { holder: 'jwt', action: 'dynamodb:GetItem', run: lease },
  { holder: 'jwt', action: 'kms:Sign', run: lease },
  { holder: 'jwt', action: 'kms:GetPublicKey', run: introspect },
  { holder: 'jwt', action: 'dynamodb:BatchGetItem', on: leases, run: introspect },
  { holder: 'jwt', action: 'dynamodb:BatchGetItem', on: controls, run: introspect },

  { holder: 'proxy', action: 'kms:GetPublicKey', run: call },
  { holder: 'proxy', action: 'dynamodb:GetItem', run: call },
  { holder: 'proxy', action: 'dynamodb:BatchGetItem', on: leases, run: call },
  { holder: 'proxy', action: 'dynamodb:BatchGetItem', on: controls, run: call },
  { holder: 'proxy', action: 'dynamodb:UpdateItem', run: call },
  { holder: 'proxy', action: 'dynamodb:PutItem', run: call },
  { holder: 'proxy', action: 'secretsmanager:GetSecretValue', run: call },
];

/** A lease of a new agent, with all that it can have at one time. */
async function leaseOf(broker: LocalBroker, capabilities?: string[]) {
  const agent = await newAgent(broker, 'granting_processor');
  return { agent, ...(await agent.lease(grantingTask(capabilities))) };
}

function lease(broker: LocalBroker): Promise<unknown> {
  return leaseOf(broker);
}

/** Where the broker speaks for an agent, it has to say first who works under the lease. */
function leaseInExchange(broker: LocalBroker): Promise<unknown> {
  return leaseOf(broker, ['check_vat_as_agent']);
}

async function release(broker: LocalBroker): Promise<void> {
  const { agent, lease } = await leaseOf(broker);
  await agent.release(lease.id);
  await broker.settled();
}

async function revoke(broker: LocalBroker): Promise<void> {
  const { lease } = await leaseOf(broker);
  await newOperator(broker).revoke({ lease: lease.id });
  await broker.settled();
}

/** A lease whose token cannot be had is undone: the role that was made for it, and a token that may have been given out. */
async function failHalfway(broker: LocalBroker, { oauth }: LocalSystems): Promise<void> {
  oauth.misbehave('/token', { status: 400, times: 1_000 });
  try {
    await leaseOf(broker).then(
      () => Promise.reject(new Error('the lease was made')),
      () => undefined,
    );
  } finally {
    oauth.misbehave('/token');
  }
  await broker.settled();
}

/** A lease that nobody gives back: its timer ends what does not end by itself. */
async function expire(broker: LocalBroker): Promise<void> {
  await leaseOf(broker);
  broker.advance(145);
  await broker.settled();
}

/** The same with its timer lost: the sweeper does it. */
async function expireWithoutTimers(broker: LocalBroker): Promise<void> {
  const found = broker.onMessage(({ queue }) => (queue.includes('Timer') ? 'lost' : undefined));
  try {
    await expire(broker);
  } finally {
    found();
  }
  await broker.runSchedules();
  await broker.settled();
}

/** So many leases of one agent, over four roles, that nine of them or more are to be denied on one. */
const manyLeases = 4 * 8 + 1;

/** An agent that the revoker revokes as a whole, while a lease of it has grants beyond AWS. */
async function offend(broker: LocalBroker): Promise<void> {
  const agent = await newAgent(broker, 'granting_processor');
  await agent.lease({ ...grantingTask(), name: 'another task' });
  const small = grantingTask(['read_invoice']);
  const { lease } = await agent.lease(small);
  // Few at a time: each that finds no free environment starts one.
  for (let made = 1; made < manyLeases; made += 4)
    await Promise.all([0, 1, 2, 3].map(() => agent.lease(small)));
  await newOperator(broker).revoke({ task: { agent_type: lease.agent_type, name: small.name } });
  await broker.settled();
}

let orphans = 0;

/** A role that a crash has left in the database is asked about by the hour: no lease accounts for it. */
async function tidyUp(broker: LocalBroker, { postgres }: LocalSystems): Promise<void> {
  const { host, port, superuser } = postgres;
  const client = new Client({ host, port, database: 'crm', ...superuser });
  await client.connect();
  const role = leaseRole(leaseId('AROANOBODY', 'key', `orphan-${++orphans}`), 'crm');
  try {
    await client.query(`SET ROLE mayfly; CREATE ROLE ${client.escapeIdentifier(role)} LOGIN`);
  } finally {
    await client.end();
  }
  await broker.runSchedules();
  await broker.settled();
}

/** A service asks whether a token that it was shown still counts. */
async function introspect(broker: LocalBroker): Promise<void> {
  const { credentials } = await leaseOf(broker, ['tell_ledger']);
  const body = new URLSearchParams({ token: credentials.jwt?.['tell_ledger']?.access_token ?? '' });
  const response = await service(broker)(`${broker.url}/v1/introspections`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    body: body.toString(),
  });
  const { active } = (await response.json()) as { active?: boolean };
  if (active !== true) throw new Error(`the token is answered with ${response.status}, active: ${active}`);
}

/** The broker makes a call with a secret that the agent never sees. */
async function call(broker: LocalBroker): Promise<void> {
  const { agent, lease } = await leaseOf(broker, ['post_message']);
  const { status } = await agent.proxy(lease.id, 'post_message', {
    method: 'POST',
    path: '/chat.postMessage',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ channel: 'C1', text: 'invoice 4711 is valid' }),
  });
  if (status !== 200) throw new Error(`the call is answered with ${status}`);
}
