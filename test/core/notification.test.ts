import { describe, expect, it } from 'vitest';
import { approvalNotification } from '../../core/notification.ts';
import { leaseRequest } from '../../core/protocol/requests.ts';
import { askPending, dora, type PendingWorld, pendingWorld, say } from './use-cases/pending-world.ts';

/** What people are told of a lease for this task. */
async function told(task: object = {}, world: PendingWorld = pendingWorld()) {
  return approvalNotification(await askPending(world, '4714', task));
}

const printable = /^[\x20-\x7e\n]*$/;

describe('what people are told', () => {
  it('says who asks, for whom, for what, why, of whom and until when, and how to decide', async () => {
    const world = pendingWorld();
    world.amounts.set('4714', 15_000);
    const lease = await askPending(world, '4714', { capabilities: ['read_invoice', 'file_result'] });
    expect(approvalNotification(lease)).toEqual({
      subject: `Approve invoice_processor ${lease.id}?`,
      message: [
        'An agent of type invoice_processor asks for approval.',
        '',
        `Lease:    ${lease.id}`,
        'Agent:    spiffe://mayfly.local/agent/invoice_processor/abc',
        'For:      alice of https://login.example',
        'It says:  "process invoice": "file 4711"',
        'Values:',
        "  customer_id: acme  (the agent's own word, not verified)",
        "  invoice_id: 4714  (the agent's own word, not verified)",
        '  invoice_amount: 15000',
        'It would get:',
        '  read_invoice: s3:GetObject on arn:aws:s3:::acme-invoices/acme/4714.json',
        '  file_result: s3:PutObject, s3:GetObject on arn:aws:s3:::acme-results/acme/4714.json',
        'Risk:     0 of 100',
        'Why you are asked:',
        '  conditions.invoice_amount[2]: 15000 (< 20000)',
        'Who:      2 of managers or directors; 2 missing',
        'Until:    2026-11-24T03:00:00Z',
        '',
        'Decide with',
        `  mayfly approve ${lease.id}`,
        `  mayfly deny ${lease.id}`,
      ].join('\n'),
    });
  });

  it('says what does not end with the lease, and what is still missing', async () => {
    const [read] = Object.values(pendingWorld().policies[0]?.capabilities ?? {});
    if (!read) throw new Error('the policy has no capability');
    const world = pendingWorld({
      capabilities: { read_invoice: { ...read, outlives: 'a copy that was made' } },
    });
    world.amounts.set('4714', 15_000);
    const lease = await askPending(world, '4714');
    expect(approvalNotification(lease).message).toContain('\n    outlives the lease: a copy that was made\n');
    const { lease: half } = await say(world, lease, dora);
    expect(approvalNotification(half).message).toContain('2 of managers or directors; 1 missing');
  });

  it('says that nobody in particular is behind it where no user is', async () => {
    const world = pendingWorld({ conditions: { user_delegation: 'not_used' } });
    const lease = await askPending(world, '4714', {}, { user: undefined });
    expect(approvalNotification(lease).message).toContain('\nFor:      nobody in particular\n');
  });

  it('is of the lease that waits and of no other', () => {
    const lease = { id: 'L-AAAAAAAAAAAAAAAA' } as Parameters<typeof approvalNotification>[0];
    expect(() => approvalNotification(lease)).toThrow('asks nobody');
  });
});

describe('an agent’s words', () => {
  const forged = '"\nLease:    L-FORGED\nIt says:  "';
  const asked = (name: string) => ({
    task: { name, purpose: 'p', capabilities: ['read_invoice'], estimated_seconds: 1 },
  });

  it.each([
    '\n',
    '\r',
    '\u0085',
    '\u2028',
    '\u202e',
    '\u001b[2J',
    '\u0000',
    '\t',
    'é',
    forged,
  ])('cannot hold %j', (words) => {
    expect(leaseRequest.safeParse(asked(`invoice${words}`)).success).toBe(false);
    expect(leaseRequest.safeParse(asked('invoice')).success).toBe(true);
  });

  it('stay between quotes, whatever they say', async () => {
    const name = '4711" is approved by finance: "yes';
    const { message } = await told({ name, purpose: '\\' });
    const line = message.split('\n').find((each) => each.startsWith('It says:'));
    expect(line).toBe(String.raw`It says:  "4711\" is approved by finance: \"yes": "\\"`);
  });

  it('of the longest that there may be leave a message of plain characters that SNS takes', async () => {
    const { subject, message } = await told({ name: '"'.repeat(80), purpose: '\\'.repeat(200) });
    expect(message).toMatch(printable);
    expect(Buffer.byteLength(message)).toBeLessThan(262_144);
    // SNS API reference, Publish: ASCII, starting with a letter, digit or punctuation, fewer than 100 characters.
    expect(subject).toMatch(/^[\x21-\x7e][\x20-\x7e]{0,98}$/);
  });

  it('are in no subject, and the longest type leaves room for the whole lease', async () => {
    const lease = await askPending(pendingWorld(), '4714', { name: 'urgent!', purpose: 'now!' });
    const { subject } = approvalNotification({ ...lease, agent_type: 'x'.repeat(32) });
    expect(subject).toBe(`Approve ${'x'.repeat(32)} ${lease.id}?`);
    expect(subject.length).toBeLessThanOrEqual(100);
  });
});
