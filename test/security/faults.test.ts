import { afterAll, describe, expect, test } from 'vitest';
import { awsCredentialsOf } from '../../client/aws-credentials.ts';
import { type BrokerClient, BrokerProblem } from '../../client/index.ts';
import type { IssuedLeaseResponse } from '../../core/protocol/responses.ts';
import type { LocalBroker } from '../../local/start.ts';
import { invoiceTask, narrowedBy, newAgent, reading, s3With, startBroker, timeless } from '../broker.ts';
import { type Fault, faults, type Step, sabotage, stepsOf } from './issue-path.ts';

// The points at which something can go wrong are found, not listed: the calls of one cold lease, each before
// and after its effect. A cold start belongs to it, and each case starts cold, so that no case lives on another.

const modes = await Promise.all(
  (['scoped_credentials', 'session_policy'] as const).map(async (narrowing) => {
    const broker = await startBroker({ alter: narrowedBy(narrowing) });
    const agent = await newAgent(broker);
    await agent.attest();
    const steps = await stepsOf(broker, () => agent.lease(invoiceTask()));
    return { narrowing, broker, agent, steps, collecting: await collectingSteps(broker, agent) };
  }),
);
afterAll(() => Promise.all(modes.map(({ broker }) => broker.stop())));

let keys = 0;

/** The calls of a cold collection of credentials. */
async function collectingSteps(broker: LocalBroker, agent: BrokerClient): Promise<Step[]> {
  const { lease } = await agent.lease(invoiceTask());
  await broker.crash('issuance');
  return stepsOf(broker, () => agent.collect(lease.id));
}

describe.each(modes)('the issue path, narrowed by $narrowing', ({ narrowing, broker, agent, steps }) => {
  test('makes the calls at which it is tried here', () => {
    const scoped = narrowing === 'scoped_credentials' ? ['GetScopedCredentials'] : [];
    const judged = 'BatchGetItem';
    const names = ['GetPublicKey', judged, 'PutItem', 'AssumeRole', ...scoped, judged, 'UpdateItem'];
    expect(steps.map(({ operation }) => operation)).toEqual(names);
  });

  const points = steps.flatMap((step) => faults.map((fault) => ({ step, fault, ...step, ...fault })));
  // What differs between the modes is how STS is asked.
  const tried =
    narrowing === 'scoped_credentials' ? points : points.filter(({ service }) => service === 'sts');

  test.each(
    tried,
  )('$operation $kind once $phase its effect leaves one lease, or says how to get one', async ({
    step,
    fault,
  }) => {
    const { outcome, used } = await leaseDespite(step, fault, false);
    // Once is what the SDK's own retries are for; only a process that is gone cannot retry.
    if (fault.kind !== 'crashed') expect(outcome).not.toBeInstanceOf(BrokerProblem);
    await expectOneLease(outcome, used);
  });

  test.each(
    tried.filter(({ kind }) => kind !== 'crashed'),
  )('$operation $kind for good $phase its effect is a 503 that says what to do, and doing it helps', async ({
    step,
    fault,
  }) => {
    const { outcome, used } = await leaseDespite(step, fault, true);
    expect(outcome).toBeInstanceOf(BrokerProblem);
    const { status, code, retryAfter, message } = outcome as BrokerProblem;
    expect({ status, code, retryAfter }, message).toEqual({
      status: 503,
      code: 'temporarily_unavailable',
      retryAfter: 1,
    });
    expect(message).toContain('ask again');
    // Until the lease is written, and once it is checked, it is worth asking for; a failed mint or check ends it.
    const ends = step.service === 'sts' || (step.operation === 'BatchGetItem' && step.nth === 1);
    const asked = step.service === 'kms' ? undefined : ends ? 'new_key' : 'same_key';
    expect((outcome as BrokerProblem).problem?.retry).toBe(asked);
    await expectOneLease(outcome, used);
  });

  async function leaseDespite(step: Step, fault: Fault, always: boolean) {
    await broker.crash('issuance');
    const used = [`fault-${++keys}-first`];
    const { stop, times } = sabotage(broker, step, fault, always);
    const outcome = await attempt(agent, used[0]);
    stop();
    expect(times()).toBeGreaterThan(0);
    return { outcome, used };
  }

  /** Does what the answers say until there is a lease, and looks at what is left of the others. */
  async function expectOneLease(first: Outcome, used: string[]): Promise<void> {
    let outcome = first;
    for (let tries = 0; outcome instanceof BrokerProblem; tries++) {
      expect(tries, `${outcome.message} leads nowhere`).toBeLessThan(4);
      broker.advance(outcome.retryAfter ?? 0);
      if (outcome.problem?.retry === 'new_key') used.push(`fault-${keys}-next-${tries}`);
      outcome = await attempt(agent, used.at(-1));
    }
    const { lease, credentials } = outcome;
    expect(await reading(s3With(broker, awsCredentialsOf({ credentials })), 'acme/4711.json')).toBe('read');
    expect((await agent.read(lease.id)).state).toBe('active');
    const states = await Promise.all(used.slice(0, -1).map((key) => attempt(agent, key)));
    for (const ended of states)
      expect(ended).toMatchObject({ code: 'lease_ended', problem: { retry: 'new_key' } });
  }
});

describe.each(modes.slice(0, 1))('collecting credentials again', ({ broker, agent, collecting }) => {
  const points = collecting.flatMap((step) => faults.map((fault) => ({ step, fault, ...step, ...fault })));
  const told = points.filter(({ kind }) => kind === 'cut off' || kind === 'crashed');

  test('makes the calls at which it is tried here', () => {
    const mint = ['UpdateItem', 'AssumeRole', 'GetScopedCredentials'];
    const names = ['GetPublicKey', 'GetItem', 'BatchGetItem', ...mint, 'GetItem', 'BatchGetItem'];
    expect(collecting.map(({ operation }) => operation)).toEqual(names);
  });

  test.each(
    told,
  )('$operation (call $nth) $kind for good $phase its effect leaves the lease as it is, and asking again helps', async ({
    step,
    fault,
  }) => {
    const { lease } = await agent.lease(invoiceTask(), `collect-${++keys}`);
    await broker.crash('issuance');
    const { stop, times } = sabotage(broker, step, fault, fault.kind !== 'crashed');
    const outcome = await refusalOf(agent.collect(lease.id));
    stop();
    expect(times()).toBeGreaterThan(0);
    expect(outcome).toMatchObject({ status: fault.kind === 'crashed' ? 502 : 503 });
    const again = await agent.collect(lease.id);
    expect(timeless(again.lease)).toEqual(timeless({ ...lease, state: 'active' }));
    expect(await reading(s3With(broker, awsCredentialsOf(again)), 'acme/4711.json')).toBe('read');
  });
});

type Outcome = IssuedLeaseResponse | BrokerProblem;

function attempt(agent: BrokerClient, key: string | undefined): Promise<Outcome> {
  return refusalOf(agent.lease(invoiceTask(), key));
}

async function refusalOf(asked: Promise<IssuedLeaseResponse>): Promise<Outcome> {
  return asked.catch((error: unknown) => {
    if (error instanceof BrokerProblem) return error;
    throw error;
  });
}
