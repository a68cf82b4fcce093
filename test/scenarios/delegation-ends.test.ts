import { IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { describe, expect, test } from 'vitest';
import { panicPolicy } from '../../core/denial.ts';
import type { LeaseView } from '../../core/protocol/responses.ts';
import { deadAlone, delegated, type Family, family } from './delegation-chain.ts';
import { endingBroker, heartbeat, iamDelay, refusalOf } from './ended.ts';

const on = endingBroker();
const type = 'beating_processor';

const below = ['middle', 'leaf'] as const;
const tree = ['root', 'middle', 'leaf', 'sibling'] as const;

type Dead = Parameters<typeof deadAlone>[2];

const ends: readonly [string, Dead, (family: Family) => Promise<unknown>][] = [
  ['of the middle lease', below, ({ middle }) => on.operator.revoke({ lease: middle.lease.id })],
  ['of its chain', below, ({ middle }) => on.operator.revoke({ chain: middle.lease.id })],
  ['of its agent', below, ({ middle }) => on.operator.revoke({ agent: middle.lease.agent })],
  [
    'of its task',
    below,
    ({ middle }) => on.operator.revoke({ task: { agent_type: type, name: middle.lease.task.name } }),
  ],
  ['of the last lease', ['leaf'], ({ leaf }) => on.operator.revoke({ lease: leaf.lease.id })],
  ['of the first lease', tree, ({ root }) => on.operator.revoke({ lease: root.lease.id })],
  ['of the agent of the first', tree, ({ root }) => on.operator.revoke({ agent: root.lease.agent })],
  [
    'of what was issued before a time, at which only the first was there',
    tree,
    ({ root }) => {
      const issued_before = new Date(Date.parse(root.lease.issued_at) + 1_000).toISOString();
      return on.operator.revoke({ agent_type: type }, { confirm: type, issued_before });
    },
  ],
  ['of the type', [...tree, 'other'], () => on.operator.revoke({ agent_type: type }, { confirm: type })],
];

describe('what a revocation ends', () => {
  test.each(
    ends,
  )('%s dies with all that was delegated from it, and nothing else', async (_, dead, revoke) => {
    const all = await family(on);
    expect(await revoke(all)).toMatchObject({ status: 202 });
    await deadAlone(on, all, dead);
    for (const name of dead)
      expect(await refusalOf(all[name].agent.collect(all[name].lease.id))).toMatch(
        /^(lease_ended|quarantined)$/,
      );
  });
});

describe('without anybody who revokes', () => {
  test('the release of the middle lease ends what was delegated from it', async () => {
    const all = await family(on);
    await all.middle.agent.release(all.middle.lease.id);
    await deadAlone(on, all, below);
  });

  test('the silence of its agent does, and keeps out that agent and no other', async () => {
    const all = await family(on);
    on.broker.advance(20);
    for (const name of ['root', 'leaf', 'sibling', 'other'] as const)
      await all[name].agent.heartbeat(all[name].lease.id);
    on.broker.advance(2 * heartbeat - 20);
    await deadAlone(on, all, below);
    expect(await refusalOf(all.middle.agent.attest())).toBe('quarantined');
    expect(await refusalOf(all.leaf.agent.heartbeat(all.leaf.lease.id))).toBe('lease_ended');
    expect((await delegated(on.broker, all.root, { agent: all.leaf.agent })).lease.state).toBe('active');
  });

  test('what was delegated expires in the second in which the first one does', async () => {
    const all = await family(on);
    const deadlines = tree.map((name) => all[name].lease.deadline);
    expect(new Set(deadlines)).toEqual(new Set([all.root.lease.deadline]));
    const left = () => Date.parse(all.root.lease.deadline) / 1_000 - on.broker.now();
    while (left() > 50) {
      on.broker.advance(20);
      for (const name of tree) await all[name].agent.heartbeat(all[name].lease.id);
    }
    for (const name of tree) expect(await on.uses(all[name])).toBe('read');
    on.broker.advance(Math.max(0, left()));
    await on.broker.runSchedules();
    for (const name of tree) {
      expect(await on.uses(all[name])).not.toBe('read');
      expect(await on.operator.lease(all[name].lease.id)).toMatchObject({
        state: 'expired',
        end: { cause: 'deadline' },
      });
    }
  });
});

describe('a quarantine of the agent in the middle', () => {
  test('leaves what is there, and nothing new comes of it, below it neither', async () => {
    const all = await family(on);
    await on.operator.quarantine({ agent: all.middle.lease.agent });
    for (const name of tree) expect(await on.uses(all[name])).toBe('read');
    const { middle, leaf, root } = all;
    const tried = [
      () => middle.agent.collect(middle.lease.id),
      () => leaf.agent.collect(leaf.lease.id),
      () => delegated(on.broker, middle),
      () => delegated(on.broker, root, { agent: middle.agent }),
    ];
    for (const attempt of tried) expect(await refusalOf(attempt())).toBe('quarantined');
    expect((await delegated(on.broker, root)).lease.state).toBe('active');
    await on.operator.quarantine({ agent: middle.lease.agent }, { lift: true });
    expect((await leaf.agent.collect(leaf.lease.id)).lease.state).toBe('active');
  });
});

describe('panic', () => {
  test('stops all that runs under the role of the first, whoever it was delegated to', async () => {
    const all = await family(on);
    const roleOf = ({ grants }: LeaseView) =>
      grants.flatMap(({ role_arn }) => role_arn?.split('/').at(-1) ?? []);
    const [RoleName] = roleOf(all.root.lease);
    on.broker.createRole('panicker', [{ Effect: 'Allow', Action: 'iam:PutRolePolicy', Resource: '*' }]);
    const iam = new IAMClient({
      region: on.broker.region,
      endpoint: on.broker.endpoint,
      credentials: on.broker.credentialsFor('panicker', 'on-call'),
    });
    const { name, text } = panicPolicy;
    await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: name, PolicyDocument: text }));
    on.broker.advance(iamDelay);
    for (const each of tree) {
      expect(roleOf(all[each].lease)).toEqual([RoleName]);
      expect(await on.uses(all[each])).toBe('AccessDenied');
    }
  });
});
