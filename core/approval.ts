import { inWords } from './capability.ts';
import type { Delegator } from './conditions.ts';
import { sha256Base64Url } from './hash.ts';
import type { Lease, Task } from './lease.ts';
import { type PersonIdentity, samePerson } from './person.ts';
import { capabilityOf } from './plan.ts';
import type { ContextPolicy } from './policy/schema.ts';
import type { ApprovalTerms } from './policy/schema-conditions.ts';
import type { EpochSeconds } from './time.ts';

/** What a capability comes to for this task, in AWS's words. */
export type AskedCapability = {
  readonly capability: string;
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  /** What it leaves behind that does not end with the lease. */
  readonly outlives?: string;
};

/** What one person said. */
export type Vote = PersonIdentity & {
  readonly decision: 'approve' | 'deny';
  readonly at: EpochSeconds;
  /** Which of the terms it counts for, by their place. */
  readonly terms: readonly number[];
  /** The caller that brought it, by role and session. */
  readonly through: string;
  readonly reason?: string;
};

/** Whether these are one vote: of one person at one second, who said the same both times. */
export function sameVote(one: Vote, other: Vote): boolean {
  return samePerson(one, other) && one.at === other.at && one.decision === other.decision;
}

/** What people are asked about a lease, and what they said. */
export type Approval = {
  /** All that they are asked, as text: whoever shows it can see that it has this hash. */
  readonly request: string;
  /** The hash of all that they are asked: their proof is bound to it. */
  readonly request_hash: string;
  /** Every one of these has to be satisfied. */
  readonly terms: readonly ApprovalTerms[];
  readonly asks: readonly AskedCapability[];
  /** From this second on it is too late to say anything. */
  readonly approve_by: EpochSeconds;
  readonly votes: readonly Vote[];
  /** When people were told of it. */
  readonly notified_at?: EpochSeconds;
  /** Once approved: from this second on it is too late to collect. */
  readonly collect_by?: EpochSeconds;
};

/** Seconds that an agent has to collect what was approved. */
export const collectSeconds = 900;

/** Seconds that may have passed since an approver proved who they are. */
export const freshSignIn = 300;

/** What the broker asks people, word for word what their proof is bound to. */
export type ApprovalRequest = {
  readonly lease: string;
  readonly agent: string;
  readonly agent_type: string;
  readonly principal: string;
  readonly user: Delegator | undefined;
  readonly task: Task;
  readonly asks: readonly AskedCapability[];
  /** Seconds that the lease lives, and with renewals at most. */
  readonly lifetime: { readonly first: number; readonly total: number };
};

/** What a task comes to under a policy, for people to read. */
export function asksOf(policy: ContextPolicy, task: Task): AskedCapability[] {
  return task.capabilities.map((capability) => {
    const outlives = policy.capabilities[capability]?.outlives;
    const { actions, resources } = inWords(capabilityOf(policy, capability), task.parameters);
    return { capability, actions, resources, ...(outlives !== undefined && { outlives }) };
  });
}

/** The request of a lease that waits for people, as it stands under these asks. */
export function approvalRequest(
  {
    id,
    agent,
    agent_type,
    principal,
    user,
    task,
  }: Pick<Lease, 'id' | 'agent' | 'agent_type' | 'principal' | 'user' | 'task'>,
  asks: readonly AskedCapability[],
  lifetime: ApprovalRequest['lifetime'],
): ApprovalRequest {
  return { lease: id, agent, agent_type, principal, user, task, asks, lifetime };
}

/** A request as text, the same however it was stored. */
export function requestText(request: ApprovalRequest): string {
  return canonical(request);
}

/** The hash that a proof is bound to. */
export function requestHash(request: ApprovalRequest): string {
  return hashOfText(requestText(request));
}

/** The same of a request that comes as text. */
export function hashOfText(text: string): string {
  return sha256Base64Url(`mayfly-approval ${text}`);
}

/** JSON with sorted names and nothing undefined. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const fields = Object.entries(value)
    .filter(([, each]) => each !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([name, each]) => `${JSON.stringify(name)}:${canonical(each)}`).join(',')}}`;
}

/** Whether these votes satisfy all of the terms; people count once, whatever they say how often. */
export function isSatisfied(terms: readonly ApprovalTerms[], votes: readonly Vote[]): boolean {
  return terms.every(({ count }, place) => votes.filter((vote) => approves(vote, place)).length >= count);
}

/** Whether whoever satisfied all of `given` has satisfied these terms, too. */
export function isCoveredBy(terms: ApprovalTerms, given: readonly ApprovalTerms[]): boolean {
  return given.some(
    ({ from, count, mfa, proof }) =>
      from.every((group) => terms.from.includes(group)) &&
      count >= terms.count &&
      (proof === undefined || terms.proof === 'role') &&
      (mfa === 'required' || terms.mfa === 'not_required'),
  );
}

function approves({ decision, terms }: Vote, place: number): boolean {
  return decision === 'approve' && terms.includes(place);
}

/** How many approvals are still missing, for people to read. */
export function missingApprovals({ terms, votes }: Pick<Approval, 'terms' | 'votes'>): number {
  return terms.reduce(
    (sum, { count }, place) =>
      sum + Math.max(0, count - votes.filter((vote) => approves(vote, place)).length),
    0,
  );
}
