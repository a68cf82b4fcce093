import { describe, expect, it } from 'vitest';
import { issuingPatience } from '../../core/lease.ts';
import type { Quotas } from '../../core/use-cases/claim-limits.ts';
import { issueLease } from '../../core/use-cases/issue-lease.ts';
import { invoice, invoicePolicy } from '../core/invoices.ts';
import { issuanceWorld, issued, orderOf, refusalOf } from '../core/use-cases/world.ts';

const amounts = [{ if: '< 1000', then: 'auto_approve' }, { else: 'deny' }];
const claimedWeighsNothing = { weights: { claimed_parameters: 0 } };

/** A world whose agents of one principal may have 1000 a day together. */
function countingWorld() {
  const limits = { sum: { invoice_amount: 1_000, per: 'principal', within: '1d' } };
  const conditions = { invoice_amount: amounts };
  return issuanceWorld(invoicePolicy({ conditions, limits, risk: claimedWeighsNothing }));
}

const ofAmount = (invoice_amount: number) => orderOf({ parameters: { ...invoice, invoice_amount } });

/** What is granted, and what of it is counted. */
function totals({ leases, quotas }: ReturnType<typeof countingWorld>) {
  const active = leases.all().filter(({ state }) => state === 'active');
  const entries = [...quotas.all().values()].flat();
  return {
    granted: active.reduce((sum, { task }) => sum + Number(task.parameters['invoice_amount']), 0),
    counted: entries.reduce((sum, { amount }) => sum + amount, 0) / 1_000_000,
  };
}

/** Sends the second request while the first one stands between counting and reserving its lease. */
async function overtaking(first: ReturnType<typeof orderOf>, second: ReturnType<typeof orderOf>) {
  const world = countingWorld();
  let overtaken: Promise<unknown> | undefined;
  const quotas: Quotas = {
    ...world.quotas,
    async add(quota, entry) {
      const added = await world.quotas.add(quota, entry);
      overtaken ??= issueLease(world, second).catch((error: unknown) => error);
      await overtaken;
      return added;
    },
  };
  await issueLease({ ...world, quotas }, first).catch((error: unknown) => error);
  return world;
}

describe('two requests under one Idempotency-Key at one moment', () => {
  it('for another amount grant nothing that is not counted', async () => {
    const { granted, counted } = totals(await overtaking(ofAmount(1), ofAmount(999)));
    expect(granted).toBeGreaterThan(0);
    expect(counted).toBe(granted);
  });

  it('for the same grant nothing that is not counted', async () => {
    const { granted, counted } = totals(await overtaking(ofAmount(900), ofAmount(900)));
    expect(granted).toBe(900);
    expect(counted).toBe(900);
  });
});

describe('what a crash left counted', () => {
  async function worldWithCrash(amount: number) {
    const world = countingWorld();
    const leases = { ...world.leases, reserve: () => new Promise<never>(() => {}) };
    void issueLease({ ...world, leases }, ofAmount(amount));
    await new Promise((resolve) => setImmediate(resolve));
    expect(totals(world)).toEqual({ granted: 0, counted: amount });
    return world;
  }

  it('serves the same request once nobody makes that lease any more', async () => {
    const world = await worldWithCrash(900);
    const early = await refusalOf(issueLease(world, ofAmount(900)));
    expect(early).toMatchObject({ code: 'lease_in_progress', evidence: { retry: 'same_key' } });
    world.clock.advance(issuingPatience);
    expect(issued(await issueLease(world, ofAmount(900))).lease.state).toBe('active');
    expect(totals(world)).toEqual({ granted: 900, counted: 900 });
  });

  it('never serves a larger amount', async () => {
    const world = await worldWithCrash(1);
    world.clock.advance(issuingPatience);
    expect((await refusalOf(issueLease(world, ofAmount(900)))).code).toBe('idempotency_key_reused');
    expect(totals(world).granted).toBe(0);
  });
});
