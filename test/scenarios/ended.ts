import { afterAll, beforeAll, expect } from 'vitest';
import { awsCredentialsOf } from '../../client/aws-credentials.ts';
import type { BrokerClient, IssuedLeaseResponse } from '../../client/index.ts';
import type { LocalBroker } from '../../local/start.ts';
import { invoiceTask, newAgent, reading, s3With, startBroker } from '../broker.ts';
import { newOperator, type Operator } from '../operator.ts';

/** Seconds between heartbeats of beating_processor. */
export const heartbeat = 30;

/** Seconds that IAM takes here. */
export const iamDelay = 4;

/** A broker whose leases are ended, and its operator; they are there once a test runs. */
export type EndingBroker = {
  broker: LocalBroker;
  operator: Operator;
  agentWithLease(type?: string, seconds?: number): Promise<IssuedLeaseResponse & { agent: BrokerClient }>;
  /** What using the credentials comes to. */
  uses(issued: Pick<IssuedLeaseResponse, 'credentials'>): Promise<string>;
  /** Lets everything happen that an end brings about, notes how long it took here, and waits for IAM. */
  deadSince(issued: Pick<IssuedLeaseResponse, 'credentials'>, since: number): Promise<void>;
};

/** For a file of tests: starts the broker before them, stops it after them, and says how late IAM was told. */
export function endingBroker(): EndingBroker {
  const lateness: number[] = [];
  const on = {} as EndingBroker;
  beforeAll(async () => {
    on.broker = await startBroker({ schedules: false });
    on.broker.propagation(iamDelay);
    on.operator = newOperator(on.broker);
  });
  afterAll(async () => {
    console.info(`largest lateness seen: ${Math.max(...lateness)} s until IAM was told`);
    await on.broker.stop();
  });
  const uses: EndingBroker['uses'] = ({ credentials }) =>
    reading(s3With(on.broker, awsCredentialsOf({ credentials })), 'acme/4711.json');
  return Object.assign(on, {
    uses,
    async agentWithLease(type = 'beating_processor', seconds = 120) {
      const agent = await newAgent(on.broker, type);
      return { agent, ...(await agent.lease(invoiceTask(seconds))) };
    },
    async deadSince(issued: Pick<IssuedLeaseResponse, 'credentials'>, since: number) {
      await on.broker.settled();
      const written = on.broker.decisions.findLast(({ action }) => action === 'iam:PutRolePolicy');
      lateness.push((written?.at ?? Number.POSITIVE_INFINITY) - since);
      on.broker.advance(iamDelay);
      expect(await uses(issued)).toBe('AccessDenied');
    },
  });
}

/** The code of the refusal that an attempt meets. */
export async function refusalOf(attempt: Promise<unknown>): Promise<string> {
  return attempt.then(
    () => 'not refused',
    (error: { code?: string }) => error.code ?? String(error),
  );
}
