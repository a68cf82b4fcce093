import { isCoveredBy } from '../approval.ts';
import { BrokerError } from '../broker-error.ts';
import { conditionFindings, type Delegator, delegatorOf } from '../conditions.ts';
import { decide } from '../decide.ts';
import type { Decision, ParameterValues, Reason } from '../decision.ts';
import type { Facts } from '../evidence.ts';
import type { Lease, Task } from '../lease.ts';
import { resolveParameters, sourceOf, type Verified, verifiedBy } from '../parameter-sources.ts';
import { neededParameters, statedProblem } from '../parameters.ts';
import type { Person } from '../person.ts';
import type { ContextPolicy } from '../policy/schema.ts';
import type { EpochSeconds } from '../time.ts';

/** The systems of record, read by a function of their own. Throws when they cannot be asked. */
export type Lookups = {
  /** What they say of these parameters of an agent type; `known` holds the values that they are looked up with. */
  find(agentType: string, names: readonly string[], known: ParameterValues): Promise<Verified>;
};

/** What tasks are judged by. */
export type JudgingWorld = {
  readonly policies: readonly ContextPolicy[];
  readonly lookups: Lookups;
};

/** A task as it is asked for, or as a lease holds it. */
export type AskedTask = Omit<Task, 'sources'> & Partial<Pick<Task, 'sources'>>;

/** Who asks, on whose behalf, and when. */
export type Circumstances = {
  readonly agentType: string;
  readonly user: Delegator | undefined;
  /** What the user's token and the attestation say of these parameters. */
  readonly verified: (policy: ContextPolicy, names: readonly string[]) => Verified;
  readonly depth: number;
  readonly now: EpochSeconds;
};

/** The circumstances of an agent that asks for itself, with what its user's token says. */
export function asking(
  agentType: string,
  facts: Facts,
  person: Person | undefined,
  now: EpochSeconds,
): Circumstances {
  return {
    agentType,
    user: person && delegatorOf(person, now),
    verified: (policy, names) => verifiedBy(policy, names, person, facts),
    depth: 0,
    now,
  };
}

/**
 * The circumstances of a lease that is there: what its user's token and the attestation said then is on its record, and
 * counts for those parameters that still come from there.
 */
export function askingAgain(
  { agent_type, user, task, ancestors }: Pick<Lease, 'agent_type' | 'user' | 'task' | 'ancestors'>,
  now: EpochSeconds,
): Circumstances {
  const verified = (policy: ContextPolicy, names: readonly string[]) =>
    Object.fromEntries(
      names.flatMap((name) => {
        const value = task.parameters[name];
        const source = policy.parameters[name] && sourceOf(policy.parameters[name]);
        const recorded = value !== undefined && source !== 'lookup' && task.sources[name] === source;
        return recorded ? [[name, [value]]] : [];
      }),
    );
  return { agentType: agent_type, user, verified, depth: ancestors.length, now };
}

/** A task on record as its agent asked for it: what was looked up then is looked up again, whatever it was. */
export function asAsked(task: Task): AskedTask {
  const { parameters, sources } = task;
  const asked = Object.entries(parameters).filter(([name]) => sources[name] !== 'lookup');
  return { ...task, parameters: Object.fromEntries(asked) };
}

/** A task that was not denied: as it may be granted, and what was decided. */
export type Judged = { readonly policy: ContextPolicy; readonly task: Task; readonly decision: Decision };

/** The policy of a type; throws `access_denied` where none is deployed. */
export function policyOf(policies: readonly ContextPolicy[], agentType: string): ContextPolicy {
  const policy = policies.find(({ agent_type }) => agent_type === agentType);
  if (policy) return policy;
  throw new BrokerError('access_denied', 'no policy is deployed for this agent type any more');
}

/**
 * Judges a task by the policies of now: resolves its parameters from their sources, and decides. Throws
 * `invalid_request` for what the policy does not know, `access_denied` with reasons for what it denies,
 * `temporarily_unavailable` where a system of record does not answer.
 */
export async function judgeTask(
  { policies, lookups }: JudgingWorld,
  asked: AskedTask,
  { agentType, user, verified, depth, now }: Circumstances,
): Promise<Judged> {
  const policy = policyOf(policies, agentType);
  refuseUnknown(policy, asked, user);
  // First: whoever asks for nobody must hear that, not that nobody's token says nothing; and no record is read for them.
  const unmet = conditionFindings(policy, user, now).map(({ reason }) => reason);
  if (unmet.some(({ effect }) => effect === 'deny')) throw denied(unmet);
  const names = neededParameters(policy, asked.capabilities, asked.parameters);
  const said = verified(policy, names);
  const known = resolved(
    policy,
    names.filter((name) => !isLookedUp(policy, name)),
    asked.parameters,
    said,
  );
  const lookedUp = names.filter((name) => isLookedUp(policy, name));
  const found = lookedUp.length > 0 ? await askRecords(lookups, agentType, lookedUp, known.values) : {};
  const { values: parameters, sources } = resolved(policy, names, asked.parameters, { ...said, ...found });
  const decision = decide(policy, { capabilities: asked.capabilities, parameters, now, user, depth });
  if (decision.outcome === 'deny') throw denied(decision.reasons);
  const { without = [] } = decision.obligations;
  const capabilities = asked.capabilities.filter((name) => !without.includes(name));
  return { policy, task: { ...asked, capabilities, parameters, sources }, decision };
}

/** The refusal that denying reasons lead to. */
export function denied(reasons: readonly Reason[]): BrokerError {
  const denying = reasons.filter(({ effect }) => effect === 'deny');
  return new BrokerError('access_denied', `denied by ${denying.map(({ rule }) => rule).join(', ')}`, {
    reasons: denying,
  });
}

/**
 * What only people may allow is minted again, or delegated, only where people have allowed it: those whom the policy asks
 * by now, or as many of fewer groups. Of what was delegated, the first of the chain is what they approved.
 */
export function refuseUnapproved(
  { approval }: Pick<Lease, 'approval'>,
  { decision }: Pick<Judged, 'decision'>,
): void {
  if (decision.outcome !== 'require_approval') return;
  const { approvals = [] } = decision.obligations;
  if (approval && approvals.every((terms) => isCoveredBy(terms, approval.terms))) return;
  throw denied(
    decision.reasons.map((reason) => (reason.effect === 'allow' ? reason : { ...reason, effect: 'deny' })),
  );
}

function refuseUnknown(policy: ContextPolicy, asked: AskedTask, user: Delegator | undefined): void {
  const unknown = asked.capabilities.findIndex((name) => !Object.hasOwn(policy.capabilities, name));
  if (unknown >= 0) {
    throw new BrokerError('invalid_request', 'the policy has no such capability', {
      path: `task.capabilities[${unknown}]`,
    });
  }
  const problem = statedProblem(policy, asked.parameters);
  if (problem) throw new BrokerError('invalid_request', problem.message, { path: problem.path });
  // A token that nobody asked for is one more secret in one more place.
  if (user && policy.conditions.user_delegation.is === 'not_used') {
    throw new BrokerError('invalid_request', 'this agent type acts for no user: leave the token out', {
      path: 'subject_token',
    });
  }
}

function resolved(
  policy: ContextPolicy,
  names: readonly string[],
  stated: ParameterValues,
  verified: Verified,
) {
  const result = resolveParameters(policy, names, stated, verified);
  if ('problem' in result)
    throw new BrokerError('invalid_request', result.problem.message, { path: result.problem.path });
  if ('denied' in result) throw denied([result.denied]);
  return result;
}

function isLookedUp(policy: ContextPolicy, name: string): boolean {
  const source = policy.parameters[name]?.source;
  return typeof source === 'object' && 'lookup' in source;
}

async function askRecords(
  lookups: Lookups,
  agentType: string,
  names: readonly string[],
  known: ParameterValues,
): Promise<Verified> {
  return lookups.find(agentType, names, known).catch((cause) => {
    const detail = 'a system of record did not answer; nothing was granted: ask again';
    throw new BrokerError('temporarily_unavailable', detail, { retryAfter: 1, retry: 'same_key' }, cause);
  });
}
