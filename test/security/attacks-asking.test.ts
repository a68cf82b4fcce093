import { describe, expect, it } from 'vitest';
import { requestLines } from '../../cli/request-text.ts';
import { issueLease } from '../../core/use-cases/issue-lease.ts';
import { leaseView } from '../../lambda/http/views.ts';
import { invoice, invoicePolicy } from '../core/invoices.ts';
import { askPending, pendingWorld } from '../core/use-cases/pending-world.ts';
import { issuanceWorld, orderOf, refusalOf } from '../core/use-cases/world.ts';

/** What an approver is shown at the terminal about what an agent asks. */
async function shown(task: Parameters<typeof askPending>[2]): Promise<string[]> {
  const world = pendingWorld();
  const lease = await askPending(world, '4712', task);
  const standing = await world.standings.read([], 'role', []);
  return requestLines(leaseView({ lease, standing }, world.clock()));
}

describe('what an approver reads before they sign', () => {
  it('says how long the agent would hold it: a long lease does not pass for a short one', async () => {
    expect(await shown({ estimated_seconds: 120 })).toContain('Lives     5 min; renewed, 5 min at most');
    expect(await shown({ estimated_seconds: 400 })).toContain(
      'Lives     8 min; renewed, 13 min 20 s at most',
    );
  });

  it('keeps the agent’s words between quotes, and short of a new line in a narrow window', async () => {
    const purpose = `pay"${' '.repeat(60)}invoice_amount = 1  (from the system of record)`;
    const line = (await shown({ purpose })).find((each) => each.startsWith('It says'));
    expect(line).toBe(
      String.raw`It says   "process invoice": "pay\" invoice_amount = 1 (from the system of record)"`,
    );
  });
});

describe('an agent that may ask for one task three times', () => {
  const note = { type: 'string', pattern: '[0-9]{1,9}', source: 'claimed' } as const;
  const limits = { per_task: { leases: 3 } };

  async function fourth(policy: ReturnType<typeof invoicePolicy>, task: (i: number) => object) {
    const world = issuanceWorld(policy);
    const ask = (i: number) => issueLease(world, orderOf(task(i), { idempotencyKey: `asked-${i}` }));
    for (let i = 0; i < 3; i++) await ask(i);
    return refusalOf(ask(3));
  }

  it('does not make it another one by stating what nothing needs', async () => {
    const { parameters } = invoicePolicy();
    const policy = invoicePolicy({ parameters: { ...parameters, note }, limits });
    const refusal = await fourth(policy, (i) => ({ parameters: { ...invoice, note: String(i) } }));
    expect(refusal.evidence.reasons).toMatchObject([{ rule: 'limits.per_task' }]);
  });

  it('does not make it another one by calling it something else', async () => {
    const [read] = Object.values(invoicePolicy().capabilities);
    const aws = { actions: ['s3:GetObject'], resources: ['arn:aws:s3:::acme-invoices/all.json'] };
    const capabilities = { read_invoice: { ...read, aws } };
    const policy = invoicePolicy({ conditions: {}, parameters: {}, capabilities, limits });
    const refusal = await fourth(policy, (i) => ({ name: `task ${i}`, parameters: {} }));
    expect(refusal.evidence.reasons).toMatchObject([{ rule: 'limits.per_task' }]);
  });
});
