import * as z from 'zod/mini';
import { leaseStates } from '../lease-states.ts';

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
  effect: z.enum(['allow', 'require_approval', 'deny']),
  would_change: z.string(),
  risk: z.optional(z.int()),
});

/** A person, as an identity provider names them. */
const person = z.strictObject({ issuer: z.string(), subject: z.string() });

/** What people are asked about a lease, and what they said. */
const approvalView = z.strictObject({
  /** JSON of all that is asked: `request_hash` is base64url(sha256("mayfly-approval " + request)). */
  request: z.string(),
  request_hash: z.string(),
  terms: z.array(
    z.strictObject({
      from: z.array(z.string()),
      count: z.int(),
      mfa: z.enum(['required', 'not_required']),
      proof: z.enum(['id_token', 'role']),
    }),
  ),
  missing: z.int(),
  votes: z.array(
    z.strictObject({
      by: z.optional(person),
      decision: z.enum(['approve', 'deny']),
      at: time,
      through: z.optional(z.string()),
      reason: z.optional(z.string()),
    }),
  ),
  asks: z.array(
    z.strictObject({
      capability: z.string(),
      actions: z.array(z.string()),
      resources: z.array(z.string()),
      outlives: z.optional(z.string()),
    }),
  ),
  approve_by: time,
  collect_by: z.optional(time),
});

const basis = z.enum(['measured', 'documented', 'assumed']);
/** The states of a lease, as readers see them. */
const leaseState = z.enum(leaseStates);

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
    /** Where each value came from: only what is not `claimed` was verified. */
    sources: z.record(z.string(), z.enum(['claimed', 'delegation', 'attestation', 'lookup'])),
    estimated_seconds: z.int(),
  }),
  user: z.optional(person),
  /** Ids of the leases that it was delegated from, the first of the chain first. */
  delegated_from: z.array(z.string()),
  /** Ids of the leases that were delegated from it. */
  delegated: z.array(z.string()),
  decision: z.strictObject({
    outcome: z.enum(['allow', 'require_approval', 'deny']),
    risk: z.int(),
    reasons: z.array(reason),
    /** Capabilities that were asked for and are not granted. */
    without: z.array(z.string()),
  }),
  approval: z.optional(approvalView),
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
      cause: z.enum(['released', 'cancelled', 'deadline', 'missed_heartbeat', 'revoked', 'scope_revoked']),
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

/**
 * Answer 202 of POST /v1/leases: it waits for people. Ask for the lease until it is `approved`, then collect.
 */
export const pendingLeaseResponse = z.strictObject({ lease: leaseView });

/** Answer of GET /v1/approvals, the most urgent first; `next` continues. `sign_in` says where people prove who they are. */
export const approvalListResponse = z.strictObject({
  leases: z.array(leaseView),
  sign_in: z.array(z.strictObject({ issuer: z.string(), client_id: z.string() })),
  next: z.optional(z.string()),
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
  fault: z.optional(z.string()),
  retry: z.optional(z.enum(['same_key', 'new_key'])),
  reasons: z.optional(z.array(reason)),
});

export type ChallengeResponse = z.output<typeof challengeResponse>;
export type AttestationResponse = z.output<typeof attestationResponse>;
export type LeaseView = z.output<typeof leaseView>;
export type AwsCredentials = z.output<typeof awsCredentials>;
export type IssuedLeaseResponse = z.output<typeof issuedLeaseResponse>;
export type PendingLeaseResponse = z.output<typeof pendingLeaseResponse>;
export type ApprovalListResponse = z.output<typeof approvalListResponse>;
export type LeaseResponse = z.output<typeof leaseResponse>;
export type HeartbeatResponse = z.output<typeof heartbeatResponse>;
export type LeaseListResponse = z.output<typeof leaseListResponse>;
export type RevocationResponse = z.output<typeof revocationResponse>;
export type QuarantineResponse = z.output<typeof quarantineResponse>;
export type Problem = z.output<typeof problem>;
