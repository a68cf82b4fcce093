import { describe, expect, it } from 'vitest';
import { awsGrantOf } from '../../../core/grant.ts';
import { agentTag } from '../../../core/scope.ts';
import { after } from '../../../core/time.ts';
import { both, childOf, childrenOf, delegatingWorld } from './delegate-world.ts';
import { agentNamed, issueTo } from './early-world.ts';
import { refusalOf } from './world.ts';

describe('a delegated lease', () => {
  it('has what was delegated to it, the parameters and the role of the one it comes from, and says so', async () => {
    const world = delegatingWorld();
    const parent = await issueTo(world, 'anna', { capabilities: [...both] });
    const child = await childOf(world, parent, { to: 'bert' });
    expect(child).toMatchObject({
      state: 'active',
      agent: agentNamed('bert').sub,
      ancestors: [{ lease: parent.id, agent: parent.agent, task: 'process invoice' }],
      task: { capabilities: ['read_invoice'], parameters: parent.task.parameters },
      grants: [{ role_arn: awsGrantOf(parent).role_arn, capabilities: ['read_invoice'] }],
    });
    expect(await childrenOf(world, parent)).toEqual([child.id]);
  });

  it('runs under the policy of its own capabilities and parameters, tagged with all that it comes from', async () => {
    const world = delegatingWorld();
    const root = await issueTo(world, 'anna', { capabilities: [...both] });
    const middle = await childOf(world, root, { to: 'bert' });
    const leaf = await childOf(world, middle, { to: 'carl' });
    const plan = world.minter.plans.at(-1);
    const tags = ['carl', 'anna', 'bert'].map((name) => agentTag(agentNamed(name).sub));
    expect(plan?.tags).toEqual({
      'mayfly:agents': tags.join(':'),
      'mayfly:type': 'invoice_processor',
      'mayfly:gen': '0',
      'mayfly:chain': `${root.id}:${middle.id}`,
    });
    expect(plan).toMatchObject({ sourceIdentity: leaf.id, roleArn: awsGrantOf(root).role_arn });
    expect(plan?.policy).toContain('arn:aws:s3:::acme-invoices/acme/4711.json');
    expect(plan?.policy).not.toContain('s3:PutObject');
  });

  it('has the user of the one that it comes from', async () => {
    const world = delegatingWorld();
    const user = { issuer: 'https://people', subject: 'alice', mfa: true, authenticated_at: world.clock() };
    const { leases, clock } = world;
    const [plain] = [await issueTo(world, 'anna')];
    const reserved = { ...plain, id: 'L-ALICEALICEALICEA', user: { ...user, presented_at: clock() } };
    await leases.reserve({ ...reserved, state: 'issuing' });
    await leases.activate(reserved);
    expect(
      (
        await childOf(
          {
            ...world,
            policies: delegatingWorld({
              conditions: {
                user_delegation: 'required',
                invoice_amount: [{ else: 'auto_approve' }],
              },
            }).policies,
          },
          reserved,
        )
      ).user,
    ).toEqual(reserved.user);
  });

  it('lives no longer than the credentials of the one that it comes from', async () => {
    const world = delegatingWorld();
    const parent = await issueTo(world, 'anna', { estimated_seconds: 250 });
    world.clock.advance(100);
    const short = await childOf(world, parent, { to: 'bert', task: { estimated_seconds: 1 } });
    const long = await childOf(world, parent, { to: 'carl', task: { estimated_seconds: 700 } });
    expect(parent.deadline).toBe(after(parent.issued_at, 300));
    for (const child of [short, long]) {
      expect(child.deadline).toBe(parent.deadline);
      expect(child.credential_until).toBe(parent.credential_until);
    }
    // In all it may have what it asks for, and never more than the one it comes from.
    expect(short.renewable_until).toBe(after(parent.issued_at, 100 + 300));
    expect(long.renewable_until).toBe(parent.renewable_until);
  });

  it('lives no longer than one credential, where the one that it comes from has to collect', async () => {
    const lifetime = { buffer: 1.2, floor: 300, maximum: '2x', longest: 7_200 } as const;
    const world = delegatingWorld({ lifetime });
    const parent = await issueTo(world, 'anna', { estimated_seconds: 6_000 });
    expect([parent.deadline, parent.credential_until]).toEqual([
      after(parent.issued_at, 7_200),
      after(parent.issued_at, 3_540),
    ]);
    const child = await childOf(world, parent, { task: { estimated_seconds: 6_000 } });
    expect(child.deadline).toBe(parent.credential_until);
  });

  it('ends in seconds where seconds are left, whatever the floor of its type', async () => {
    const world = delegatingWorld();
    const parent = await issueTo(world, 'anna');
    world.clock.advance(299);
    expect((await childOf(world, parent)).credential_until).toBe(after(world.clock(), 1));
    world.clock.advance(1);
    expect((await refusalOf(childOf(world, parent, { to: 'carl' }))).code).toBe('lease_ended');
  });
});
