import { describe, expect, it } from 'vitest';
import type { Lease } from '../../../core/lease.ts';
import { scope } from '../../../core/scope.ts';
import { after } from '../../../core/time.ts';
import { isAlive } from '../../../core/use-cases/introspect.ts';
import { releaseLease } from '../../../core/use-cases/release-lease.ts';
import {
  agentNamed,
  at,
  type EarlyWorld,
  earlyWorld,
  issueTo,
  nobodysLease,
  reserveFor,
  revokeScope,
} from './early-world.ts';

const capability = 'tell_ledger';
async function worldWithToken(options: Parameters<typeof earlyWorld>[0] = {}) {
  const world = earlyWorld({ granting: true, ...options });
  const lease = await issueTo(world, 'anna', { capabilities: [capability, 'read_customer'] });
  return { world, lease };
}
const ask = (world: EarlyWorld, lease: string, of = capability) =>
  isAlive(world, { lease, capability: of }, world.clock());

describe('a token of the broker', () => {
  it('counts while its lease lives, and not one second longer', async () => {
    const { world, lease } = await worldWithToken();
    world.clock.advance(299);
    expect(await ask(world, lease.id)).toBe(true);
    world.clock.advance(1);
    expect(await ask(world, lease.id)).toBe(false);
  });

  it('counts for the capability that it was made for, and for none that is no token', async () => {
    const { world, lease } = await worldWithToken();
    for (const other of ['read_customer', 'crm', 'read_invoice', '__proto__', ''])
      expect(await ask(world, lease.id, other), other).toBe(false);
  });

  it('counts for nothing of a lease that nobody has, or that is being made', async () => {
    const { world } = await worldWithToken();
    expect(await ask(world, nobodysLease)).toBe(false);
    const making = await reserveFor(world, 'bert');
    expect(await ask(world, making.id)).toBe(false);
  });

  it.each<[string, (world: EarlyWorld, lease: Lease) => Promise<unknown>]>([
    ['was released', (world, { id }) => releaseLease(world, agentNamed('anna'), id)],
    ['was revoked', (world, { id }) => revokeScope(world, { kind: 'lease', lease: id })],
    [
      'was revoked with its agent, though its record does not say so',
      ({ controls }, { agent }) => controls.bury(scope.agent(agent), at(1)),
    ],
    [
      'was revoked with its type, though its record does not say so',
      ({ controls }, { agent_type }) => controls.bury(scope.type(agent_type), at(1)),
    ],
    ['was not heard from', async ({ clock }) => clock.advance(60)],
  ])('is over when its lease %s', async (_, happen) => {
    const { world, lease } = await worldWithToken({ heartbeat: 30 });
    expect(await ask(world, lease.id)).toBe(true);
    await happen(world, lease);
    expect(await ask(world, lease.id)).toBe(false);
  });

  it('is over when the lease is that its own was delegated from', async () => {
    const { world, lease } = await worldWithToken();
    const child = {
      ...(await issueTo(world, 'bert', { capabilities: [capability] })),
      id: 'L-CHILDLEASE234567',
      ancestors: [{ lease: lease.id, agent: lease.agent, task: lease.task.name }],
    };
    await world.leases.reserve({ ...child, state: 'issuing' });
    await world.leases.activate(child);
    expect(await ask(world, child.id)).toBe(true);
    await world.leases.end(lease, { at: after(world.clock(), 0), cause: 'revoked', by: 'an operator' });
    expect(await ask(world, child.id)).toBe(false);
  });
});
