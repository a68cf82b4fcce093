import { z } from 'zod';

const name = z
  .string()
  .regex(/^[a-z][a-z0-9_]{0,31}$/, 'a name is lower case letters, digits and _, at most 32');
const seconds = z
  .string()
  .regex(/^\d{1,6}(s|m|h)$/, 'a duration is a whole number and s, m or h, such as 300s')
  .transform(secondsOf);
const roleArn = z
  .string()
  .regex(/^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]{1,576}$/, 'not an IAM role ARN');
const iamAction = z
  .string()
  .regex(/^[a-z0-9-]+:[A-Za-z0-9]+$/, 'an action is service:Name, without wildcards');
const arnTemplate = z
  .string()
  .max(300)
  .regex(
    /^(arn:aws[a-z-]*(:[^:]*){3}:.+|\*)$/,
    'a resource is an ARN, arn:<partition>:<service>:<region>:<account>:<resource>, with ${parameter} where a parameter goes',
  );
const kmsKey = z
  .string()
  .regex(
    /^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key\/[0-9a-z-]{36}$/,
    'a key is named by its ARN, not by an alias: arn:aws:kms:<region>:<account>:key/<id>',
  );

const outcome = z.enum(['auto_approve', 'deny']);
const rule = z.union([
  z.strictObject({
    if: z
      .string()
      .regex(
        /^(<|<=|>|>=|==) -?\d{1,15}(\.\d{1,6})?$/,
        'a rule is an operator, a space and a number: "< 1000"',
      ),
    then: outcome,
  }),
  z.strictObject({ else: outcome }),
]);

const parameter = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('string'), pattern: z.string().max(200), source: z.literal('claimed') }),
  z.strictObject({
    type: z.literal('number'),
    minimum: z.number().optional(),
    maximum: z.number().optional(),
    source: z.literal('claimed'),
  }),
]);

const capability = z.strictObject({
  aws: z.strictObject({
    actions: z.array(iamAction).min(1).max(20),
    resources: z.array(arnTemplate).min(1).max(10),
    through: z.strictObject({ kms: kmsKey }).optional(),
  }),
  outlives: z.string().min(1).max(200).optional(),
});

/** The `context_policy` document: strict, every list and map capped. Transforms durations to seconds. */
export const contextPolicySchema = z.strictObject({
  agent_type: name,
  owner: z.email(),
  purpose: z.string().min(1).max(200),
  attestation: z.strictObject({
    any_of: z
      .array(z.strictObject({ aws_iam: z.strictObject({ role: roleArn }) }))
      .min(1)
      .max(20),
  }),
  conditions: atMost(50, z.record(name, z.array(rule).min(1).max(20))).default({}),
  parameters: atMost(50, z.record(name, parameter)).default({}),
  capabilities: atMost(50, z.record(name, capability)),
  lifetime: z
    .strictObject({
      buffer: z.number().min(1).max(2).multipleOf(0.01).default(1.2),
      floor: seconds.default(300),
      maximum: z.literal('2x').default('2x'),
      longest: seconds.default(900),
      heartbeat: seconds.optional(),
    })
    .prefault({}),
  network: z
    .strictObject({
      source_vpc: z
        .array(z.string().regex(/^vpc-[0-9a-f]{1,17}$/))
        .min(1)
        .max(10)
        .optional(),
      source_vpce: z
        .array(z.string().regex(/^vpce-[0-9a-f]{1,17}$/))
        .min(1)
        .max(10)
        .optional(),
      source_ip: z
        .array(z.union([z.ipv4(), z.cidrv4(), z.ipv6(), z.cidrv6()]))
        .min(1)
        .max(10)
        .optional(),
    })
    .optional(),
});

/** The guardrail: everything that any policy of this deployment may name. Strict; an empty list allows nothing. */
export const guardrailSchema = z.strictObject({
  accounts: z.array(z.string().regex(/^\d{12}$/)),
  services: z.array(z.string().regex(/^[a-z0-9-]+$/)),
  buckets: z.array(z.string().regex(/^[a-z0-9.-]{3,63}$/)).default([]),
});

/** A compiled context policy: plain JSON, the only form that functions ever see. */
export type ContextPolicy = z.output<typeof contextPolicySchema>;
export type Guardrail = z.output<typeof guardrailSchema>;
export type Rule = z.output<typeof rule>;
export type Parameter = z.output<typeof parameter>;
export type Capability = z.output<typeof capability>;

/** A map with at most so many entries. */
function atMost<Schema extends z.ZodType<object>>(most: number, map: Schema) {
  return map.refine((value) => Object.keys(value).length <= most, `at most ${most} entries`);
}

function secondsOf(text: string): number {
  const factor = { s: 1, m: 60, h: 3600 }[text.slice(-1)] ?? Number.NaN;
  return Number(text.slice(0, -1)) * factor;
}
