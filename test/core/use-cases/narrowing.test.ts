import { describe, expect, it } from 'vitest';
import { narrowingOf } from '../../../core/lifetime.ts';
import { after } from '../../../core/time.ts';
import { issueLease } from '../../../core/use-cases/issue-lease.ts';
import { invoicePolicy, morning } from '../invoices.ts';
import { awsOf, issuanceWorld, issued, orderOf, refusalOf } from './world.ts';

describe('without GetScopedCredentials', () => {
  const world = () => issuanceWorld(invoicePolicy(), 'session_policy');

  it('the guarantee says that only the policy in the token ends the credentials', async () => {
    const { lease } = await issueLease(world(), orderOf());
    expect(lease.grants[0]?.guarantee.enforced_by).toEqual(['session_policy']);
    const native = await issueLease(issuanceWorld(), orderOf());
    expect(native.lease.grants[0]?.guarantee.enforced_by).toEqual(['sts_expiration', 'session_policy']);
  });

  it('the session may live on for the 900 s that STS gives at least, and not longer', async () => {
    const obedient = world();
    const { lease, credentials } = issued(await issueLease(obedient, orderOf()));
    expect(lease.deadline).toBe(after(morning, 300));
    expect(awsOf(credentials).expiration).toBe(after(morning, 900));

    const disobedient = world();
    disobedient.minter.meddle = () => ({ expiration: after(morning, 911) });
    expect((await refusalOf(issueLease(disobedient, orderOf()))).code).toBe('temporarily_unavailable');
  });

  it('what would be right there is thrown away where STS narrows', async () => {
    const native = issuanceWorld();
    native.minter.meddle = () => ({ expiration: after(morning, 900) });
    expect((await refusalOf(issueLease(native, orderOf()))).code).toBe('temporarily_unavailable');
  });
});

describe('the setting', () => {
  it('is one of the two, or the function does not start', () => {
    expect(['scoped_credentials', 'session_policy'].map(narrowingOf)).toHaveLength(2);
    for (const text of ['', 'none', 'Session_Policy', 'constructor'])
      expect(() => narrowingOf(text)).toThrow('scoped_credentials or session_policy');
  });
});

describe('what does not fit into a session token', () => {
  it('is refused with its budget: the lease has failed, and coming back with it is no use', async () => {
    const world = issuanceWorld();
    const mint = async () => 'too_large' as const;
    const refusal = await refusalOf(issueLease({ ...world, minter: { mint } }, orderOf()));
    expect(refusal).toMatchObject({ code: 'invalid_request', evidence: { path: 'task.capabilities' } });
    expect(refusal.message).toContain('4096 bytes');
    expect(world.leases.all()).toMatchObject([{ state: 'failed' }]);
  });
});

describe('what outlives the credentials', () => {
  it('is in the guarantee, in the words of the policy, for the capabilities that were asked for', async () => {
    const { capabilities } = invoicePolicy();
    const file_result = { ...capabilities['file_result'], outlives: 'what was filed' };
    const policy = invoicePolicy({ capabilities: { ...capabilities, file_result } as typeof capabilities });
    const both = { capabilities: ['read_invoice', 'file_result'] };
    const { lease } = await issueLease(issuanceWorld(policy), orderOf(both));
    expect(lease.grants[0]?.guarantee.outlives).toEqual([
      { capability: 'file_result', what: 'what was filed' },
    ]);
    const { lease: one } = await issueLease(issuanceWorld(policy), orderOf());
    expect(one.grants[0]?.guarantee.outlives).toEqual([]);
  });
});
