import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { awsCredentialsOf } from '../../client/aws-credentials.ts';
import type { BrokerClient } from '../../client/index.ts';
import type { LeaseView } from '../../core/protocol/responses.ts';
import { fromIso } from '../../core/time.ts';
import { newAgent, reading, s3With } from '../broker.ts';
import { type OwnAssembly, ownAssembly } from '../own-assembly.ts';
import { alice, frieda, tokenOf } from '../people.ts';
import { refusalOf } from './ended.ts';
import { outcomeOf, payingBroker, payingTask } from './paying.ts';

let own: OwnAssembly;
beforeAll(() => {
  own = ownAssembly();
});
afterAll(() => own.remove());
const on = payingBroker(() => ({ schedules: false, assembly: own.folder }));

/** How often STS was asked for a session: what was minted, whoever was shown it. */
const minted = () => on.broker.calls.filter(({ operation }) => operation === 'AssumeRole').length;
const stateOf = async ({ id }: LeaseView) => (await on.operator.lease(id)).state;

/** It cannot be collected, by its agent or anybody, and STS hears nothing of it. */
async function notCollected(lease: LeaseView, code: string | RegExp, agent: BrokerClient = on.agent) {
  const before = minted();
  expect(await refusalOf(agent.collect(lease.id))).toMatch(code);
  expect(minted()).toBe(before);
}

/** To so many seconds from a moment, whatever has passed since it was said. */
function advanceTo(moment: string | undefined, seconds: number): void {
  on.broker.advance(fromIso(moment ?? '') + seconds - on.broker.now());
}

describe('nobody decides', () => {
  test('and the lease expires, for its agent at once and on record within the next sweep', async () => {
    const lease = await on.pending();
    advanceTo(lease.approval?.approve_by, 0);
    expect((await on.agent.read(lease.id)).state).toBe('expired');
    await notCollected(lease, 'lease_ended');
    await on.broker.runSchedules();
    expect(await on.operator.lease(lease.id)).toMatchObject({
      state: 'expired',
      end: { cause: 'deadline', by: 'sweeper' },
    });
    expect((await on.people.waiting()).leases.map(({ id }) => id)).not.toContain(lease.id);
  });

  test('or nobody collects in a quarter of an hour', async () => {
    const [lease, late] = [await on.approved(), await on.approved()];
    const { approval } = await on.agent.read(lease.id);
    advanceTo(approval?.collect_by, -10);
    expect((await on.agent.collect(lease.id)).lease.state).toBe('active');
    advanceTo((await on.agent.read(late.id)).approval?.collect_by, 0);
    expect((await on.agent.read(late.id)).state).toBe('expired');
    await notCollected(late, 'lease_ended');
  });
});

describe.each(['pending', 'approved'] as const)('what is %s', (state) => {
  const made = async () => {
    const agent = await newAgent(on.broker, 'paying_processor');
    const lease = state === 'pending' ? await on.pending(1_500, { agent }) : await on.approved({ agent });
    return { agent, lease };
  };

  test('is given up by its agent', async () => {
    const { agent, lease } = await made();
    expect(await agent.release(lease.id)).toMatchObject({
      state: 'revoked',
      end: { cause: 'cancelled', by: lease.agent },
    });
    expect((await agent.release(lease.id)).end?.cause).toBe('cancelled');
    await notCollected(lease, 'lease_ended', agent);
    expect(outcomeOf(await on.people.decide(lease, { ...frieda, sub: 'fred' }))).toEqual({
      status: 409,
      says: 'approval_closed',
    });
  });

  const scopes: [string, (lease: LeaseView) => [object, object?]][] = [
    ['the lease', ({ id }) => [{ lease: id }]],
    ['its agent', ({ agent }) => [{ agent }]],
    ['its task', ({ agent_type, task: { name } }) => [{ task: { agent_type, name } }]],
    ['its type', ({ agent_type }) => [{ agent_type }, { confirm: agent_type }]],
  ];
  test.each(scopes)('is revoked with %s', async (_, of) => {
    const { agent, lease } = await made();
    expect((await on.operator.revoke(...of(lease))).status).toBe(202);
    expect(await stateOf(lease)).toBe('revoked');
    await notCollected(lease, /lease_ended|quarantined/, agent);
    expect(outcomeOf(await on.people.decide(lease, { ...frieda, sub: 'fred' }))).toEqual({
      status: 409,
      says: 'approval_closed',
    });
    on.broker.advance(state === 'pending' ? 1_800 : 900);
    await on.broker.runSchedules();
    expect(await on.operator.lease(lease.id)).toMatchObject({
      state: 'revoked',
      end: { cause: expect.stringMatching(/revoked$/) },
    });
  });

  const user = () => ({
    issuer: JSON.parse(
      Buffer.from(tokenOf(alice, on.broker.now()).split('.')[1] ?? '', 'base64url').toString(),
    ).iss,
    subject: 'alice',
  });
  const kept: [string, (lease: LeaseView) => object][] = [
    ['its agent', ({ agent }) => ({ agent })],
    ['its user', () => ({ user: user() })],
    ['its type', ({ agent_type }) => ({ agent_type })],
  ];
  test.each(kept)('is not collected while %s is kept out, and is once it is let in', async (_, of) => {
    const { agent, lease } = await made();
    const scope = of(lease);
    const confirm = 'agent_type' in scope ? { confirm: lease.agent_type } : {};
    expect((await on.operator.quarantine(scope, confirm)).status).toBe(200);
    await notCollected(lease, state === 'pending' ? /approval_pending|quarantined/ : 'quarantined', agent);
    expect((await on.operator.quarantine(scope, { lift: true })).status).toBe(200);
    if (state === 'pending') await on.people.decide(lease, frieda);
    expect((await agent.collect(lease.id)).lease.state).toBe('active');
  });
});

describe('what was approved and is another by now is not made', () => {
  test('when the system of record says another amount', async () => {
    const lease = await on.approved();
    await on.amountOf(lease, 1_501);
    await notCollected(lease, 'approval_closed');
    await on.amountOf(lease, 50_000);
    await notCollected(lease, 'access_denied');
    await on.amountOf(lease, 1_500);
    expect((await on.agent.collect(lease.id)).lease.state).toBe('active');
  });

  test('when a policy was deployed that would grant something else, or ask others', async () => {
    const [lease, other] = [await on.approved(), await on.approved()];
    const before: Parameters<OwnAssembly['policy']>[1][] = [];
    own.policy('paying_processor', (policy) => {
      before.push(() => policy);
      const aws = {
        actions: ['s3:GetObject'],
        resources: ['arn:aws:s3:::acme-invoices/${customer_id}/all-${invoice_id}.json'],
      };
      return { ...policy, capabilities: { ...policy.capabilities, read_invoice: { aws } } };
    });
    await on.broker.redeploy();
    await notCollected(lease, 'approval_closed');
    own.policy('paying_processor', () => {
      const [policy] = before.map((given) => given(undefined as never));
      if (!policy) throw new Error('no policy was there');
      const asked = {
        outcome: 'require_approval',
        approval: { from: ['directors'], count: 1, within: 60, mfa: 'required' },
      } as const;
      return {
        ...policy,
        conditions: { ...policy.conditions, rules: { invoice_amount: [{ then: asked }] } },
      };
    });
    await on.broker.redeploy();
    await notCollected(other, 'approval_closed');
    own.policy('paying_processor', (policy) => before[0]?.(policy) ?? policy);
    await on.broker.redeploy();
    expect((await on.agent.collect(lease.id)).lease.state).toBe('active');
    expect((await on.agent.collect(other.id)).lease.state).toBe('active');
  });
});

describe('collecting', () => {
  test('at one instant makes one lease, whose one session reads what was approved', async () => {
    const lease = await on.approved();
    const invoice = `acme/${lease.task.parameters['invoice_id']}.json`;
    on.broker.putObject('acme-invoices', invoice, '{}');
    const before = minted();
    const outcomes = await Promise.allSettled([1, 2, 3].map(() => on.agent.collect(lease.id)));
    const shown = outcomes.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    for (const each of outcomes)
      if (each.status === 'rejected')
        expect(each.reason).toMatchObject({ status: 409, code: 'lease_in_progress' });
    expect(shown.length).toBeGreaterThan(0);
    expect(new Set(shown.map((each) => `${each.lease.id} ${each.lease.deadline}`)).size).toBe(1);
    expect(minted() - before).toBe(shown.length);
    const [{ credentials } = shown[0] as never] = shown;
    expect(await reading(s3With(on.broker, awsCredentialsOf({ credentials })), invoice)).toBe('read');
    expect(await reading(s3With(on.broker, awsCredentialsOf({ credentials })), 'acme/4711.json')).toBe(
      'AccessDenied',
    );
  });

  test('is for the agent that asked', async () => {
    const lease = await on.approved();
    const other = await newAgent(on.broker, 'paying_processor');
    await notCollected(lease, 'not_found', other);
    expect(await refusalOf(other.release(lease.id))).toBe('not_found');
    expect((await on.agent.read(lease.id)).state).toBe('approved');
  });
});

describe('the same Idempotency-Key', () => {
  const asking = async () => {
    const invoice = await on.pending();
    await on.agent.release(invoice.id);
    const subjectToken = tokenOf(alice, on.broker.now());
    const task = payingTask(String(invoice.task.parameters['invoice_id']));
    return (idempotencyKey: string, changed: object = {}) =>
      on.agent.ask({ ...task, ...changed }, { subjectToken, idempotencyKey });
  };

  test('is the same lease for as long as it waits, and is told of once', async () => {
    const [ask, key] = [await asking(), crypto.randomUUID()];
    const [one, other] = await Promise.all([ask(key), ask(key)]);
    expect(one.lease).toMatchObject({ id: other.lease.id, state: 'pending' });
    await on.broker.settled();
    expect(on.broker.notifications.filter(({ message }) => message.includes(one.lease.id))).toHaveLength(1);
    expect(await refusalOf(ask(key, { purpose: 'another' }))).toBe('idempotency_key_reused');
    await on.people.decide(one.lease, frieda);
    expect((await ask(key)).lease.state).toBe('approved');
    expect((await on.agent.collect(one.lease.id)).lease.state).toBe('active');
    expect((await ask(key)).credentials).toBeDefined();
  });

  test('is used up once it was denied', async () => {
    const [ask, key] = [await asking(), crypto.randomUUID()];
    const { lease } = await ask(key);
    await on.people.decide(lease, frieda, 'deny');
    await expect(ask(key)).rejects.toMatchObject({
      status: 409,
      code: 'lease_ended',
      problem: { retry: 'new_key' },
    });
    expect((await ask(crypto.randomUUID())).lease.state).toBe('pending');
  });
});
