import { describe, expect, it } from 'vitest';
import { after } from '../../core/time.ts';
import { collectCredentials } from '../../core/use-cases/collect-credentials.ts';
import { issueLease } from '../../core/use-cases/issue-lease.ts';
import { grantingPolicy, systems } from '../core/granting.ts';
import { invoicePolicy } from '../core/invoices.ts';
import { attestedAs, issuanceWorld, issued, orderOf, refusalOf } from '../core/use-cases/world.ts';

/** The world begins at 02:00 UTC on a Tuesday: within these hours, for ten minutes more. */
function hoursThat(otherwise: Readonly<Record<string, unknown>>) {
  return { is: 'preferred', days: 'mon-fri', hours: '01:00-02:10', otherwise: { risk: 0, ...otherwise } };
}

const amounts = [{ if: '< 1000', then: 'auto_approve' }, { else: 'deny' }];

/** A lease of both capabilities, taken within the hours, as it stands once they are over. */
async function leaseThatStays(otherwise: Readonly<Record<string, unknown>>) {
  const policy = invoicePolicy({
    conditions: { invoice_amount: amounts, business_hours: hoursThat(otherwise) },
    lifetime: { buffer: 1.2, floor: 300, maximum: '2x', longest: 3_600 },
    risk: { weights: { claimed_parameters: 0 } },
  });
  const world = issuanceWorld(policy);
  const order = orderOf({ capabilities: ['read_invoice', 'file_result'], estimated_seconds: 1_200 });
  const { lease } = issued(await issueLease(world, order));
  world.clock.advance(660);
  const again = { ...order, proof: 'proof-again', attempt: 'attempt-again' };
  return { world, lease, again };
}

const request = { proof: 'renewed', attempt: 'renewing' };
const filing = 's3:PutObject';

describe('an agent that stays on when less is granted than when it came', () => {
  it('gets no new credentials for what nobody is granted any more', async () => {
    const { world, lease } = await leaseThatStays({ without: ['file_result'] });
    await collectCredentials(world, attestedAs(), lease.id, request);
    const [first, second] = world.minter.plans;
    expect(first?.policy).toContain(filing);
    expect(second?.policy).toContain('s3:GetObject');
    expect(second?.policy).not.toContain(filing);
  });

  it('gets nothing when it names only that', async () => {
    const { world, lease } = await leaseThatStays({ without: ['file_result'] });
    const named = { ...request, capabilities: ['file_result'] };
    const refusal = await refusalOf(collectCredentials(world, attestedAs(), lease.id, named));
    expect(refusal.code).toBe('access_denied');
    expect(world.minter.plans).toHaveLength(1);
  });

  it('does not get it by asking with its old Idempotency-Key either', async () => {
    const { world, again } = await leaseThatStays({ without: ['file_result'] });
    await issueLease(world, again);
    expect(world.minter.plans[1]?.policy).not.toContain(filing);
  });

  it('does not move its deadline past what a lease may live by now', async () => {
    const { world, lease } = await leaseThatStays({ longest: '1500s' });
    const { lease: renewed } = await collectCredentials(world, attestedAs(), lease.id, {
      ...request,
      estimate: 1_200,
    });
    expect(renewed.deadline).toBe(after(lease.issued_at, 1_500));
  });

  it('gets no new credentials when no lease may live as long as its own', async () => {
    const { world, lease, again } = await leaseThatStays({ longest: '120s' });
    for (const refused of [
      collectCredentials(world, attestedAs(), lease.id, request),
      issueLease(world, again),
    ])
      expect((await refusalOf(refused)).code).toBe('access_denied');
    expect(world.minter.plans).toHaveLength(1);
  });
});

describe('an agent with more than credentials of AWS that stays on when less is granted than when it came', () => {
  /** A lease of something that ends with the lease alone, renewed once the hours are over within which it is granted. */
  async function renewedWith(capability: string, without: string) {
    const policy = grantingPolicy({
      conditions: { invoice_amount: amounts, business_hours: hoursThat({ without: [without] }) },
      lifetime: { buffer: 1.2, floor: 300, maximum: '2x', longest: 3_600 },
      risk: { weights: { claimed_parameters: 0 } },
    });
    const world = { ...issuanceWorld(policy), systems };
    const order = orderOf({ capabilities: ['read_invoice', capability], estimated_seconds: 1_200 });
    const { lease } = issued(await issueLease(world, order));
    world.clock.advance(660);
    const renewed = await collectCredentials(world, attestedAs(), lease.id, { ...request, estimate: 1_200 });
    return { before: lease.deadline, after: renewed.lease.deadline };
  }

  it.each([
    'read_customer',
    'check_vat',
    'post_message',
  ])('keeps no %s past the deadline by renewing something else', async (capability) => {
    const deadline = await renewedWith(capability, capability);
    expect(deadline.after).toBe(deadline.before);
  });

  it('moves its deadline where that is granted still, or says itself when it ends', async () => {
    for (const [capability, without] of [
      ['read_customer', 'file_result'],
      ['tell_ledger', 'tell_ledger'],
    ] as const) {
      const deadline = await renewedWith(capability, without);
      expect(deadline.after).toBeGreaterThan(deadline.before);
    }
  });
});
