import { type AskedCapability, asksOf } from '../approval.ts';
import { BrokerError } from '../broker-error.ts';
import { conditionFindings } from '../conditions.ts';
import { decide } from '../decide.ts';
import type { Decision, Outcome, ParameterValues, Reason } from '../decision.ts';
import type { Lease, Task } from '../lease.ts';
import { decidedLifetime, planOrRefuse } from '../lease-order.ts';
import type { Lifetime } from '../lifetime.ts';
import { resolveParameters } from '../parameter-sources.ts';
import { neededParameters } from '../parameters.ts';
import type { ContextPolicy } from '../policy/schema.ts';
import { refuseDeeper } from '../use-cases/delegate-lease.ts';
import { asking, type Circumstances, type Judged, judgeTask, type Lookups } from '../use-cases/judge-task.ts';
import type { Given } from './given.ts';
import { type LimitUse, limitsFor, refusals } from './limit-use.ts';
import { askedOf, leaseOf, planning } from './made-up-lease.ts';

/** What came of a case: `error` is a request that the broker refuses before any rule is asked. */
export type CaseResult = {
  readonly outcome: Outcome | 'error';
  /** Every step of the decision; where the task was refused before one was made, why. */
  readonly reasons: readonly Reason[];
  /** What the policy's conditions say of a task that was refused before they were asked. */
  readonly unasked?: readonly Reason[];
  /** Absent where nothing was decided. */
  readonly risk?: number;
  readonly obligations: Decision['obligations'];
  /** The values that were judged; absent where they could not be told. */
  readonly values?: ParameterValues;
  /** What the limits come to, once nothing else denies. */
  readonly limits: readonly LimitUse[];
  /** What would be granted. */
  readonly grant?: {
    readonly task: Task;
    readonly asks: readonly AskedCapability[];
    readonly lifetime: Lifetime;
    /** Characters of the session policy. */
    readonly policySize: number;
  };
  readonly error?: { readonly code: string; readonly path?: string; readonly detail: string };
};

/** Decides a case by what decides tasks in a broker: judged, planned, and then counted. */
export async function decideCase(policy: ContextPolicy, given: Given): Promise<CaseResult> {
  const circumstances = {
    ...asking(policy.agent_type, given.facts, given.user, given.at),
    depth: given.depth,
  };
  let judged: Judged;
  try {
    judged = await judgeTask(
      { policies: [policy], lookups: lookupsOf(given) },
      askedOf(given),
      circumstances,
    );
  } catch (error) {
    const result = refusedResult(error, () => wholeDecision(policy, given, circumstances));
    if (result.outcome === 'error' || result.values) return result;
    const said = new Set(result.reasons.map(({ rule }) => rule));
    const conditions = conditionFindings(policy, circumstances.user, given.at).map(({ reason }) => reason);
    return { ...result, unasked: conditions.filter(({ rule }) => !said.has(rule)) };
  }
  try {
    refuseDeeper(judged, given.depth);
    return countedResult(judged, given, leaseOf(judged, given, circumstances));
  } catch (error) {
    return refusedResult(error, () => ({ decision: judged.decision, values: judged.task.parameters }));
  }
}

function countedResult(judged: Judged, given: Given, lease: Lease): CaseResult {
  const { policy, task, decision } = judged;
  const policySize = planOrRefuse(policy, task, lease, planning)?.policy.length ?? 0;
  const limits = limitsFor(judged, lease, given);
  const full = refusals(limits);
  const { outcome, risk, obligations } = decision;
  const result = { reasons: [...decision.reasons, ...full], risk, values: task.parameters, limits };
  if (full.length > 0) return { ...result, outcome: 'deny', obligations: {} };
  const grant = { task, asks: asksOf(policy, task), lifetime: decidedLifetime(judged), policySize };
  return { ...result, outcome, obligations, grant };
}

function lookupsOf({ records }: Given): Lookups {
  return {
    async find(_, names) {
      if (records === 'unavailable') throw new Error('the case says that they do not answer');
      return Object.fromEntries(names.map((name) => [name, records[name] ?? []]));
    },
  };
}

/** A decision with the values that it was made on. */
type Whole = { readonly decision: Decision; readonly values: ParameterValues };

function refusedResult(error: unknown, decided: () => Whole | undefined): CaseResult {
  if (!(error instanceof BrokerError)) throw error;
  const { code, evidence, message: detail } = error;
  const nothing = { obligations: {}, limits: [] };
  if (code !== 'access_denied') {
    const { path } = evidence;
    const told = { code, detail, ...(path !== undefined && { path }) };
    return { ...nothing, outcome: 'error', reasons: [], error: told };
  }
  const denying = (evidence.reasons ?? []) as readonly Reason[];
  const whole = decided();
  const judged = whole?.decision.reasons ?? [];
  // What refuses beside the decision, a lie for example, stands at its end.
  const reasons = [...judged, ...denying.filter(({ rule }) => !judged.some((each) => each.rule === rule))];
  const known = whole && { risk: whole.decision.risk, values: whole.values };
  return { ...nothing, outcome: 'deny', reasons, ...known };
}

/** All of a decision that denies, since a refusal names its denying rules alone; undefined where none was made. */
function wholeDecision(
  policy: ContextPolicy,
  { task, records }: Given,
  { verified, user, depth, now }: Circumstances,
): Whole | undefined {
  const names = neededParameters(policy, task.capabilities, task.parameters);
  const said = { ...verified(policy, names), ...(records === 'unavailable' ? {} : records) };
  const resolved = resolveParameters(policy, names, task.parameters, said);
  if (!('values' in resolved)) return undefined;
  const { values } = resolved;
  const asked = { capabilities: task.capabilities, parameters: values, now, user, depth };
  return { decision: decide(policy, asked), values };
}
