import { type CaseResult, decideCase } from '../cases/decide-case.ts';
import { termsText } from '../cases/explain-grant.ts';
import { changedBy, givenBy } from '../cases/given.ts';
import { durationText } from '../duration.ts';
import type { ContextPolicy } from '../policy/schema.ts';
import type { PolicyCases } from '../policy/schema-cases.ts';

/** A case that two policies decide differently, in words. */
export type CaseChange = { readonly name: string; readonly before: string; readonly after: string };

/** The cases that are decided otherwise than before, or cannot be decided by one of the two policies. */
export async function compareCases(
  before: ContextPolicy,
  after: ContextPolicy,
  { base, cases }: PolicyCases,
): Promise<CaseChange[]> {
  const changes = await Promise.all(
    cases.map(async ({ name, expect: _, ...changed }) => {
      const situation = changedBy(base, changed);
      const [old, now] = await Promise.all([textOf(before, situation), textOf(after, situation)]);
      return old === now ? [] : [{ name, before: old, after: now }];
    }),
  );
  return changes.flat();
}

async function textOf(policy: ContextPolicy, situation: PolicyCases['base']): Promise<string> {
  const found = givenBy(policy, situation);
  return 'problems' in found
    ? `no case of this policy: ${found.problems.join('; ')}`
    : resultText(await decideCase(policy, found.given));
}

/** All that a result comes to for whoever asks, in one line. */
function resultText({ outcome, obligations, grant, error }: CaseResult): string {
  if (error) return `error ${error.code}${error.path === undefined ? '' : ` at ${error.path}`}`;
  if (!grant) return outcome;
  const { lifetime, asks } = grant;
  const things = asks.flatMap(({ actions, resources }) => [...actions, ...resources]);
  return [
    outcome,
    ...(obligations.approvals ?? []).map((terms) => `by ${termsText(terms)}`),
    `${durationText(lifetime.first)}, ${durationText(lifetime.total)} at most`,
    things.join(' '),
  ].join('; ');
}
