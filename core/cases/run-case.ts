import type { ContextPolicy } from '../policy/schema.ts';
import type { PolicyCase, PolicyCases } from '../policy/schema-cases.ts';
import { type CaseResult, decideCase } from './decide-case.ts';
import { changedBy, type Given, givenBy } from './given.ts';
import { type Mismatch, mismatchesOf } from './mismatch.ts';

/** What a case came to. `problems` says why it could not be decided at all. */
export type CaseRun = {
  readonly name: string;
  readonly given?: Given;
  readonly result?: CaseResult;
  readonly mismatches: readonly Mismatch[];
  readonly problems: readonly string[];
};

/**
 * Runs one case of a policy twice: by the policy as it was compiled, and by what functions read of it, its JSON. Both
 * must come to the same.
 */
export async function runCase(
  policy: ContextPolicy,
  { base }: PolicyCases,
  one: PolicyCase,
): Promise<CaseRun> {
  const { name, expect, ...changes } = one;
  const situation = givenBy(policy, changedBy(base, changes));
  if ('problems' in situation) return { name, mismatches: [], problems: situation.problems };
  const { given } = situation;
  const deployed = JSON.parse(JSON.stringify(policy)) as ContextPolicy;
  const [result, again] = await Promise.all([decideCase(policy, given), decideCase(deployed, given)]);
  const [source, json] = [JSON.stringify(result), JSON.stringify(again)];
  const differs = source === json ? [] : [{ what: 'the policy as JSON', expected: source, actual: json }];
  return { name, given, result, mismatches: [...mismatchesOf(expect, result), ...differs], problems: [] };
}
