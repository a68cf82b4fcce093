import { type Lease, seenState } from '../../core/lease.ts';
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
    task: { ...task, capabilities: [...task.capabilities], parameters: { ...task.parameters } },
    decision: { outcome: decision.outcome, reasons: [...decision.reasons] },
    grants: grants.map((grant) => ({
      ...grant,
      capabilities: [...grant.capabilities],
      guarantee: {
        ...grant.guarantee,
        enforced_by: [...grant.guarantee.enforced_by],
        outlives: grant.guarantee.outlives.map((each) => ({ ...each })),
      },
    })),
    issued_at: toIso(lease.issued_at),
    deadline: toIso(lease.deadline),
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
