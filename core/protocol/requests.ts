import * as z from 'zod/mini';

// zod/mini: the functions carry these schemas at run time, and all of zod would be half of each bundle.

const base64url = (length: number) =>
  z.string().check(z.regex(new RegExp(`^[A-Za-z0-9_-]{${length}}$`), 'not base64url of the right length'));
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

/** Body of POST /v1/challenges: nothing. */
export const challengeRequest = z.strictObject({});

/** Body of POST /v1/attestations. Each method of evidence has its own shape, told apart by `method`. */
export const attestationRequest = z.strictObject({
  agent_type: name,
  nonce: base64url(43),
  evidence: z
    .array(
      z.discriminatedUnion(
        'method',
        [z.strictObject({ method: z.literal('aws_iam'), binding: base64url(43) })],
        'this broker knows no such method of evidence',
      ),
    )
    .check(z.length(1, 'exactly one piece of evidence')),
});

/** Body of POST /v1/leases: the task. Times are whole seconds. */
export const leaseRequest = z.strictObject({
  task: z.strictObject({
    name: words(80),
    purpose: words(200),
    capabilities: z
      .array(name)
      .check(
        z.minLength(1, '1 to 20 capabilities'),
        z.maxLength(20, '1 to 20 capabilities'),
        z.refine(distinct, 'a capability is named twice'),
      ),
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
    estimated_seconds: z
      .int('a whole number of seconds')
      .check(z.gte(1, '1 to 43200 seconds'), z.lte(43_200, '1 to 43200 seconds')),
  }),
});

/** Body of POST /v1/leases/{id}/credentials: nothing; the lease says all. */
export const collectRequest = z.strictObject({});

/** The Idempotency-Key header: chosen by the agent, one per lease it wants. */
export const idempotencyKey = z
  .string()
  .check(z.regex(/^[A-Za-z0-9_.:-]{8,64}$/, 'an Idempotency-Key is 8 to 64 of A-Z a-z 0-9 _ . : -'));

export type AttestationRequest = z.output<typeof attestationRequest>;
export type LeaseRequest = z.output<typeof leaseRequest>;
/** The body as an agent writes it, before defaults. */
export type LeaseRequestInput = z.input<typeof leaseRequest>;
