import type { BrokerClient } from '../../client/index.ts';
import type { LocalBroker } from '../../local/start.ts';
import type { LocalSystems } from '../../local/systems/systems.ts';
import { invoiceTask, newAgent } from '../broker.ts';
import { payingLease } from '../paying.ts';
import { endingScenarios } from './every-permission-ending.ts';
import { grantingScenarios } from './every-permission-granting.ts';

/** The least that makes a function use an action. `on` is part of the ARN, where it may use it on several. */
export type Scenario = {
  readonly holder: string;
  readonly action: string;
  readonly on?: string;
  readonly run: (broker: LocalBroker, systems: LocalSystems) => Promise<unknown>;
};

/** What the Lambda platform does under a function's role, which nothing here can show; each with its reason. */
export const platformActions: Readonly<Record<string, string>> = {
  'logs:CreateLogStream': 'Lambda opens a log stream for each environment, and logs are not emulated',
  'logs:PutLogEvents': 'Lambda writes what the function prints, and logs are not emulated',
  'xray:PutTelemetryRecords': 'the X-Ray daemon beside a function reports how it fares',
  'xray:PutTraceSegments': 'the X-Ray daemon beside a function sends its traces',
};

const [leases, controls] = ['LeasesTable', 'ControlsTable'];

/** A scenario for every permission of every function; a permission without one fails by name, and so does a scenario without one. */
export const scenarios: readonly Scenario[] = [
  { holder: 'discovery', action: 'kms:GetPublicKey', on: 'AttestationKey', run: readKeys },
  { holder: 'discovery', action: 'kms:GetPublicKey', on: 'GrantKey', run: readKeys },
  { holder: 'attestation', action: 'dynamodb:PutItem', run: attest },
  { holder: 'attestation', action: 'dynamodb:DeleteItem', run: attest },
  { holder: 'attestation', action: 'dynamodb:BatchGetItem', run: attest },
  { holder: 'attestation', action: 'dynamodb:UpdateItem', run: attest },
  { holder: 'attestation', action: 'kms:Sign', run: attest },
  { holder: 'issuance', action: 'kms:GetPublicKey', run: lease },
  { holder: 'issuance', action: 'dynamodb:PutItem', run: lease },
  { holder: 'issuance', action: 'dynamodb:UpdateItem', run: lease },
  { holder: 'issuance', action: 'dynamodb:GetItem', run: sameKeyAgain },
  { holder: 'issuance', action: 'dynamodb:BatchGetItem', on: leases, run: lease },
  { holder: 'issuance', action: 'dynamodb:BatchGetItem', on: controls, run: lease },
  { holder: 'issuance', action: 'sqs:SendMessage', on: 'TimerQueue', run: beatingLease },
  { holder: 'issuance', action: 'lambda:InvokeFunction', on: 'LookupFunction', run: pay },
  { holder: 'lookup', action: 'dynamodb:GetItem', run: pay },
  { holder: 'issuance', action: 'sts:AssumeRole', run: lease },
  { holder: 'issuance', action: 'sts:SetSourceIdentity', run: lease },
  { holder: 'issuance', action: 'sts:TagSession', run: lease },
  { holder: 'lifecycle', action: 'kms:GetPublicKey', run: readLease },
  { holder: 'lifecycle', action: 'dynamodb:GetItem', run: readLease },
  { holder: 'lifecycle', action: 'dynamodb:BatchGetItem', on: leases, run: readLease },
  { holder: 'lifecycle', action: 'dynamodb:BatchGetItem', on: controls, run: readLease },
  { holder: 'lifecycle', action: 'dynamodb:PutItem', run: readLease },
  { holder: 'lifecycle', action: 'dynamodb:UpdateItem', run: readStalledLease },
  { holder: 'lifecycle', action: 'sqs:SendMessage', on: 'RevokerQueue', run: release },
  ...endingScenarios,
  ...grantingScenarios,
];

async function readKeys({ url }: LocalBroker): Promise<void> {
  const response = await fetch(`${url}/.well-known/jwks.json`);
  if (!response.ok) throw new Error(`the keys are answered with ${response.status}`);
}

async function attest(broker: LocalBroker): Promise<unknown> {
  return (await newAgent(broker)).attest();
}

async function lease(broker: LocalBroker): Promise<unknown> {
  return (await newAgent(broker)).lease(invoiceTask());
}

/** Only a parameter that is looked up makes issuance ask the one function that may. */
function pay(broker: LocalBroker): Promise<unknown> {
  return payingLease(broker);
}

/** Only a lease that is to be heard from has a timer. */
async function beatingLease(broker: LocalBroker): Promise<unknown> {
  return (await newAgent(broker, 'beating_processor')).lease(invoiceTask());
}

/** Only what ends early calls the revoker. */
async function release(broker: LocalBroker): Promise<unknown> {
  const agent = await newAgent(broker);
  const { lease } = await agent.lease(invoiceTask());
  return agent.release(lease.id);
}

/** Only a taken lease id makes issuance look at the lease that is there. */
async function sameKeyAgain(broker: LocalBroker): Promise<unknown> {
  const agent = await newAgent(broker);
  await agent.lease(invoiceTask(), 'the-same-key');
  return agent.lease(invoiceTask(), 'the-same-key');
}

async function readLease(broker: LocalBroker): Promise<unknown> {
  const agent = await newAgent(broker);
  const { lease } = await agent.lease(invoiceTask());
  return agent.read(lease.id);
}

/** Only a lease whose maker died makes lifecycle write: it settles the lease as failed. */
async function readStalledLease(broker: LocalBroker): Promise<unknown> {
  const agent = await newAgent(broker);
  const id = await stalledLease(broker, agent);
  broker.advance(61);
  return agent.read(id);
}

/** The id of a lease whose maker dies while STS makes the session; what STS was asked for names the lease. */
async function stalledLease(broker: LocalBroker, agent: BrokerClient): Promise<string> {
  const stop = broker.intercept(async ({ operation }, phase) => {
    if (operation !== 'AssumeRole' || phase !== 'after') return undefined;
    stop();
    await broker.crash('issuance');
    return 'drop';
  });
  const died = await agent.lease(invoiceTask()).then(
    () => false,
    () => true,
  );
  const asked = broker.decisions.findLast(({ action }) => action === 'sts:AssumeRole');
  const id = asked?.context?.['sts:SourceIdentity'];
  if (!died || typeof id !== 'string') throw new Error('the maker of the lease did not die at STS');
  return id;
}
