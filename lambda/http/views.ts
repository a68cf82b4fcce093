import { type Grant, type Lease, seenState } from '../../core/lease.ts';
import type { AwsCredentials, LeaseView } from '../../core/protocol/responses.ts';
import { type EpochSeconds, toIso } from '../../core/time.ts';
import type { MintedCredentials } from '../../core/use-cases/mint-checked.ts';

/** The lease as the wire shows it: named field by field, so that a new attribute is not shown by accident. */
export function leaseView(lease: Lease, now: EpochSeconds): LeaseView {
  const { id, agent, agent_type, task, decision, grants } = lease;
  return {
    id,
    state: seenState(lease, now),
    agent,
    agent_type,
    task: taskView(task),
    decision: { outcome: decision.outcome, reasons: [...decision.reasons] },
    grants: grants.map(grantView),
    issued_at: toIso(lease.issued_at),
    deadline: toIso(lease.deadline),
  };
}

function taskView({ name, purpose, capabilities, parameters, estimated_seconds }: Lease['task']) {
  return {
    name,
    purpose,
    capabilities: [...capabilities],
    parameters: { ...parameters },
    estimated_seconds,
  };
}

function grantView({ kind, role_arn, capabilities, guarantee }: Grant): LeaseView['grants'][number] {
  const { ends, typical_seconds, worst_seconds, basis, enforced_by, outlives } = guarantee;
  return {
    kind,
    role_arn,
    capabilities: [...capabilities],
    guarantee: {
      ends,
      typical_seconds,
      worst_seconds,
      basis,
      enforced_by: [...enforced_by],
      outlives: outlives.map(({ capability, what }) => ({ capability, what })),
    },
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
