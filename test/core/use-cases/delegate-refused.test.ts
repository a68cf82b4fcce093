import { describe, expect, it } from 'vitest';
import { awsGrantOf } from '../../../core/grant.ts';
import type { Lease } from '../../../core/lease.ts';
import { scope } from '../../../core/scope.ts';
import { releaseLease } from '../../../core/use-cases/release-lease.ts';
import { both, type ChildAsks, childOf, counting, delegatingWorld, refused } from './delegate-world.ts';
import { agentNamed, type EarlyWorld, issueTo, reserveFor, revokeScope, runRevoker } from './early-world.ts';
import { waitingLease } from './prepared.ts';
import { attestedAs, orderOf } from './world.ts';

describe('a delegated lease never has more', () => {
  it.each<[string, ChildAsks, number]>([
    ['than was delegated', { capabilities: ['read_invoice'], task: { capabilities: [...both] } }, 1],
    ['than the one that it comes from', { capabilities: both, task: { capabilities: [...both] } }, 1],
    ['than both, though each has one', { capabilities: ['file_result'] }, 0],
    ['than there is', { capabilities: ['own_everything'] }, 0],
    ['than objects have by birth', { capabilities: ['constructor'] }, 0],
  ])('%s', async (_, asks, place) => {
    expect(await refused(asks)).toMatchObject({
      code: 'invalid_request',
      path: `task.capabilities[${place}]`,
      message: expect.stringContaining('a child never has more'),
    });
  });

  it('than was delegated, though the one that it comes from has it', async () => {
    const world = delegatingWorld();
    const parent = await issueTo(world, 'anna', { capabilities: [...both] });
    const asks = { capabilities: ['read_invoice'], task: { capabilities: ['file_result'] } };
    expect((await refused(asks, world, parent)).code).toBe('invalid_request');
  });

  it('nor other parameters: what it says itself is not heard', async () => {
    const world = delegatingWorld();
    const parent = await issueTo(world, 'anna');
    const parameters = { customer_id: 'globex', invoice_id: '1', invoice_amount: 1 };
    expect((await childOf(world, parent, { task: { parameters } })).task.parameters).toEqual(
      parent.task.parameters,
    );
    expect(world.minter.plans.at(-1)?.policy).not.toContain('globex');
  });

  it('nor what is no longer granted to anybody: it is judged by the policies of now', async () => {
    const world = delegatingWorld();
    const parent = await issueTo(world, 'anna');
    const now = delegatingWorld({ conditions: { invoice_amount: [{ else: 'deny' }] } });
    const refusal = await refused({}, { ...world, policies: now.policies }, parent);
    expect(refusal).toMatchObject({ code: 'access_denied', reasons: [{ effect: 'deny' }] });
  });

  it('is no deeper than its policy says', async () => {
    const world = delegatingWorld({ limits: { delegation_depth: 0 } });
    expect(await refused({}, world)).toMatchObject({
      code: 'access_denied',
      reasons: [{ rule: 'limits.delegation_depth', value: '1', threshold: 'at most 0', effect: 'deny' }],
    });
    const deeper = delegatingWorld();
    const middle = await childOf(deeper, await issueTo(deeper, 'anna'), { to: 'bert' });
    const leaf = await childOf(deeper, middle, { to: 'carl' });
    expect(await refused({ to: 'dora' }, deeper, leaf)).toMatchObject({
      reasons: [{ rule: 'limits.delegation_depth', value: '3', threshold: 'at most 2' }],
    });
  });
});

describe('a delegated lease is never for less than was proven when the first one was granted', () => {
  it('so that a stolen key signs for no accomplice, who has no enclave', async () => {
    const world = delegatingWorld();
    const parent = { ...(await issueTo(world, 'anna')), strength: 'measured' } as const;
    const strong = { ...world, leases: { ...world.leases, find: async () => parent } };
    expect(await refused({}, strong, parent)).toMatchObject({
      code: 'access_denied',
      message: expect.stringContaining('measured'),
    });
    const attested = { ...agentNamed('bert'), strength: 'measured' } as const;
    expect((await childOf(strong, parent, { order: { attested } })).strength).toBe('measured');
  });
});

describe('who has no word of its holder gets nothing of a lease, and learns nothing', () => {
  const unknown = { id: 'L-NOSUCHLEASE22222', jkt: 'anna' } as Lease;

  it('the same words for a lease of another, of another type, and for none', async () => {
    const said = [
      await refused({ by: 'mallory' }),
      await refused({ order: { attested: { ...agentNamed('bert'), agent_type: 'payer' } } }),
      await refused({}, delegatingWorld(), unknown),
    ];
    expect(new Set(said.map((each) => JSON.stringify(each))).size).toBe(1);
    expect(said[0]).toMatchObject({ code: 'not_found' });
  });

  it('nor does asking settle what is being made, or has ended', async () => {
    const world = delegatingWorld();
    const reserved = await reserveFor(world, 'anna');
    world.clock.advance(61);
    expect((await refused({ by: 'mallory' }, world, reserved)).code).toBe('not_found');
  });

  it.each<[string, ChildAsks, string]>([
    ['what was signed for another agent', { signed: { agent: agentNamed('carl').sub } }, 'invalid_token'],
    [
      'what was signed for the same key under another principal',
      { order: { attested: { ...attestedAs('bert', 'AROAOTHERROLE'), sub: 'spiffe://other' } } },
      'invalid_token',
    ],
    ['to itself', { to: 'anna' }, 'invalid_request'],
  ])('%s', async (_, asks, code) => {
    expect(await refused(asks)).toMatchObject({ code, path: 'delegation' });
  });
});

describe('nothing is delegated from a lease', () => {
  const ended: [string, (world: EarlyWorld, lease: Lease) => unknown][] = [
    ['that was released', (world, { id }) => releaseLease(world, agentNamed('anna'), id)],
    ['that was revoked', (world, { id }) => revokeScope(world, { kind: 'lease', lease: id })],
    ['that has expired', ({ clock }) => clock.advance(300)],
    [
      'of which a task was revoked',
      (world) =>
        world.controls.bury(scope.task('invoice_processor', 'process invoice'), (world.clock() + 1) as never),
    ],
    [
      'of a generation that is over',
      async (world, { grants, agent_type }) => {
        await revokeScope(world, { kind: 'type', agent_type });
        expect(grants).toHaveLength(1);
        await runRevoker(world);
      },
    ],
    [
      'whose own parent has ended',
      async (world, { ancestors }) => {
        const id = ancestors[0]?.lease ?? '';
        await releaseLease(world, agentNamed('root'), id);
      },
    ],
  ];
  it.each(ended)('%s', async (_, end) => {
    const world = delegatingWorld({ limits: counting });
    const root = await issueTo(world, 'root');
    const parent = await childOf(world, root, { to: 'anna', task: { name: 'process invoice' } });
    await end(world, parent);
    expect((await refused({}, world, parent)).code).toBe('lease_ended');
  });

  it('that is not there yet: it is said when to ask again', async () => {
    const world = delegatingWorld();
    const reserved = await reserveFor(world, 'anna');
    expect(await refused({}, world, reserved)).toMatchObject({
      code: 'lease_in_progress',
      retry: 'same_key',
    });
  });

  it('that runs under a role that its type no longer has', async () => {
    const world = delegatingWorld();
    const { leases } = world;
    const [issued] = [await issueTo(world, 'anna')];
    const aws = awsGrantOf(issued);
    const grants = [{ ...aws, role_arn: `${aws.role_arn}9` }];
    const parent = { ...issued, id: 'L-ANOTHERLEASE2222', grants };
    await leases.reserve({ ...parent, state: 'issuing' });
    await leases.activate(parent);
    expect((await refused({}, world, parent)).code).toBe('lease_ended');
  });

  it('that waits for people', async () => {
    const world = delegatingWorld();
    const waiting = waitingLease(orderOf({}, { attested: agentNamed('anna') }));
    await world.leases.reserve(waiting);
    expect((await refused({}, world, waiting)).code).toBe('approval_pending');
  });
});
