import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Denial, renderDenial } from '../../core/denial.ts';
import { after } from '../../core/time.ts';
import { morning } from '../core/invoices.ts';
import { denyDocument } from './deny-evaluator.ts';
import { contextOf, type Session } from './memory-aws.ts';
import { simulated } from './simulated.ts';

const lease = fc.constantFrom('L-AAAAAAAAAAAAAAAA', 'L-BBBBBBBBBBBBBBBB', 'L-CCCCCCCCCCCCCCCC');
const tag = fc.constantFrom(...['a', 'b', 'c'].map((letter) => letter.repeat(26)));
const gen = fc.integer({ min: 0, max: 1 });
const second = fc.integer({ min: 0, max: 4 }).map((seconds) => after(morning, seconds));

const denials: fc.Arbitrary<Denial> = fc.record(
  {
    leases: fc.uniqueArray(lease, { maxLength: 1 }),
    chains: fc.uniqueArray(lease, { maxLength: 1 }),
    agents: fc.uniqueArray(tag, { maxLength: 1 }),
    issued_before: second,
    gen,
  },
  { requiredKeys: ['leases', 'chains', 'agents'] },
);

const sessions: fc.Arbitrary<Session> = fc
  .record({
    sourceIdentity: lease,
    agents: fc.uniqueArray(tag, { minLength: 1, maxLength: 2 }),
    chain: fc.uniqueArray(lease, { maxLength: 2 }),
    gen: fc.option(gen),
    issuedAt: second,
  })
  .map(({ sourceIdentity, agents, chain, gen: of, issuedAt }) => ({
    accessKeyId: 'ASIA1',
    role: 'role',
    sourceIdentity,
    tags: {
      'mayfly:agents': agents.join(':'),
      ...(chain.length > 0 && { 'mayfly:chain': chain.join(':') }),
      ...(of !== null && { 'mayfly:gen': String(of) }),
    },
    issuedAt,
    expiration: after(issuedAt, 900),
    deadline: after(issuedAt, 900),
  }));

test('what these tests take for denied is what the simulator of IAM denies', async () => {
  const verdicts = { denied: 0, allowed: 0 };
  await fc.assert(
    fc.asyncProperty(denials, sessions, async (denial, session) => {
      const text = renderDenial(denial);
      const denied = denyDocument(text)(contextOf(session));
      expect(await simulated(text, session)).toBe(!denied);
      verdicts[denied ? 'denied' : 'allowed']++;
    }),
    { numRuns: 400 },
  );
  expect(verdicts.denied).toBeGreaterThan(50);
  expect(verdicts.allowed).toBeGreaterThan(50);
});

test('a document that says more than ours is a fault, not a guess', () => {
  const said = (statement: object) => JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
  const deny = { Effect: 'Deny', Action: '*', Resource: '*' };
  const odd = [
    { ...deny, Action: 's3:*' },
    { ...deny, Effect: 'Allow' },
    { ...deny, Condition: { StringLike: { 'aws:SourceIdentity': 'L-*' } } },
  ];
  for (const statement of odd) expect(() => denyDocument(said(statement))).toThrow(/not a deny|unknown/);
});
