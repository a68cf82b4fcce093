import { describe, expect, test } from 'vitest';
import { AwsFault } from '../../local/fault.ts';
import type { PassingCall } from '../../local/start.ts';
import { runSql } from '../../local/systems/postgres-setup.ts';
import { alive, dead, type Granted, granted, leftIn, nothing, worthOf } from './granted.ts';
import { capabilities, grantingBroker, wholeTask } from './granting.ts';

const on = grantingBroker({ schedules: false });

/** Takes a permission from a function, which forgets what it knew. */
async function withheld(functionName: 'Postgres' | 'Oauth' | 'Jwt', action: string) {
  await on.broker.crash(functionName);
  const { role } = on.broker.calls.find(isOf(functionName)) ?? {};
  if (role === undefined) throw new Error(`${functionName} was never called`);
  return on.broker.withhold({ role, part: 'permissions', action });
}

function isOf(functionName: string) {
  return ({ role }: Pick<PassingCall, 'role'>) => role.includes(`${functionName}Role`);
}

const misbehaving = (fault: Parameters<typeof on.systems.oauth.misbehave>[1]) => {
  on.systems.oauth.misbehave('/token', fault);
  return () => on.systems.oauth.misbehave('/token');
};

/** Gives the broker's own user another password than its secret says. */
async function changedPassword() {
  const { password } = JSON.parse(on.secrets.get('crm')?.text ?? '');
  await runSql(on.systems.postgres, 'postgres', "ALTER ROLE mayfly PASSWORD 'another'");
  return () => runSql(on.systems.postgres, 'postgres', `ALTER ROLE mayfly PASSWORD '${password}'`);
}

type Down = () => Promise<() => unknown> | (() => unknown);

/** What goes wrong while a lease is made, and how it is put right; and a capability that is asked for beside all others. */
const downs: readonly [string, Down, more?: string][] = [
  [
    'STS is down',
    () =>
      on.broker.intercept(async ({ operation }, phase) => {
        if (operation !== 'AssumeRole' || phase === 'after') return undefined;
        throw new AwsFault('ServiceUnavailable', 'The service is down', 503);
      }),
  ],
  [
    'the database server cannot be reached',
    () => {
      on.gate.shut();
      return () => on.gate.open();
    },
  ],
  ['the database server refuses the broker', changedPassword],
  ['there is no such table', () => () => {}, 'read_archive'],
  ['the authorization server is busy', () => misbehaving({ status: 503, times: 20 })],
  ['the authorization server hangs', () => misbehaving('hang')],
  [
    'the authorization server gives tokens that live too long',
    () => misbehaving({ members: (all) => ({ ...all, expires_in: 7_200 }) }),
  ],
  ['the key of tokens may not be used', () => withheld('Jwt', 'kms:Sign')],
  ['tokens cannot be sealed', () => withheld('Oauth', 'kms:Encrypt')],
  ['the secret of the database cannot be read', () => withheld('Postgres', 'secretsmanager:GetSecretValue')],
  ['the secret of the client cannot be read', () => withheld('Oauth', 'secretsmanager:GetSecretValue')],
];

/** The only lease that an agent ever asked for. */
async function onlyLease(agent: string) {
  const { leases } = await on.operator.leases(`agent=${encodeURIComponent(agent)}`);
  expect(leases).toHaveLength(1);
  return leases[0];
}

describe('a lease of which a part cannot be made', () => {
  test('is there when nothing is wrong', async () => {
    const all = await granted(on);
    expect(await worthOf(on, all)).toEqual(alive);
    await all.agent.release(all.lease.id);
    await on.broker.settled();
    expect(await leftIn(on.systems)).toEqual(nothing);
  }, 60_000);

  test.each(downs)(
    'is refused as a whole where %s, and nothing is left of the others',
    async (_, down, more) => {
      const agent = await on.agent();
      const { agent: id } = await agent.attest();
      const restore = await down();
      const asked = agent.lease(wholeTask(more === undefined ? capabilities : [...capabilities, more]));
      await expect(asked).rejects.toMatchObject({
        status: 503,
        code: 'temporarily_unavailable',
        problem: { retry: 'new_key' },
      });
      await restore();
      await on.broker.settled();
      expect(await leftIn(on.systems)).toEqual(nothing);
      expect(await onlyLease(id)).toMatchObject({ state: 'failed' });
    },
    90_000,
  );
});

/** Ends a function the moment that one of its calls is on its way, for the `nth` time, before its effect or after it. */
function crashAt(
  functionName: string,
  meant: (call: PassingCall) => boolean,
  { nth = 1, at = 'before' }: { readonly nth?: number; readonly at?: 'before' | 'after' } = {},
): () => number {
  let seen = 0;
  const stop = on.broker.intercept(async (call, phase) => {
    if (phase !== at || !isOf(functionName)(call) || !meant(call) || ++seen < nth) return undefined;
    stop();
    await on.broker.crash(functionName === 'Issuance' ? 'issuance' : functionName);
    return 'drop';
  });
  return () => seen;
}

describe('a process that dies', () => {
  test('as issuance, after everything was made, leaves what the sweeper undoes', async () => {
    const agent = await on.agent();
    const { agent: id } = await agent.attest();
    let reserved = false;
    const seen = crashAt('Issuance', ({ operation }) => {
      reserved ||= operation === 'PutItem';
      return reserved && operation === 'UpdateItem';
    });
    await expect(agent.lease(wholeTask())).rejects.toMatchObject({ status: 502 });
    expect(seen()).toBe(1);
    const left = await leftIn(on.systems);
    expect([left.roles.length, left.tokens]).toEqual([1, 1]);
    on.broker.advance(61);
    await on.broker.runSchedules();
    await on.broker.settled();
    expect(await leftIn(on.systems)).toEqual(nothing);
    const lease = await onlyLease(id);
    expect(lease).toMatchObject({ state: 'failed' });
    expect(lease?.grants.filter(({ ended_at }) => ended_at !== undefined)).toHaveLength(2);
  }, 60_000);

  test.each([
    ['Postgres', 'GetItem', { nth: 2 }],
    ['Oauth', 'UpdateItem', { at: 'after' }],
  ] as const)(
    'as %s, once it made its part, leaves nothing',
    async (name, operation, moment) => {
      const agent = await on.agent();
      const { agent: id } = await agent.attest();
      const seen = crashAt(name, (call) => call.operation === operation, moment);
      await expect(agent.lease(wholeTask())).rejects.toMatchObject({
        status: 503,
        problem: { retry: 'new_key' },
      });
      expect(seen()).toBeGreaterThan(0);
      await on.broker.settled();
      expect(await onlyLease(id)).toMatchObject({ state: 'failed' });
      expect(await leftIn(on.systems)).toEqual(nothing);
    },
    60_000,
  );

  test.each([
    ['Postgres', 'GetItem'],
    ['Postgres', 'UpdateItem'],
    ['Oauth', 'GetItem'],
    ['Oauth', 'UpdateItem'],
  ])(
    'as %s in the middle of an end, at its %s, is followed by one that ends it',
    async (name, operation) => {
      const all = await granted(on);
      const seen = crashAt(name, (call) => call.operation === operation);
      await all.agent.release(all.lease.id);
      await on.broker.settled();
      expect(seen()).toBe(1);
      // Lambda's message comes back when its visibility ends.
      on.broker.advance(121);
      await on.broker.settled();
      expect(await leftIn(on.systems)).toEqual(nothing);
      expect(await endedOf(all)).toEqual(['postgres', 'oauth']);
    },
    60_000,
  );
});

/** Kinds of the grants that stand as ended on record. */
async function endedOf({ lease: { id } }: Granted): Promise<string[]> {
  const { grants } = await on.operator.lease(id);
  return grants.flatMap(({ kind, ended_at }) => (ended_at === undefined ? [] : [kind]));
}

const stuck = [
  ['postgres', 'crm', () => on.gate.shut(), () => on.gate.open()],
  [
    'oauth',
    'check_vat',
    () => on.systems.oauth.misbehave('/revoke', 'down'),
    () => on.systems.oauth.misbehave('/revoke'),
  ],
] as const;

describe('an end that one system does not answer', () => {
  test.each(stuck)(
    'of %s keeps no other from ending, is told, and is done once it answers',
    async (kind, name, down, up) => {
      const all = await granted(on);
      const before = on.logs.length;
      down();
      await all.agent.release(all.lease.id);
      await on.broker.settled();
      // Signing in goes through the same gate.
      const left = await leftIn(on.systems);
      up();
      expect(await worthOf(on, all)).toEqual({ ...dead, [kind]: true });
      expect([left.roles.length, left.tokens]).toEqual(kind === 'postgres' ? [1, 0] : [0, 1]);
      const told = on.logs.slice(before).filter((line) => line.includes('irrevocable_grant'));
      expect(told.map((line) => JSON.parse(line.slice(line.indexOf('{'))))).toMatchObject([
        { incident: 'irrevocable_grant', kind, grant: name, lease: all.lease.id },
      ]);
      const { grants } = await on.operator.lease(all.lease.id);
      expect(grants.filter(({ enforcement }) => enforcement === 'irrevocable')).toMatchObject([
        { kind, name },
      ]);
      on.broker.advance(61);
      await on.broker.runSchedules();
      await on.broker.settled();
      expect(await leftIn(on.systems)).toEqual(nothing);
      expect(await endedOf(all)).toEqual(['postgres', 'oauth']);
      expect(await worthOf(on, all)).toEqual(dead);
    },
    90_000,
  );
});
