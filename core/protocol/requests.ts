import { z } from 'zod';

const base64url = (length: number) =>
  z.string().regex(new RegExp(`^[A-Za-z0-9_-]{${length}}$`), 'not base64url of the right length');
const name = z
  .string()
  .regex(/^[a-z][a-z0-9_]{0,31}$/, 'a name is lower case letters, digits and _, at most 32');
const words = (longest: number) =>
  z.string().regex(new RegExp(`^[\\x20-\\x7e]{1,${longest}}$`), `1 to ${longest} printable ASCII characters`);

/** Body of POST /v1/challenges: nothing. */
export const challengeRequest = z.strictObject({});

/** Body of POST /v1/attestations. Each method of evidence has its own shape, told apart by `method`. */
export const attestationRequest = z.strictObject({
  agent_type: name,
  nonce: base64url(43),
  evidence: z
    .array(
      z.discriminatedUnion('method', [
        z.strictObject({ method: z.literal('aws_iam'), binding: base64url(43) }),
      ]),
    )
    .min(1)
    .max(1),
});

/** Body of POST /v1/leases: the task. Times are whole seconds. */
export const leaseRequest = z.strictObject({
  task: z.strictObject({
    name: words(80),
    purpose: words(200),
    capabilities: z
      .array(name)
      .min(1)
      .max(20)
      .refine((names) => new Set(names).size === names.length, 'a capability is named twice'),
    parameters: z.record(name, z.union([z.string().max(256), z.number()])).default({}),
    estimated_seconds: z.int().min(1).max(43_200),
  }),
});

/** The Idempotency-Key header: chosen by the agent, one per lease it wants. */
export const idempotencyKey = z
  .string()
  .regex(/^[A-Za-z0-9_.:-]{8,64}$/, 'an Idempotency-Key is 8 to 64 of A-Z a-z 0-9 _ . : -');

export type AttestationRequest = z.output<typeof attestationRequest>;
export type LeaseRequest = z.output<typeof leaseRequest>;
/** The body as an agent writes it, before defaults. */
export type LeaseRequestInput = z.input<typeof leaseRequest>;
