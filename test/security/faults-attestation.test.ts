import { afterAll, describe, expect, test } from 'vitest';
import { BrokerProblem } from '../../client/index.ts';
import { newAgent, startBroker } from '../broker.ts';
import { faults, sabotage, stepsOf } from './issue-path.ts';

// As on the issue path: the calls at which something can go wrong are found, not listed.

const broker = await startBroker();
const agent = await newAgent(broker);
const steps = await stepsOf(broker, () => agent.attest());
afterAll(() => broker.stop());

describe('the way to an attestation result', () => {
  const points = steps.flatMap((step) =>
    faults.filter(({ kind }) => kind !== 'crashed').map((fault) => ({ step, fault, ...step, ...fault })),
  );

  test('makes the calls at which it is tried here', () => {
    expect(steps.map(({ operation }) => operation)).toEqual([
      'BatchGetItem',
      'PutItem',
      'BatchGetItem',
      'DeleteItem',
      'UpdateItem',
      'Sign',
    ]);
  });

  test.each(points)('$operation $kind once $phase its effect is no fault of the broker', async (point) => {
    const { stop, times } = sabotage(broker, point.step, point.fault, false);
    const outcome = await agent.attest().catch((error: unknown) => error);
    stop();
    expect(times()).toBe(1);
    // A nonce is taken once: who lost the answer to that cannot tell a thief from itself, and starts again.
    if (point.operation === 'DeleteItem' && point.phase === 'after')
      expect(outcome).toMatchObject({ status: 403, code: 'invalid_nonce' });
    else expect(outcome).not.toBeInstanceOf(Error);
    expect(await agent.attest()).toHaveProperty('attestation');
  });

  test.each(points)('$operation $kind for good $phase its effect is a 503', async ({ step, fault }) => {
    const { stop, times } = sabotage(broker, step, fault, true);
    const outcome = await agent.attest().catch((error: unknown) => error);
    stop();
    expect(times()).toBeGreaterThan(0);
    expect(outcome).toBeInstanceOf(BrokerProblem);
    expect(outcome).toMatchObject({ status: 503, code: 'temporarily_unavailable', retryAfter: 1 });
    expect(await agent.attest()).toHaveProperty('attestation');
  });
});
