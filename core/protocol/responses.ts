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

/** A grant as anybody may see it who may see its lease. */
const grantView = z.strictObject({
  kind: z.enum(['aws', 'postgres', 'oauth', 'jwt', 'proxy']),
  /** A database, or a capability; none of `aws`. */
  name: z.optional(z.string()),
  /** The role of `aws`. */
  role_arn: z.optional(z.string()),
  /** The user of the database. */
  user: z.optional(z.string()),
  capabilities: z.array(z.string()),
  guarantee: z.strictObject({
    ends: z.enum(['deadline', 'immediate', 'own_expiry']),
    typical_seconds: z.number(),
    worst_seconds: z.number(),
    basis,
    early: z.strictObject({
      ends: z.enum(['deny_list', 'immediate', 'own_expiry']),
      typical_seconds: z.number(),
      worst_seconds: z.number(),
      basis,
    }),
    enforced_by: z.array(
      z.enum([
        'sts_expiration',
        'session_policy',
        'valid_until',
        'termination',
        'revocation',
        'token_expiration',
        'broker',
      ]),
    ),
    outlives: z.array(z.strictObject({ capability: z.string(), what: z.string() })),
  }),
  enforcement: z.optional(z.enum(['left_to_expiry', 'irrevocable'])),
  /** When it was seen that nothing is left of it. */
  ended_at: z.optional(time),
});

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
  grants: z.array(grantView),
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

/**
 * How to sign in to a database, shown once. With `token_expiration`, `password` is a token that signs in until then;
 * connections stay within the lease.
 */
export const postgresCredentials = z.strictObject({
  host: z.string(),
  port: z.int(),
  database: z.string(),
  user: z.string(),
  password: z.string(),
  tls: z.enum(['required', 'off']),
  expiration: time,
  token_expiration: z.optional(time),
});

/** A token, shown once. `expiration` is when it stops working; of type `DPoP` it needs a proof by the agent's key. */
export const tokenCredentials = z.strictObject({
  access_token: z.string(),
  token_type: z.enum(['Bearer', 'DPoP']),
  scope: z.optional(z.string()),
  expiration: time,
});

/** Where the broker makes calls for the agent, with a secret of its own: add the path of a call. */
export const proxyCredentials = z.strictObject({ url: z.string(), expiration: time });

/** What the grants of a lease come to: of databases by their name, of the others by capability. */
export const credentials = z.strictObject({
  aws: z.optional(awsCredentials),
  postgres: z.optional(z.record(z.string(), postgresCredentials)),
  oauth: z.optional(z.record(z.string(), tokenCredentials)),
  jwt: z.optional(z.record(z.string(), tokenCredentials)),
  proxy: z.optional(z.record(z.string(), proxyCredentials)),
});

/** Answer of POST /v1/leases and of POST /v1/leases/{id}/credentials. */
export const issuedLeaseResponse = z.strictObject({ lease: leaseView, credentials });

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
export type Credentials = z.output<typeof credentials>;
export type PostgresCredentials = z.output<typeof postgresCredentials>;
export type TokenCredentials = z.output<typeof tokenCredentials>;
export type ProxyCredentials = z.output<typeof proxyCredentials>;
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
