import { describe, expect, it } from 'vitest';
import {
  approvalRequest,
  isCoveredBy,
  isSatisfied,
  missingApprovals,
  requestHash,
  sameVote,
  type Vote,
} from '../../core/approval.ts';
import type { ApprovalTerms } from '../../core/policy/schema-conditions.ts';
import { morning } from './invoices.ts';
import { askPending, pendingWorld } from './use-cases/pending-world.ts';

const lease = await askPending(pendingWorld());
const asks = lease.approval?.asks ?? [];
const request = approvalRequest(lease, asks, { first: 300, total: 300 });

/** The request with every leaf of it changed, one at a time: by its path. */
function changes(value: unknown, path = ''): [string, (to: unknown) => unknown][] {
  if (typeof value !== 'object' || value === null) return [[path, (to) => to]];
  return Object.entries(value).flatMap(([name, each]) =>
    changes(each, `${path}.${name}`).map(([at, change]) => {
      const changed = (to: unknown) =>
        Array.isArray(value)
          ? value.map((old, i) => (String(i) === name ? change(to) : old))
          : { ...value, [name]: change(to) };
      return [at, changed] as [string, (to: unknown) => unknown];
    }),
  );
}

describe('the hash that a proof is bound to', () => {
  const leaves = changes(request);

  it('is another for a change in any one value of what is asked', () => {
    expect(leaves.map(([path]) => path)).toContain('.asks.0.resources.0');
    expect(leaves.length).toBeGreaterThan(20);
    const hashes = leaves.map(([, change]) => requestHash(change('changed') as typeof request));
    expect(new Set([requestHash(request), ...hashes]).size).toBe(leaves.length + 1);
  });

  it.each([
    'asks',
    'user',
    'task',
    'lifetime',
    'principal',
    'agent',
    'agent_type',
    'lease',
  ] as const)('is another without %s', (name) => {
    const { [name]: _, ...less } = request;
    expect(requestHash(less as typeof request)).not.toBe(requestHash(request));
  });

  it('is the same however the request was stored: order of names, and what is undefined, do not count', () => {
    const back = Object.fromEntries(Object.entries(structuredClone(request)).reverse());
    expect(requestHash({ ...back, user: request.user } as typeof request)).toBe(requestHash(request));
    const { user: _, ...nobody } = request;
    expect(requestHash({ ...nobody, user: undefined })).toBe(requestHash(nobody as typeof request));
  });

  it('tells a number from its text, and one text from two', () => {
    const withParameters = (parameters: object) =>
      ({ ...request, task: { ...request.task, parameters } }) as typeof request;
    const hashes = [{ a: 1 }, { a: '1' }, { a: '1","b":"2' }, { a: '1', b: '2' }].map((each) =>
      requestHash(withParameters(each)),
    );
    expect(new Set(hashes).size).toBe(4);
  });

  it('fits into a nonce', () => {
    expect(requestHash(request)).toMatch(/^[A-Za-z0-9_-]{43}$/);
  });
});

const terms = (from: string[], count = 1, mfa: ApprovalTerms['mfa'] = 'required'): ApprovalTerms => ({
  from,
  count,
  mfa,
  within: 60,
});
const yes = (subject: string, ...places: number[]): Vote => ({
  issuer: 'i',
  subject,
  decision: 'approve',
  at: morning,
  terms: places,
  through: 't',
});

describe('votes', () => {
  it.each<[string, ApprovalTerms[], Vote[], boolean, number]>([
    ['none where one is needed', [terms(['a'])], [], false, 1],
    ['one where one is needed', [terms(['a'])], [yes('x', 0)], true, 0],
    ['one where two are needed', [terms(['a'], 2)], [yes('x', 0)], false, 1],
    ['for other terms', [terms(['a']), terms(['b'])], [yes('x', 0), yes('y', 0)], false, 1],
    ['one for both terms', [terms(['a']), terms(['b'])], [yes('x', 0, 1)], true, 0],
    ['one for each of the terms', [terms(['a']), terms(['b'])], [yes('x', 0), yes('y', 1)], true, 0],
    ['that say no', [terms(['a'])], [{ ...yes('x', 0), decision: 'deny' }], false, 1],
  ])('%s', (_, all, votes, enough, missing) => {
    expect(isSatisfied(all, votes)).toBe(enough);
    expect(missingApprovals({ terms: all, votes })).toBe(missing);
  });

  it('are one where one person says the same in one second, and no others', () => {
    const vote = yes('x', 0);
    expect(sameVote(vote, { ...vote, through: 'another role' })).toBe(true);
    for (const change of [
      { subject: 'y' },
      { issuer: 'j' },
      { at: (morning + 1) as typeof morning },
      { decision: 'deny' as const },
    ])
      expect(sameVote(vote, { ...vote, ...change })).toBe(false);
  });
});

describe('who satisfied some terms has satisfied others', () => {
  it.each<[string, ApprovalTerms, ApprovalTerms[], boolean]>([
    ['the same', terms(['a']), [terms(['a'])], true],
    ['of more groups', terms(['a', 'b']), [terms(['a'])], true],
    ['of fewer groups', terms(['a']), [terms(['a', 'b'])], false],
    ['of fewer people', terms(['a']), [terms(['a'], 2)], true],
    ['of more people', terms(['a'], 2), [terms(['a'])], false],
    ['without MFA', terms(['a'], 1, 'not_required'), [terms(['a'])], true],
    ['with MFA', terms(['a']), [terms(['a'], 1, 'not_required')], false],
    ['by role', { ...terms(['a']), proof: 'role' }, [terms(['a'])], true],
    ['by ID token', terms(['a']), [{ ...terms(['a']), proof: 'role' }], false],
    ['one of several', terms(['b']), [terms(['a']), terms(['b'])], true],
    ['none', terms(['a']), [], false],
  ])('%s: %#', (_, wanted, given, covered) => {
    expect(isCoveredBy(wanted, given)).toBe(covered);
  });
});
