import { describe, expect, it } from 'vitest';
import type { Lease } from '../../../core/lease.ts';
import { after } from '../../../core/time.ts';
import { planning } from '../invoices.ts';
import { childOf, delegatingWorld, renew } from './delegate-world.ts';
import { agentNamed, type EarlyWorld, issueTo } from './early-world.ts';
import { askingPolicy, waitingLease } from './prepared.ts';
import { orderOf, refusalOf } from './world.ts';

const limits = { delegation_depth: 2 };

/** The policy under which people are asked about every invoice, on these terms. */
const asking = (terms: Record<string, unknown> = {}) => [askingPolicy(terms, { limits })];

/** A lease that these people approved, active now, and the world that it is in. */
async function approved(terms: Record<string, unknown> = {}): Promise<{ world: EarlyWorld; root: Lease }> {
  const world: EarlyWorld = { ...delegatingWorld(), ...planning, policies: asking(terms) };
  const waiting = waitingLease(orderOf({}, { attested: agentNamed('anna') }), world.policies[0]);
  const times = { issued_at: world.clock(), minted_at: world.clock() };
  const root: Lease = { ...waiting, ...times, state: 'active', credential_until: after(world.clock(), 300) };
  await world.leases.reserve({ ...root, state: 'issuing' });
  await world.leases.activate(root);
  return { world, root };
}

const mine = { from: ['finance-managers'], effect: 'deny' };

describe('what people approved', () => {
  it('may be delegated, and delegated on, without asking them again', async () => {
    const { world, root } = await approved();
    const child = await childOf(world, root, { to: 'bert' });
    expect(child.decision.outcome).toBe('require_approval');
    const leaf = await childOf(world, child, { to: 'carl' });
    for (const lease of [child, leaf]) expect((await renew(world, lease, 60)).lease.state).toBe('active');
  });

  it.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ['others have to approve it now', {}, { from: ['directors'] }],
    ['more of them have to', {}, { count: 2 }],
    ['they have to prove more', { mfa: 'not_required' }, { mfa: 'required' }],
  ])('is not delegated any more once %s', async (_, then, now) => {
    const { world, root } = await approved(then);
    const refusal = await refusalOf(childOf({ ...world, policies: asking(now) }, root));
    expect(refusal).toMatchObject({
      code: 'access_denied',
      evidence: { reasons: [{ rule: expect.stringContaining('invoice_amount'), effect: mine.effect }] },
    });
  });

  it('is delegated where fewer have to approve it by now', async () => {
    const { world, root } = await approved({ count: 2 });
    expect((await childOf({ ...world, policies: asking() }, root)).state).toBe('active');
  });

  it('does not answer for the risk of delegating itself, which others are to be asked about', async () => {
    const { world, root } = await approved();
    const risk = { approval: { at: 30, from: ['security'] } };
    const now = { ...world, policies: [askingPolicy({}, { limits, risk })] };
    // 20 for claimed values, 10 for each agent that it was delegated through.
    const refusal = await refusalOf(childOf(now, root));
    expect(refusal).toMatchObject({ code: 'access_denied' });
    expect(refusal.message).toContain('risk');
  });
});

describe('what nobody approved', () => {
  it('is not delegated where people have to approve it by now', async () => {
    const world = delegatingWorld();
    const root = await issueTo(world, 'anna');
    const child = await childOf(world, root, { to: 'bert' });
    const now = { ...world, policies: asking() };
    for (const lease of [root, child]) {
      const refusal = await refusalOf(childOf(now, lease, { to: 'carl' }));
      expect(refusal).toMatchObject({ code: 'access_denied', evidence: { reasons: [{ effect: 'deny' }] } });
    }
  });

  it('is not renewed either, by whomever it was delegated to', async () => {
    const world = delegatingWorld();
    const root = await issueTo(world, 'anna');
    const child = await childOf(world, root, { to: 'bert' });
    const now = { ...world, policies: asking() };
    for (const lease of [root, child])
      expect((await refusalOf(renew(now, lease))).code).toBe('access_denied');
  });
});
