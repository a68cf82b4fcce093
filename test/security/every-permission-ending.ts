import type { LocalBroker } from '../../local/start.ts';
import { newApprovers } from '../approver.ts';
import { askedTask, invoiceTask, newAgent } from '../broker.ts';
import { newOperator } from '../operator.ts';
import type { Scenario } from './every-permission-scenarios.ts';

const [leases, controls, byAgent, byType, awaiting, due, denials, timers, calls] = [
  'LeasesTable',
  'ControlsTable',
  '/index/agent',
  '/index/type',
  '/index/awaiting',
  '/index/due',
  '/index/denials',
  'TimerQueue',
  'RevokerQueue',
];

/** Scenarios for the functions that end leases. `on` tells two tables, indexes or queues of one action apart. */
export const endingScenarios: readonly Scenario[] = [
  { holder: 'operations', action: 'dynamodb:GetItem', run: revokeLease },
  { holder: 'operations', action: 'dynamodb:PutItem', run: revokeLease },
  { holder: 'operations', action: 'dynamodb:UpdateItem', on: leases, run: revokeLease },
  { holder: 'operations', action: 'dynamodb:UpdateItem', on: controls, run: quarantine },
  { holder: 'operations', action: 'dynamodb:Query', on: byAgent, run: listOfAgent },
  { holder: 'operations', action: 'dynamodb:Query', on: byType, run: revokeTask },
  { holder: 'operations', action: 'dynamodb:Query', on: awaiting, run: listWaiting },
  { holder: 'operations', action: 'dynamodb:BatchGetItem', on: leases, run: listOfAgent },
  { holder: 'operations', action: 'dynamodb:BatchGetItem', on: controls, run: listOfAgent },
  { holder: 'operations', action: 'sqs:SendMessage', on: calls, run: revokeLease },

  { holder: 'timer', action: 'sqs:ReceiveMessage', run: silence },
  { holder: 'timer', action: 'sqs:GetQueueAttributes', run: silence },
  { holder: 'timer', action: 'sqs:DeleteMessage', run: silence },
  { holder: 'timer', action: 'dynamodb:GetItem', run: silence },
  { holder: 'timer', action: 'dynamodb:BatchGetItem', on: leases, run: silence },
  { holder: 'timer', action: 'dynamodb:BatchGetItem', on: controls, run: silence },
  { holder: 'timer', action: 'dynamodb:UpdateItem', on: leases, run: silence },
  { holder: 'timer', action: 'dynamodb:UpdateItem', on: controls, run: silence },
  { holder: 'timer', action: 'sqs:SendMessage', on: calls, run: silence },
  { holder: 'timer', action: 'sqs:SendMessage', on: timers, run: heartbeats },
  { holder: 'timer', action: 'sns:Publish', run: askPeople },

  { holder: 'sweeper', action: 'dynamodb:Query', on: due, run: silenceWithoutTimers },
  { holder: 'sweeper', action: 'dynamodb:Query', on: byType, run: sweepAfterRevocation },
  { holder: 'sweeper', action: 'dynamodb:GetItem', run: silenceWithoutTimers },
  { holder: 'sweeper', action: 'dynamodb:BatchGetItem', on: leases, run: silenceWithoutTimers },
  { holder: 'sweeper', action: 'dynamodb:BatchGetItem', on: controls, run: silenceWithoutTimers },
  { holder: 'sweeper', action: 'dynamodb:UpdateItem', on: leases, run: silenceWithoutTimers },
  { holder: 'sweeper', action: 'dynamodb:UpdateItem', on: controls, run: silenceWithoutTimers },
  { holder: 'sweeper', action: 'sqs:SendMessage', on: calls, run: silenceWithoutTimers },
  { holder: 'sweeper', action: 'sqs:SendMessage', on: timers, run: askPeopleWithoutTimers },

  { holder: 'revoker', action: 'sqs:ReceiveMessage', run: revokeLease },
  { holder: 'revoker', action: 'sqs:GetQueueAttributes', run: revokeLease },
  { holder: 'revoker', action: 'sqs:DeleteMessage', run: revokeLease },
  { holder: 'revoker', action: 'iam:GetRolePolicy', run: revokeLease },
  { holder: 'revoker', action: 'iam:PutRolePolicy', run: revokeLease },
  { holder: 'revoker', action: 'iam:DeleteRolePolicy', run: untilNothingIsDenied },
  { holder: 'revoker', action: 'dynamodb:GetItem', run: revokeLease },
  { holder: 'revoker', action: 'dynamodb:UpdateItem', on: leases, run: revokeLease },
  { holder: 'revoker', action: 'dynamodb:Query', on: denials, run: revokeLease },
  { holder: 'revoker', action: 'dynamodb:Query', on: byType, run: offend },
  { holder: 'revoker', action: 'dynamodb:PutItem', run: offend },
  { holder: 'revoker', action: 'dynamodb:BatchGetItem', run: offend },
  { holder: 'revoker', action: 'dynamodb:UpdateItem', on: controls, run: offend },
  { holder: 'revoker', action: 'sqs:SendMessage', on: calls, run: offend },
];

/** A lease of a new agent. */
async function leaseOf(broker: LocalBroker, type = 'invoice_processor') {
  const agent = await newAgent(broker, type);
  return { agent, ...(await agent.lease(invoiceTask())) };
}

async function revokeLease(broker: LocalBroker): Promise<void> {
  const { lease } = await leaseOf(broker);
  await newOperator(broker).revoke({ lease: lease.id });
  await broker.settled();
}

async function quarantine(broker: LocalBroker): Promise<void> {
  const { lease } = await leaseOf(broker);
  await newOperator(broker).quarantine({ agent: lease.agent });
}

async function listOfAgent(broker: LocalBroker): Promise<void> {
  const { lease } = await leaseOf(broker);
  await newOperator(broker).leases(`agent=${encodeURIComponent(lease.agent)}`);
}

/** What has no list of its own is looked for among all leases of its type. */
async function revokeTask(broker: LocalBroker): Promise<void> {
  const { lease } = await leaseOf(broker);
  await newOperator(broker).revoke({ task: { agent_type: lease.agent_type, name: lease.task.name } });
  await broker.settled();
}

/** An agent that is never heard from: its timer ends the lease and has it denied. */
async function silence(broker: LocalBroker): Promise<void> {
  await leaseOf(broker, 'beating_processor');
  broker.advance(60);
  await broker.settled();
}

/** An agent that is heard from: its timer sends the next one. */
async function heartbeats(broker: LocalBroker): Promise<void> {
  const { agent, lease } = await leaseOf(broker, 'beating_processor');
  broker.advance(45);
  await agent.heartbeat(lease.id);
  broker.advance(15);
  await broker.settled();
}

/** A lease that waits for people: its timer tells them. */
async function askPeople(broker: LocalBroker): Promise<void> {
  await (await newAgent(broker)).ask(askedTask());
  await broker.settled();
}

/** People are told of a lease though its timer was lost: the sweeper sends another. */
function askPeopleWithoutTimers(broker: LocalBroker): Promise<void> {
  return withoutTimers(broker, () => askPeople(broker));
}

async function listWaiting(broker: LocalBroker): Promise<void> {
  await askPeople(broker);
  await newApprovers(broker).waiting();
}

/** A silent agent whose timer is lost: the sweeper does what the timer would have done. */
function silenceWithoutTimers(broker: LocalBroker): Promise<void> {
  return withoutTimers(broker, () => silence(broker));
}

async function withoutTimers(broker: LocalBroker, act: () => Promise<void>): Promise<void> {
  const found = broker.onMessage(({ queue }) => (queue.includes('Timer') ? 'lost' : undefined));
  try {
    await act();
  } finally {
    found();
  }
  await broker.runSchedules();
  await broker.settled();
}

/** A revocation is carried out again, as lists may show a lease late. */
async function sweepAfterRevocation(broker: LocalBroker): Promise<void> {
  await revokeTask(broker);
  await broker.runSchedules();
  await broker.settled();
}

/** Long after a lease was revoked its role denies nothing any more, and the document goes. */
async function untilNothingIsDenied(broker: LocalBroker): Promise<void> {
  await revokeLease(broker);
  broker.advance(4_000);
  await broker.runSchedules();
  await broker.settled();
}

/** So many leases of one agent, over four roles, that nine of them or more are to be denied on one. */
const manyLeases = 4 * 8 + 1;

/** An agent with more revoked leases than a role denies one by one is revoked by the revoker, as a whole. */
async function offend(broker: LocalBroker): Promise<void> {
  const agent = await newAgent(broker);
  const { lease } = await agent.lease(invoiceTask());
  // Few at a time: each that finds no free environment starts one.
  for (let made = 1; made < manyLeases; made += 4)
    await Promise.all([0, 1, 2, 3].map(() => agent.lease(invoiceTask())));
  await newOperator(broker).revoke({ task: { agent_type: lease.agent_type, name: lease.task.name } });
  await broker.settled();
}
