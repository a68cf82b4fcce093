import { z } from 'zod';
import { approvalTerms } from './schema-conditions.ts';
import { seconds, secondsBetween } from './schema-values.ts';

const weight = (standard: number) => z.int().min(0).max(100).default(standard);

/** How risky a task is, and what follows from it. */
export const riskSchema = z
  .strictObject({
    weights: z
      .strictObject({
        claimed_parameters: weight(20).describe("Something rests on the agent's own words"),
        no_user_delegation: weight(30).describe('A preferred user is not there'),
        outside_business_hours: weight(30).describe('Outside the preferred hours'),
        outliving_capability: weight(10).describe('Something outlives the credentials'),
        delegated_agent: weight(10).describe('For each agent that it was delegated through'),
      })
      .prefault({}),
    approval: z
      .strictObject({
        at: z.int().min(1).max(100).default(50).describe('From this risk on people are asked'),
        ...approvalTerms,
        from: approvalTerms.from.optional().describe('Whom; while nobody is named, this risk denies'),
      })
      .prefault({}),
    deny: z.strictObject({ at: z.int().min(1).max(100).default(80) }).prefault({}),
  })
  .prefault({});

const count = (most: number) => z.int().min(1).max(most);
const sum = z
  .object({
    per: z.enum(['user', 'agent', 'principal']),
    within: secondsBetween(60, 31 * 86_400),
  })
  .catchall(z.number().positive().max(1_000_000_000).multipleOf(0.000001))
  .refine((value) => Object.keys(value).length === 3, 'one parameter, and per and within')
  .transform(({ per, within, ...amounts }) => {
    const [[parameter, most] = ['', 0]] = Object.entries(amounts);
    return { parameter, most, per, within };
  });

/** How much there may be; entries are counted exactly, over sliding windows. */
export const limitsSchema = z
  .strictObject({
    concurrent_leases: count(1_000).optional().describe('Leases of this type alive at one time'),
    per_hour: count(1_000).optional().describe('Leases of this type within any hour'),
    per_task: z
      .strictObject({ leases: count(100), within: secondsBetween(60, 31 * 86_400).prefault('1d') })
      .optional()
      .describe('Leases of one principal with the same parameters'),
    sum: z
      .union([sum.transform((one) => [one]), z.array(sum).min(1).max(5)])
      .optional()
      .describe('A parameter added up: { invoice_amount: 5000, per: user, within: 1d }'),
    delegation_depth: z.int().min(0).max(4).default(0).describe('How often agents may delegate on'),
  })
  .prefault({});

/** The `lifetime` of a policy, in seconds once read. */
export const lifetimeSchema = z
  .strictObject({
    buffer: z.number().min(1).max(2).multipleOf(0.01).default(1.2),
    floor: seconds.default(300),
    maximum: z.literal('2x').default('2x'),
    longest: seconds.default(900),
    heartbeat: seconds.optional(),
  })
  .prefault({});

/** From where credentials may be used. */
export const networkSchema = z.strictObject({
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
});

export type Risk = z.output<typeof riskSchema>;
export type Limits = z.output<typeof limitsSchema>;
