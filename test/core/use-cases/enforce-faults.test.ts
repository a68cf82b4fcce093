import { describe, expect, it } from 'vitest';
import { answerCall, type Incident } from '../../../core/use-cases/enforce.ts';
import {
  at,
  deniedNow,
  type EarlyWorld,
  earlyWorld,
  issueTo,
  revokeScope,
  runRevoker,
  runSweeper,
  worldWithRevoked,
} from './early-world.ts';

const shardOf = async (world: EarlyWorld, role: string) => world.shards.read(role);

describe('a role that is gone', () => {
  it('needs no document: its sessions are gone with it, and nothing is tried again', async () => {
    const { world, role } = await worldWithRevoked();
    world.documents.deleteRole(role);
    expect(await runRevoker(world)).toEqual([]);
    expect(world.pauses).toEqual([1, 1]);
    expect(world.shards.dueNow(at(10_000))).toEqual([]);
  });

  it('but whose record is full still comes to an end: the agent is denied there too', async () => {
    const world = earlyWorld({ shards: 1 });
    const leases = [];
    for (let i = 0; i < 9; i++) leases.push(await issueTo(world));
    for (const { id } of leases) await revokeScope(world, { kind: 'lease', lease: id });
    const role = world.calls[0]?.role ?? '';
    const renamed = { ...world.roles, arnPrefix: 'arn:aws:iam::111122223333:role/mayfly/other-' };
    let records = 0;
    const revocations = {
      ...world.revocations,
      async record(revocation: Parameters<typeof world.revocations.record>[0]) {
        if (records++ > 9) throw new Error('it goes on and on');
        return world.revocations.record(revocation);
      },
    };
    const incidents = await runRevoker({ ...world, revocations, roles: renamed });
    expect(incidents.filter((each) => each.role === role)).toMatchObject([{ kind: 'collapse' }]);
    for (const lease of leases) expect(await deniedNow(world, lease)).toBe(true);
  });
});

describe('an IAM that does not take the document', () => {
  it('is asked six times, with growing pauses, then it is reported and the shard stays due', async () => {
    const { world, role } = await worldWithRevoked();
    world.documents.meddle = () => {
      throw new Error('throttled');
    };
    const incidents = await runRevoker(world);
    expect(world.pauses).toEqual([1, 1, 2, 4, 8, 16]);
    expect(incidents).toEqual([{ kind: 'irrevocable', role, cause: new Error('throttled') }]);
    expect(await shardOf(world, role)).toMatchObject({ failing_since: at(32), dirty: 1, written: 0 });
    expect(world.shards.dueNow(world.clock())).toEqual([{ kind: 'shard', role }]);
  });

  it('is asked again when it says that it has, and has not', async () => {
    const { world, lease } = await worldWithRevoked();
    let lost = 3;
    world.documents.meddle = () => (lost-- > 0 ? 'lost' : 'kept');
    expect(await runRevoker(world)).toEqual([]);
    expect(world.pauses).toEqual([1, 1, 2, 4, 1]);
    expect(await deniedNow(world, lease)).toBe(true);
  });

  it('recovers with the next round of the sweeper, and is failing no more', async () => {
    const { world, lease, role } = await worldWithRevoked();
    world.documents.meddle = () => 'lost';
    await runRevoker(world);
    expect((await shardOf(world, role)).failing_since).toBe(at(32));
    world.documents.meddle = () => 'kept';
    await runSweeper(world);
    await runRevoker(world);
    expect((await shardOf(world, role)).failing_since).toBeUndefined();
    expect(await deniedNow(world, lease)).toBe(true);
  });
});

describe('a call that fails in the midst', () => {
  it('is reported and answered, so that it keeps no other away: the sweeper calls again', async () => {
    const { world, lease, role } = await worldWithRevoked();
    const incidents: Incident[] = [];
    const fault = new Error('DynamoDB did not answer');
    const leases = { ...world.leases, denied: () => Promise.reject(fault) };
    const report = (incident: Incident) => void incidents.push(incident);
    for (const call of world.calls.splice(0)) await answerCall({ ...world, leases, report }, call);
    expect(incidents).toEqual([{ kind: 'interrupted', role, cause: fault }]);
    expect(await deniedNow(world, lease)).toBe(false);
    await runSweeper(world);
    await runRevoker(world);
    expect(await deniedNow(world, lease)).toBe(true);
  });
});
