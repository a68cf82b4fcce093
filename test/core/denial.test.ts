import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Denial,
  denialBudget,
  denialSize,
  deniedLeases,
  inlineLimit,
  panicPolicy,
  renderDenial,
} from '../../core/denial.ts';
import { leaseId } from '../../core/identity.ts';
import { sessionTagKeys } from '../../core/session-tags.ts';
import { morning } from './invoices.ts';

const [one, two] = [leaseId('role', 'key', 'one'), leaseId('role', 'key', 'two')];
const [anna, bert] = ['a'.repeat(26), 'b'.repeat(26)];
const nothing: Denial = { leases: [], chains: [], agents: [] };
const everything: Denial = {
  leases: [one, two],
  chains: [two, one],
  agents: [anna, bert],
  issued_before: morning,
  gen: 3,
};

const ids = fc.uniqueArray(
  fc.integer({ min: 0, max: 999 }).map((i) => leaseId('r', 'k', String(i))),
  { maxLength: 20 },
);

describe('a deny document', () => {
  it('is no document when there is nothing to deny', () => {
    expect(renderDenial(nothing)).toBeUndefined();
    expect(denialSize(nothing)).toBe(0);
  });

  it('denies everything to each kind of session in a statement of its own', () => {
    const { Version, Statement } = JSON.parse(renderDenial(everything) ?? '');
    expect(Version).toBe('2012-10-17');
    const conditions = [
      { StringEquals: { 'aws:SourceIdentity': [one, two].sort() } },
      // All that was delegated from them, however deep; and agents, whatever they delegated.
      { StringLike: { 'aws:PrincipalTag/mayfly:chain': [one, two].sort().map((id) => `*${id}*`) } },
      { StringLike: { 'aws:PrincipalTag/mayfly:agents': [`*${anna}*`, `*${bert}*`] } },
      { DateLessThan: { 'aws:TokenIssueTime': '2026-11-24T02:00:00Z' } },
      // The generation of now, and those that may begin before IAM hears of them.
      { StringNotEquals: { 'aws:PrincipalTag/mayfly:gen': ['3', '4', '5', '6', '7', '8', '9', '10'] } },
    ];
    expect(Statement).toEqual(
      conditions.map((Condition) => ({ Effect: 'Deny', Action: '*', Resource: '*', Condition })),
    );
  });

  it('names tags that sessions carry', () => {
    const text = renderDenial(everything) ?? '';
    const named = [...text.matchAll(/aws:PrincipalTag\/([a-z:]+)/g)].map(([, key]) => key);
    expect(named).toEqual(['mayfly:chain', 'mayfly:agents', 'mayfly:gen']);
    for (const key of named) expect(sessionTagKeys).toContain(key);
  });

  it.each<[string, Denial]>([
    ['leases', { ...nothing, leases: [one] }],
    ['what was delegated', { ...nothing, chains: [one] }],
    ['agents', { ...nothing, agents: [anna] }],
    ['older sessions', { ...nothing, issued_before: morning }],
    ['older generations', { ...nothing, gen: 1 }],
    ['generation 0', { ...nothing, gen: 0 }],
  ])('of %s alone is one statement', (_, denial) => {
    expect(JSON.parse(renderDenial(denial) ?? '').Statement).toHaveLength(1);
  });

  it('is the same text for the same denial, in whatever order and however often it is told', () => {
    fc.assert(
      fc.property(ids, ids, ids, (leases, chains, agents) => {
        const told = { ...everything, leases, chains, agents };
        const again = {
          ...told,
          leases: [...leases.toReversed(), ...leases],
          chains: [...chains, ...chains.toReversed()],
          agents: agents.toReversed(),
        };
        expect(renderDenial(again)).toBe(renderDenial(told));
        expect(denialSize(told)).toBe(renderDenial(told)?.length);
      }),
    );
  });

  it('holds no white space, which IAM would not count and the budget would', () => {
    expect(renderDenial(everything)).not.toMatch(/\s/);
    expect(panicPolicy.text).not.toMatch(/\s/);
  });

  it('leaves room for panic: full it is still within what IAM takes for a role', () => {
    expect(denialBudget + panicPolicy.text.length).toBeLessThanOrEqual(inlineLimit);
    expect(inlineLimit).toBe(10_240);
    expect(JSON.parse(panicPolicy.text).Statement).toEqual([{ Effect: 'Deny', Action: '*', Resource: '*' }]);
  });
});

describe('the leases of a deny document', () => {
  it('are read back from what was written', () => {
    fc.assert(
      fc.property(ids, (leases) => {
        const text = renderDenial({ ...everything, leases });
        expect(deniedLeases(text)).toEqual([...leases].sort());
      }),
    );
    expect(deniedLeases(renderDenial({ ...nothing, leases: [one] }))).toEqual([one]);
  });

  it('are neither agents nor what they were delegated from', () => {
    expect(deniedLeases(renderDenial({ ...nothing, chains: [one], agents: [anna, bert] }))).toEqual([]);
  });

  const conditionOf = (Condition: unknown) =>
    JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Deny', Condition }] });

  it.each<[string, string | undefined]>([
    ['no document', undefined],
    ['an empty text', ''],
    ['no JSON', 'Deny everything'],
    ['null', 'null'],
    ['a number', '7'],
    ['a list', '[1,2]'],
    ['a policy without statements', '{"Version":"2012-10-17"}'],
    ['statements that are none', '{"Statement":[null,7,"Deny",[]]}'],
    ['a statement that is none', '{"Statement":"Deny"}'],
    ['no condition', conditionOf(null)],
    ['a condition that is none', conditionOf('StringEquals')],
    ['an operator that is none', conditionOf({ StringEquals: 7 })],
    ['values that are no text', conditionOf({ StringEquals: { 'aws:SourceIdentity': [7, null, {}] } })],
    ['the record of a role', conditionOf({ StringEquals: { 'aws:SourceIdentity': ['shard#role', ''] } })],
    ['other conditions', conditionOf({ StringLike: { 'aws:SourceIdentity': one } })],
  ])('are none in what somebody else wrote: %s', (_, text) => {
    expect(deniedLeases(text)).toEqual([]);
  });

  it('are found in a statement that stands alone, as IAM admits it', () => {
    const Condition = { StringEquals: { 'aws:SourceIdentity': one } };
    expect(deniedLeases(JSON.stringify({ Statement: { Effect: 'Deny', Condition } }))).toEqual([one]);
  });

  it('never make a fault of a document, whatever it holds', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.json(),
          fc.json().map((Statement) => `{"Statement":${Statement}}`),
        ),
        (text) => {
          expect(deniedLeases(text)).toEqual([]);
        },
      ),
    );
  });
});
