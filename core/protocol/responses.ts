import * as z from 'zod/mini';

const time = z.iso.datetime();

/** Answer of POST /v1/challenges. */
export const challengeResponse = z.strictObject({ nonce: z.string(), expires_at: time });

/** Answer of POST /v1/attestations: the attestation result, a JWT that is worthless without the agent's key. */
export const attestationResponse = z.strictObject({
  attestation: z.string(),
  agent: z.string(),
  expires_at: time,
});

const reason = z.strictObject({
  rule: z.string(),
  value: z.string(),
  threshold: z.string(),
  effect: z.enum(['allow', 'deny']),
  would_change: z.string(),
});

const basis = z.enum(['measured', 'documented', 'assumed']);
/** The states of a lease, as readers see them. */
const leaseState = z.enum(['issuing', 'active', 'failed', 'released', 'expired', 'revoked']);

/** A lease as anybody may see it who may see it at all: no secrets. */
export const leaseView = z.strictObject({
  id: z.string(),
  state: leaseState,
  agent: z.string(),
  agent_type: z.string(),
  task: z.strictObject({
    name: z.string(),
    purpose: z.string(),
    capabilities: z.array(z.string()),
    parameters: z.record(z.string(), z.union([z.string(), z.number()])),
    estimated_seconds: z.int(),
  }),
  decision: z.strictObject({ outcome: z.enum(['allow', 'deny']), reasons: z.array(reason) }),
  grants: z.array(
    z.strictObject({
      kind: z.literal('aws'),
      role_arn: z.string(),
      capabilities: z.array(z.string()),
      guarantee: z.strictObject({
        ends: z.literal('deadline'),
        typical_seconds: z.number(),
        worst_seconds: z.number(),
        basis,
        early: z.strictObject({
          ends: z.enum(['deny_list', 'own_expiry']),
          typical_seconds: z.number(),
          worst_seconds: z.number(),
          basis,
        }),
        enforced_by: z.array(z.enum(['sts_expiration', 'session_policy'])),
        outlives: z.array(z.strictObject({ capability: z.string(), what: z.string() })),
      }),
      enforcement: z.optional(z.enum(['left_to_expiry', 'irrevocable'])),
    }),
  ),
  issued_at: time,
  deadline: time,
  renewable_until: time,
  beat_due: z.optional(time),
  end: z.optional(
    z.strictObject({
      at: time,
      cause: z.enum(['released', 'deadline', 'missed_heartbeat', 'revoked', 'scope_revoked']),
      by: z.string(),
      reason: z.optional(z.string()),
    }),
  ),
});

/** AWS credentials, shown once. `expiration` is when they stop working; `sts_expiration` is what STS said. */
export const awsCredentials = z.strictObject({
  access_key_id: z.string(),
  secret_access_key: z.string(),
  session_token: z.string(),
  expiration: time,
  sts_expiration: time,
});

/** Answer of POST /v1/leases and of POST /v1/leases/{id}/credentials. */
export const issuedLeaseResponse = z.strictObject({
  lease: leaseView,
  credentials: z.strictObject({ aws: awsCredentials }),
});

/** Answer of GET and DELETE /v1/leases/{id}. */
export const leaseResponse = z.strictObject({ lease: leaseView });

/** Answer of POST /v1/leases/{id}/heartbeat. Beat again within `heartbeat_seconds`, where there are any. */
export const heartbeatResponse = z.strictObject({
  lease: leaseView,
  remaining_seconds: z.int(),
  heartbeat_seconds: z.optional(z.int()),
});

/** Answer of GET /v1/leases, newest first; `next` continues, with the same filters. */
export const leaseListResponse = z.strictObject({ leases: z.array(leaseView), next: z.optional(z.string()) });

/** Answer of POST /v1/revocations: accepted and recorded; `leases` where single leases were ended. */
export const revocationResponse = z.strictObject({
  revocation: z.strictObject({
    id: z.string(),
    scope: z.string(),
    at: time,
    by: z.string(),
    reason: z.string(),
    leases_ended: z.int(),
    grant_roles: z.array(z.string()),
  }),
});

/** Answer of POST /v1/quarantines. */
export const quarantineResponse = z.strictObject({
  quarantine: z.strictObject({
    scope: z.string(),
    state: z.enum(['quarantined', 'lifted']),
    at: time,
    by: z.string(),
  }),
});

/** Every refusal, RFC 9457; `code` is stable, `path` names the field at fault. */
export const problem = z.strictObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.string(),
  detail: z.string(),
  path: z.optional(z.string()),
  retry: z.optional(z.enum(['same_key', 'new_key'])),
  reasons: z.optional(z.array(reason)),
});

export type ChallengeResponse = z.output<typeof challengeResponse>;
export type AttestationResponse = z.output<typeof attestationResponse>;
export type LeaseView = z.output<typeof leaseView>;
export type AwsCredentials = z.output<typeof awsCredentials>;
export type IssuedLeaseResponse = z.output<typeof issuedLeaseResponse>;
export type LeaseResponse = z.output<typeof leaseResponse>;
export type HeartbeatResponse = z.output<typeof heartbeatResponse>;
export type LeaseListResponse = z.output<typeof leaseListResponse>;
export type RevocationResponse = z.output<typeof revocationResponse>;
export type QuarantineResponse = z.output<typeof quarantineResponse>;
export type Problem = z.output<typeof problem>;
