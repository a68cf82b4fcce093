import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BrokerClient, LeaseAnswer } from '../../client/index.ts';
import type { Limits } from '../../core/policy/schema-limits.ts';
import { invoiceTask, newAgent } from '../broker.ts';
import { type OwnAssembly, ownAssembly } from '../own-assembly.ts';
import { dora, frieda, tokenOf } from '../people.ts';
import { refusalOf } from './ended.ts';
import { payingBroker, payingTask } from './paying.ts';

let own: OwnAssembly;
beforeAll(() => {
  own = ownAssembly();
});
afterAll(() => own.remove());
const on = payingBroker(() => ({ schedules: false, assembly: own.folder }));

/** Has these limits count from now on, and no others. */
async function limited(limits: Partial<Limits>, agentType = 'paying_processor') {
  own.policy(agentType, (policy) => ({ ...policy, limits: { delegation_depth: 0, ...limits } }));
  await on.broker.redeploy();
}
const day = 86_400;

/** So many requests, at most eight at a time: each takes an environment of a function that is a thread here. */
async function many(count: number, request: () => Promise<LeaseAnswer>) {
  const outcomes: PromiseSettledResult<LeaseAnswer>[] = [];
  let left = count;
  const one = async () => {
    while (left-- > 0) outcomes.push(...(await Promise.allSettled([request()])));
  };
  await Promise.all(Array.from({ length: 8 }, one));
  const leases = outcomes.flatMap((each) => (each.status === 'fulfilled' ? [each.value.lease] : []));
  const refusals = outcomes.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []));
  return { leases, refusals };
}

/** The rules that a refusal names. */
const rulesOf = (refusal: { problem?: { reasons?: readonly { rule: string }[] } }) =>
  refusal.problem?.reasons?.map(({ rule }) => rule);
const deniedBy = (asked: Promise<unknown>) => asked.then(() => ['granted'], rulesOf);

describe('leases at one time', () => {
  let agent: BrokerClient;
  const ask = () => agent.ask(invoiceTask());
  beforeAll(async () => {
    agent = await newAgent(on.broker);
  });

  test('are fifty of two hundred, and places come back as they end', async () => {
    await limited({ concurrent_leases: 50 }, 'invoice_processor');
    const { leases, refusals } = await many(200, ask);
    expect([leases.length, refusals.length]).toEqual([50, 150]);
    expect(new Set(leases.map(({ state }) => state))).toEqual(new Set(['active']));
    for (const refusal of refusals) expect(rulesOf(refusal)).toEqual(['limits.concurrent_leases']);

    const [released, revoked] = leases;
    await agent.release(released?.id ?? '');
    await on.operator.revoke({ lease: revoked?.id });
    expect((await many(4, ask)).leases).toHaveLength(2);
    on.broker.advance(300);
    expect((await many(4, ask)).leases).toHaveLength(4);
  }, 120_000);

  test('come back within a minute from issuance that died, before or after it reserved', async () => {
    await limited({ concurrent_leases: 2 }, 'invoice_processor');
    on.broker.advance(300);
    for (const [operation, phase] of [
      ['PutItem', 'before'],
      ['AssumeRole', 'after'],
    ] as const) {
      const stop = on.broker.intercept(async (call, when) => {
        if (call.operation !== operation || when !== phase || !/issuance/i.test(call.role)) return undefined;
        stop();
        await on.broker.crash('issuance');
        return 'drop';
      });
      expect(await refusalOf(ask())).not.toBe('not refused');
    }
    expect(await deniedBy(ask())).toEqual(['limits.concurrent_leases']);
    on.broker.advance(60);
    expect((await many(3, ask)).leases).toHaveLength(2);
  });

  test('are those of a type: to revoke it makes room for others of it', async () => {
    await limited({ concurrent_leases: 2 }, 'invoice_processor');
    on.broker.advance(300);
    expect((await many(3, ask)).leases).toHaveLength(2);
    await on.operator.revoke({ agent_type: 'invoice_processor' }, { confirm: 'invoice_processor' });
    on.broker.advance(1);
    expect((await many(3, ask)).leases).toHaveLength(2);
  });

  test('are not those that wait for people, who take a place once they are collected', async () => {
    await limited({ concurrent_leases: 1 });
    const [one, other] = [await on.approved(), await on.approved()];
    expect((await on.agent.collect(one.id)).lease.state).toBe('active');
    expect(await deniedBy(on.agent.collect(other.id))).toEqual(['limits.concurrent_leases']);
    expect((await on.agent.read(other.id)).state).toBe('approved');
    await on.agent.release(one.id);
    expect((await on.agent.collect(other.id)).lease.state).toBe('active');
  });
});

describe('a sum', () => {
  test('per user stops at the sixth of six invoices of 900, whoever asks for them', async () => {
    await limited({ sum: [{ parameter: 'invoice_amount', most: 5_000, per: 'user', within: day }] });
    const agents = [on.agent, await newAgent(on.broker, 'paying_processor')];
    const ask = (i: number, amount = 900) => on.asked(amount, { agent: agents[i % 2] ?? on.agent });
    for (let i = 0; i < 5; i++) expect((await ask(i)).lease.state).toBe('active');
    await expect(ask(5)).rejects.toMatchObject({
      code: 'access_denied',
      problem: {
        reasons: [
          { rule: 'limits.sum.invoice_amount', value: '4500 and 900 more', threshold: 'at most 5000' },
        ],
      },
    });
    expect((await ask(5, 500)).lease.state).toBe('active');
    expect(await deniedBy(ask(6, 0.01))).toEqual(['limits.sum.invoice_amount']);
    const bobs = tokenOf({ sub: 'bob', customer_id: 'acme' }, on.broker.now());
    expect((await on.asked(900, { subjectToken: bobs })).lease.state).toBe('active');
  });

  test('counts what people approved when it is collected, and leaves it to be collected where it does not fit', async () => {
    await limited({ sum: [{ parameter: 'invoice_amount', most: 2_000, per: 'agent', within: day }] });
    const agent = await newAgent(on.broker, 'paying_processor');
    const [one, other] = [await on.approved({ agent }), await on.approved({ agent })];
    expect((await agent.collect(one.id)).lease.state).toBe('active');
    expect(await deniedBy(agent.collect(other.id))).toEqual(['limits.sum.invoice_amount']);
    expect((await agent.read(other.id)).state).toBe('approved');
  });

  test('adds up decimals: three times 0.1 is 0.3 and no more', async () => {
    await limited({ sum: [{ parameter: 'invoice_amount', most: 0.3, per: 'agent', within: day }] });
    const agent = await newAgent(on.broker, 'paying_processor');
    for (let i = 0; i < 3; i++) expect((await on.asked(0.1, { agent })).lease.state).toBe('active');
    expect(await deniedBy(on.asked(0.000001, { agent }))).toEqual(['limits.sum.invoice_amount']);
    expect((await on.asked(0, { agent })).lease.state).toBe('active');
    expect(await deniedBy(on.asked(-1, { agent }))).toEqual(['parameters.invoice_amount']);
  });
});

describe('a task', () => {
  test('is the same under every name, until its time is over', async () => {
    await limited({ per_task: { leases: 2, within: 3_600 } });
    const { lease } = await on.asked(1);
    const task = payingTask(String(lease.task.parameters['invoice_id']));
    const again = async (name: string) =>
      on.agent.ask(
        { ...task, name },
        { subjectToken: tokenOf({ sub: 'alice', customer_id: 'acme' }, on.broker.now()) },
      );
    expect((await again('the very first time')).lease.state).toBe('active');
    expect(await deniedBy(again('something else'))).toEqual(['limits.per_task']);
    on.broker.advance(3_600);
    expect((await again('tomorrow')).lease.state).toBe('active');
  });
});

describe('what counting costs', () => {
  /** Requests of issuance to DynamoDB, by operation. */
  async function requests(act: () => Promise<unknown>) {
    const before = on.broker.calls.length;
    await act();
    return on.broker.calls
      .slice(before)
      .filter(({ service, role }) => service === 'dynamodb' && /issuance/i.test(role))
      .map(({ operation }) => operation)
      .sort();
  }
  const four = ['BatchGetItem', 'BatchGetItem', 'PutItem', 'UpdateItem'];
  const sum = (parameter: string) => [{ parameter, most: 50_000, per: 'user', within: day }] as const;

  test.each<[string, Partial<Limits>, number]>([
    ['no limit', {}, 0],
    ['one limit', { concurrent_leases: 50 }, 1],
    [
      'four limits',
      {
        concurrent_leases: 50,
        per_hour: 1_000,
        per_task: { leases: 3, within: day },
        sum: [...sum('invoice_amount')],
      },
      4,
    ],
  ])('is one request for each limit beside the four of a lease: %s', async (_, limits, more) => {
    await limited(limits);
    await on.asked(1);
    expect(await requests(() => on.asked(1))).toEqual([
      ...four,
      ...Array.from({ length: more }, () => 'UpdateItem'),
    ]);
  });

  test('is the same for what waits for people, asked and collected: eight, one for each limit, and one more for a sum', async () => {
    await limited({ concurrent_leases: 50, per_hour: 1_000, sum: [...sum('invoice_amount')] });
    await on.asked(1);
    let lease = await on.pending();
    const asked = await requests(async () => {
      lease = await on.pending();
    });
    // A sum is looked at, so that people are not asked for what it would not let through.
    expect(asked).toEqual(['BatchGetItem', 'GetItem', 'PutItem', 'UpdateItem']);
    await on.people.decide(lease, frieda);
    await on.people.decide(lease, dora);
    const collected = await requests(() => on.agent.collect(lease.id));
    expect(collected).toEqual([
      'BatchGetItem',
      'BatchGetItem',
      'BatchGetItem',
      'GetItem',
      'PutItem',
      'UpdateItem',
      'UpdateItem',
      'UpdateItem',
    ]);
  });
});
