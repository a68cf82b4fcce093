import * as z from 'zod/mini';
import { leaseStates } from '../lease-states.ts';
import { agentPattern } from '../scope.ts';
import { parseSpiffeId } from '../spiffe-id.ts';
import { base64url, evidence } from './evidence.ts';

// zod/mini: the functions carry these schemas at run time, and all of zod would be half of each bundle.

const name = z
  .string()
  .check(z.regex(/^[a-z][a-z0-9_]{0,31}$/, 'a name is lower case letters, digits and _, at most 32'));
const words = (longest: number) =>
  z
    .string()
    .check(
      z.regex(new RegExp(`^[\\x20-\\x7e]{1,${longest}}$`), `1 to ${longest} printable ASCII characters`),
    );
const distinct = (names: readonly string[]) => new Set(names).size === names.length;
const capabilities = z
  .array(name)
  .check(
    z.minLength(1, '1 to 20 capabilities'),
    z.maxLength(20, '1 to 20 capabilities'),
    z.refine(distinct, 'a capability is named twice'),
  );
const estimate = z
  .int('a whole number of seconds')
  .check(z.gte(1, '1 to 43200 seconds'), z.lte(43_200, '1 to 43200 seconds'));

/** Body of POST /v1/challenges: nothing. */
export const challengeRequest = z.strictObject({});

const differ = (pieces: readonly { method: string }[]) =>
  new Set(pieces.map(({ method }) => method)).size === pieces.length;

/** Body of POST /v1/attestations: one piece of evidence or several, each by another method. */
export const attestationRequest = z.strictObject({
  agent_type: name,
  nonce: base64url(43),
  evidence: z
    .array(evidence)
    .check(
      z.minLength(1, '1 to 4 pieces of evidence'),
      z.maxLength(4, '1 to 4 pieces of evidence'),
      z.refine(differ, 'a method is used twice'),
    ),
});

/** A token of an identity provider, as it was given out. */
const token = z
  .string()
  .check(z.minLength(1, 'a token is needed'), z.maxLength(8_192, 'at most 8192 characters'));

/** Body of POST /v1/leases: the task, and the token of the user behind it (RFC 8693). Times are whole seconds. */
export const leaseRequest = z.strictObject({
  subject_token: z.optional(token),
  task: z.strictObject({
    name: words(80),
    purpose: words(200),
    capabilities,
    parameters: z._default(
      z.record(
        name,
        z.union(
          [z.string().check(z.maxLength(256, 'at most 256 characters')), z.number()],
          'a string of at most 256 characters, or a number',
        ),
      ),
      {},
    ),
    estimated_seconds: estimate,
  }),
});

/**
 * Body of POST /v1/leases/{id}/credentials. Empty: new credentials under the deadline there is. `estimated_seconds`
 * says how much is left to do and renews the lease within its total; `capabilities` narrows the credentials.
 */
export const collectRequest = z.strictObject({
  capabilities: z.optional(capabilities),
  estimated_seconds: z.optional(estimate),
});

/**
 * Body of POST /v1/leases/{id}/delegations, by the sub-agent: what the holder of the lease signed for it, and its task. It
 * has the parameters of the lease that it is delegated from.
 */
export const delegationRequest = z.strictObject({
  delegation: token,
  task: z.strictObject({ name: words(80), purpose: words(200), capabilities, estimated_seconds: estimate }),
});

/** What the holder of a lease signs for a sub-agent: the claims that are looked at beside `aud`, `iat`, `exp` and `jti`. */
export const delegationClaims = z.object({ sub: z.string().check(z.regex(agentPattern)), capabilities });

/**
 * Body of POST /v1/leases/{id}/approval: what a person says, and their ID token with `nonce` = `request_hash`; or, where the
 * policy takes the approver's role for proof, that hash alone.
 */
export const voteRequest = z
  .strictObject({
    decision: z.enum(['approve', 'deny'], 'approve or deny'),
    id_token: z.optional(token),
    request_hash: z.optional(base64url(43)),
    reason: z.optional(words(200)),
  })
  .check(
    z.refine(
      ({ id_token, request_hash }) => (id_token === undefined) !== (request_hash === undefined),
      'exactly one of id_token and request_hash',
    ),
  );

/** Query of GET /v1/approvals. */
export const approvalListQuery = z.strictObject({
  limit: z._default(z.string().check(z.regex(/^[1-9]\d{0,2}$/, '1 to 100')), '50'),
  cursor: z.optional(z.string().check(z.maxLength(40, 'not a cursor of this list'))),
});

/** Body of POST /v1/leases/{id}/heartbeat: nothing. */
export const heartbeatRequest = z.strictObject({});

const reason = words(200);
const lease = z.string().check(z.regex(/^L-[A-Z2-7]{16}$/, 'not a lease id'));
const agent = z
  .string()
  .check(z.regex(agentPattern, 'not an agent id: spiffe://<trust domain>/agent/<type>/<instance>'));
const exactlyOne = (value: object) => Object.keys(value).length === 1;

/**
 * Body of POST /v1/revocations: exactly one scope. `agent_type` needs `confirm` with the type once more, and with
 * `issued_before` ends only what was issued before that time.
 */
export const revocationRequest = z.strictObject({
  scope: z
    .strictObject({
      lease: z.optional(lease),
      chain: z.optional(lease),
      agent: z.optional(agent),
      task: z.optional(z.strictObject({ agent_type: name, name: words(80) })),
      agent_type: z.optional(name),
    })
    .check(z.refine(exactlyOne, 'exactly one of lease, chain, agent, task, agent_type')),
  issued_before: z.optional(z.iso.datetime()),
  reason,
  confirm: z.optional(z.string().check(z.maxLength(80, 'at most 80 characters'))),
});

/** Query of GET /v1/leases: exactly one of `agent` and `agent_type`. */
export const leaseListQuery = z
  .strictObject({
    agent: z.optional(agent),
    agent_type: z.optional(name),
    state: z.optional(z.enum(leaseStates, 'no such state')),
    limit: z._default(z.string().check(z.regex(/^[1-9]\d{0,2}$/, '1 to 100')), '50'),
    cursor: z.optional(z.string().check(z.maxLength(40, 'not a cursor of this list'))),
  })
  .check(
    z.refine(
      (query) => (query.agent === undefined) !== (query.agent_type === undefined),
      'exactly one of agent and agent_type',
    ),
  );

/** Body of POST /v1/quarantines: exactly one scope; `everybody` and `agent_type` need `confirm`. `lift` ends it. */
export const quarantineRequest = z.strictObject({
  scope: z
    .strictObject({
      agent: z.optional(agent),
      principal: z.optional(
        z
          .string()
          .check(
            z.refine(
              (text) =>
                /^(AROA[A-Z0-9]{12,124}|https?:\/\/[!-~]{1,200}#[ -~]{1,255})$/.test(text) ||
                parseSpiffeId(text) !== undefined,
              "not a role's unique id (AROA…), a SPIFFE id or <issuer>#<subject>",
            ),
          ),
      ),
      key: z.optional(base64url(43)),
      agent_type: z.optional(name),
      user: z.optional(
        z.strictObject({
          issuer: z.string().check(z.maxLength(300, 'at most 300 characters')),
          subject: words(255),
        }),
      ),
      everybody: z.optional(z.literal(true, 'only true')),
    })
    .check(z.refine(exactlyOne, 'exactly one of agent, principal, key, agent_type, user, everybody')),
  lift: z.optional(z.boolean('true or false')),
  reason,
  confirm: z.optional(z.string().check(z.maxLength(80, 'at most 80 characters'))),
});

/** The Idempotency-Key header: chosen by the agent, one per lease it wants. */
export const idempotencyKey = z
  .string()
  .check(z.regex(/^[A-Za-z0-9_.:-]{8,64}$/, 'an Idempotency-Key is 8 to 64 of A-Z a-z 0-9 _ . : -'));

export type AttestationRequest = z.output<typeof attestationRequest>;
export type LeaseRequest = z.output<typeof leaseRequest>;
export type DelegationRequest = z.output<typeof delegationRequest>;
export type VoteRequest = z.output<typeof voteRequest>;
export type CollectRequest = z.output<typeof collectRequest>;
export type RevocationRequest = z.output<typeof revocationRequest>;
export type QuarantineRequest = z.output<typeof quarantineRequest>;
/** The body as an agent writes it, before defaults. */
export type LeaseRequestInput = z.input<typeof leaseRequest>;
