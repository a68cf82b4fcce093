import { describe, expect, it } from 'vitest';
import { after } from '../../../core/time.ts';
import { releaseLease } from '../../../core/use-cases/release-lease.ts';
import { both, childOf, delegatingWorld, renew } from './delegate-world.ts';
import { agentNamed, issueTo } from './early-world.ts';
import { refusalOf } from './world.ts';

describe('a renewal of a delegated lease', () => {
  it('goes as far as the credentials of the one that it comes from, and further once that has renewed', async () => {
    const world = delegatingWorld();
    const parent = await issueTo(world, 'anna', { estimated_seconds: 250 });
    const child = await childOf(world, parent, { task: { estimated_seconds: 250 } });
    world.clock.advance(200);
    expect((await renew(world, child, 250)).lease.deadline).toBe(parent.deadline);
    const { lease: renewed } = await renew(world, parent, 100);
    expect(renewed.deadline).toBe(after(world.clock(), 120));
    expect((await renew(world, child, 250)).lease).toMatchObject({
      deadline: renewed.deadline,
      credential_until: renewed.credential_until,
    });
  });

  it('never passes its own total', async () => {
    const world = delegatingWorld();
    const parent = await issueTo(world, 'anna', { estimated_seconds: 450 });
    const child = await childOf(world, parent, { task: { estimated_seconds: 160 } });
    expect(child.renewable_until).toBe(after(child.issued_at, 320));
    const { lease } = await renew(world, child, 700);
    expect(lease.deadline).toBe(child.renewable_until);
    expect(parent.credential_until).toBeGreaterThan(lease.deadline);
  });

  it('goes as far as the last of a chain, not as the first', async () => {
    const world = delegatingWorld();
    const root = await issueTo(world, 'anna', { estimated_seconds: 450 });
    const middle = await childOf(world, root, { to: 'bert', task: { estimated_seconds: 300 } });
    const leaf = await childOf(world, middle, { to: 'carl', task: { estimated_seconds: 450 } });
    expect(leaf.deadline).toBe(middle.credential_until);
    expect((await renew(world, leaf, 450)).lease.deadline).toBe(middle.credential_until);
    expect(middle.credential_until).toBeLessThan(root.credential_until);
  });

  it('is refused once the policy lets nobody delegate so far', async () => {
    const world = delegatingWorld();
    const child = await childOf(world, await issueTo(world, 'anna'));
    const now = { ...world, policies: delegatingWorld({ limits: { delegation_depth: 0 } }).policies };
    const refusal = await refusalOf(renew(now, child));
    expect(refusal).toMatchObject({
      code: 'access_denied',
      evidence: { reasons: [{ rule: 'limits.delegation_depth', value: '1', threshold: 'at most 0' }] },
    });
  });
});

describe('whose turn it is again', () => {
  it('an agent may be delegated to by whom it delegated to: deeper, narrower, and dead with either', async () => {
    const world = delegatingWorld();
    const first = await issueTo(world, 'anna', { capabilities: [...both] });
    const second = await childOf(world, first, { to: 'bert' });
    const back = await childOf(world, second, { to: 'anna' });
    expect(back.ancestors.map(({ lease }) => lease)).toEqual([first.id, second.id]);
    expect(back.task.capabilities).toEqual(['read_invoice']);
    const deeper = await refusalOf(childOf(world, back, { to: 'bert' }));
    expect(deeper.evidence.reasons).toMatchObject([{ rule: 'limits.delegation_depth', value: '3' }]);
    await releaseLease(world, agentNamed('bert'), second.id);
    expect((await refusalOf(renew(world, back))).code).toBe('lease_ended');
    expect((await renew(world, first)).lease.state).toBe('active');
  });
});
