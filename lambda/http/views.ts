import { type Approval, missingApprovals } from '../../core/approval.ts';
import { earlyEnd, enforcementOf } from '../../core/early-end.ts';
import type { Grant } from '../../core/grant.ts';
import type { Lease } from '../../core/lease.ts';
import type { PersonIdentity } from '../../core/person.ts';
import type { AwsCredentials, LeaseView } from '../../core/protocol/responses.ts';
import type { RoleShard } from '../../core/standing.ts';
import { type EpochSeconds, toIso } from '../../core/time.ts';
import type { MintedCredentials } from '../../core/use-cases/mint-checked.ts';
import type { JudgedLease } from '../../core/use-cases/read-lease.ts';

/** A judged lease as the wire shows it: named field by field, so that a new attribute is not shown by accident. */
export function leaseView({ lease, standing }: JudgedLease, now: EpochSeconds): LeaseView {
  const { id, state, agent, agent_type, task, user, decision, approval, grants, beat_due, end } = lease;
  return {
    id,
    state,
    agent,
    agent_type,
    task: taskView(task),
    ...(user && { user: personView(user) }),
    delegated_from: lease.ancestors.map((each) => each.lease),
    delegated: [...(lease.children ?? [])],
    decision: decisionView(decision),
    ...(approval && { approval: viewOfApproval(approval) }),
    grants: grants.filter(isShown).map((grant) => grantView(lease, grant, standing.shard, now)),
    issued_at: toIso(lease.issued_at),
    deadline: toIso(lease.deadline),
    renewable_until: toIso(lease.renewable_until),
    ...(beat_due !== undefined && state === 'active' && { beat_due: toIso(beat_due) }),
    ...(end && { end: endView(end) }),
  };
}

/** A lease as its own agent sees it: which operator ended it, and why in their words, is for operators alone. */
export function ownLeaseView(judged: JudgedLease, now: EpochSeconds): LeaseView {
  const { end, approval, ...rest } = leaseView(judged, now);
  const view = {
    ...rest,
    ...(approval && { approval: { ...approval, votes: approval.votes.map(unnamed) } }),
  };
  if (!end) return view;
  const known = end.by === view.agent || partOfBroker.test(end.by);
  return { ...view, end: { at: end.at, cause: end.cause, by: known ? end.by : 'operator' } };
}

/** Who said what, and why, is for those who are asked and for operators. */
function unnamed({ decision, at }: Votes[number]): Votes[number] {
  return { decision, at };
}

type Votes = NonNullable<LeaseView['approval']>['votes'];

/** How parts of the broker name themselves: `timer`. Operators are a role and a session, agents have ids. */
const partOfBroker = /^[a-z]+$/;

function endView({ at, cause, by, reason }: NonNullable<Lease['end']>): NonNullable<LeaseView['end']> {
  return { at: toIso(at), cause, by, ...(reason !== undefined && { reason }) };
}

function personView({ issuer, subject }: PersonIdentity) {
  return { issuer, subject };
}

function decisionView({ outcome, risk, reasons, obligations }: Lease['decision']): LeaseView['decision'] {
  return { outcome, risk, reasons: [...reasons], without: [...(obligations.without ?? [])] };
}

function viewOfApproval(approval: Approval): NonNullable<LeaseView['approval']> {
  const { request, request_hash, terms, votes, asks, approve_by, collect_by } = approval;
  return {
    request,
    request_hash,
    terms: terms.map(({ from, count, mfa, proof }) => ({
      from: [...from],
      count,
      mfa,
      proof: proof ?? ('id_token' as const),
    })),
    missing: missingApprovals(approval),
    votes: votes.map(({ decision, at, through, reason, ...by }) => ({
      by: personView(by),
      decision,
      at: toIso(at),
      through,
      ...(reason !== undefined && { reason }),
    })),
    asks: asks.map(({ capability, actions, resources, outlives }) => ({
      capability,
      actions: [...actions],
      resources: [...resources],
      ...(outlives !== undefined && { outlives }),
    })),
    approve_by: toIso(approve_by),
    ...(collect_by !== undefined && { collect_by: toIso(collect_by) }),
  };
}

function taskView({
  name,
  purpose,
  capabilities,
  parameters,
  sources,
  estimated_seconds,
}: Lease['task']): LeaseView['task'] {
  return {
    name,
    purpose,
    capabilities: [...capabilities],
    parameters: { ...parameters },
    sources: { ...sources },
    estimated_seconds,
  };
}

/** The session that every lease has is shown where anything may be done with it. */
function isShown({ capabilities }: Grant): boolean {
  return capabilities.length > 0;
}

function grantView(
  lease: Lease,
  grant: Grant,
  shard: RoleShard,
  now: EpochSeconds,
): LeaseView['grants'][number] {
  const { kind, capabilities, guarantee } = grant;
  const { ends, typical_seconds, worst_seconds, basis, enforced_by, outlives } = guarantee;
  const enforcement = enforcementOf(lease, grant, shard);
  return {
    kind,
    ...(grant.kind === 'aws' ? { role_arn: grant.role_arn } : { name: grant.name }),
    ...(grant.kind === 'postgres' && { user: grant.user }),
    capabilities: [...capabilities],
    guarantee: {
      ends,
      typical_seconds,
      worst_seconds,
      basis,
      early: earlyEnd(lease, grant, shard, now),
      enforced_by: [...enforced_by],
      outlives: outlives.map(({ capability, what }) => ({ capability, what })),
    },
    ...(enforcement && { enforcement }),
    ...(grant.kind !== 'aws' && grant.ended_at !== undefined && { ended_at: toIso(grant.ended_at) }),
  };
}

/** The credentials as the wire shows them, once. */
export function credentialsView(credentials: MintedCredentials, deadline: EpochSeconds): AwsCredentials {
  const end = Math.min(credentials.expiration, deadline) as EpochSeconds;
  return {
    access_key_id: credentials.accessKeyId,
    secret_access_key: credentials.secretAccessKey,
    session_token: credentials.sessionToken,
    expiration: toIso(end),
    sts_expiration: toIso(credentials.expiration),
  };
}
