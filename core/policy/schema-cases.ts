import { z } from 'zod';
import { factNames } from '../evidence.ts';
import { fromIso } from '../time.ts';
import { name, seconds } from './schema-values.ts';

const moment = z
  .string()
  .regex(
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)$/,
    'a time with its zone, such as 2026-11-24T10:00:00+01:00',
  )
  .refine((text) => !Number.isNaN(Date.parse(text)), 'no such time')
  .transform(fromIso);

/** How long before the task somebody signed in: `2m before`, in seconds once read. */
const before = z
  .string()
  .regex(/^\S+ before$/, 'how long before the task, such as "2m before"')
  .transform((text) => text.replace(' before', ''))
  .pipe(seconds);

const value = z.union([z.string().max(256), z.number()]);
const text = z.string().min(1).max(300);
/** What an agent may ask for, be it in no policy: names that a policy cannot hold are among it. */
const asked = z.string().regex(/^[a-z][a-z0-9_]{0,31}$/, 'the broker takes no such name of a capability');

/** The person behind the task; `null` in a case takes away what its base says. */
const user = z.strictObject({
  issuer: text.optional(),
  subject: text.optional(),
  mfa: z.boolean().optional(),
  authenticated: before.nullish().describe('When they signed in; a token without auth_time when null'),
});

const situation = {
  at: moment.optional(),
  user: user.nullish().describe('The person behind the task; nobody when null'),
  claims: z.record(z.string(), z.unknown()).nullish().describe("What the user's token says beside"),
  facts: z
    .partialRecord(z.enum(factNames), text)
    .optional()
    .describe("What the runtime proved; by default the policy's first role, and session `agent`"),
  task: z
    .strictObject({
      capabilities: z.array(asked).min(1).max(20).optional(),
      parameters: z.record(z.string(), value.nullable()).optional().describe('What the agent states'),
      estimated_seconds: z.int().min(1).max(43_200).optional().describe('120 when absent'),
    })
    .optional(),
  records: z
    .union([z.literal('unavailable'), z.record(z.string(), z.union([value, z.array(value)]).nullable())])
    .optional()
    .describe('What systems of record answer for parameters that are looked up'),
  usage: z
    .record(z.string(), z.number().min(0).nullable())
    .optional()
    .describe('How much of each limit is used already, by its rule: { "limits.per_hour": 999 }'),
  depth: z.int().min(0).max(10).optional().describe('How often the task was delegated on'),
};

const expectation = z.strictObject({
  outcome: z.enum(['allow', 'require_approval', 'deny', 'error']),
  risk: z.int().min(0).max(100).optional(),
  rules: z
    .array(z.string())
    .min(1)
    .max(20)
    .optional()
    .describe('The rules that make the outcome, all of them; where it is allow, some of those that do'),
  reasons: z
    .array(
      z.strictObject({
        rule: z.string(),
        value: z.string().optional(),
        threshold: z.string().optional(),
        effect: z.enum(['allow', 'require_approval', 'deny']).optional(),
        would_change: z.string().optional(),
        risk: z.int().optional(),
      }),
    )
    .max(20)
    .optional()
    .describe('Reasons that have to be given, as far as they are written here'),
  obligations: z
    .strictObject({
      longest: z.int().optional(),
      without: z.array(name).optional(),
      approvals: z
        .array(
          z.strictObject({
            from: z.array(z.string()),
            count: z.int(),
            within: z.int(),
            mfa: z.enum(['required', 'not_required']),
          }),
        )
        .optional(),
    })
    .optional()
    .describe('All that is granted less of, and who has to approve; {} for nothing'),
  lifetime: z.strictObject({ first: z.int(), total: z.int() }).optional().describe('In seconds'),
  error: z.strictObject({ code: z.string(), path: z.string().optional() }).optional(),
});

/** A situation as one is written by hand: all of it, or what differs from a base. */
export const situationSchema = z.strictObject(situation);

/** The cases of a policy. Strict. A case changes the base as a JSON merge patch does (RFC 7396). */
export const policyCasesSchema = z.strictObject({
  policy: z.string().regex(/^[\w.-]{1,100}\.yaml$/, 'the name of a policy file in the same folder'),
  base: situationSchema.default({}).describe('What all cases start from'),
  cases: z
    .array(
      z.strictObject({
        name: z.string().regex(/^[\x20-\x7e]{1,100}$/, '1 to 100 printable ASCII characters'),
        ...situation,
        expect: expectation,
      }),
    )
    .min(1)
    .max(200),
});

export type Situation = z.output<typeof situationSchema>;
export type PolicyCases = z.output<typeof policyCasesSchema>;
export type PolicyCase = PolicyCases['cases'][number];
export type Expectation = z.output<typeof expectation>;
