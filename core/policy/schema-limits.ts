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
      .prefault({})
      .describe('What adds how much to the risk of a task'),
    approval: z
      .strictObject({
        at: z.int().min(1).max(100).default(50).describe('From this risk on people are asked'),
        ...approvalTerms,
        from: approvalTerms.from
          .optional()
          .describe('Groups whose members are asked; while none is named, this risk denies'),
      })
      .prefault({})
      .describe('Where the risk of a task has to be approved'),
    deny: z
      .strictObject({
        at: z.int().min(1).max(100).default(80).describe('From this risk on the task is denied'),
      })
      .prefault({})
      .describe('Where the risk of a task is too high for anybody'),
  })
  .prefault({});

const count = (most: number) => z.int().min(1).max(most);
const sum = z
  .object({
    per: z
      .enum(['user', 'agent', 'principal'])
      .describe('For whom it is added up: each user, each agent, or each role that agents run as'),
    within: secondsBetween(60, 31 * 86_400).describe('Over how long a time: 1d'),
  })
  .catchall(
    z
      .number()
      .positive()
      .max(1_000_000_000)
      .multipleOf(0.000001)
      .describe('The most that the parameter of this name may come to'),
  )
  .refine((value) => Object.keys(value).length === 3, 'a sum is of one parameter, with per and within')
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
      .strictObject({
        leases: count(100).describe('So many leases'),
        within: secondsBetween(60, 31 * 86_400)
          .prefault('1d')
          .describe('Within this time: 1d'),
      })
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
    buffer: z
      .number()
      .min(1)
      .max(2)
      .multipleOf(0.01)
      .default(1.2)
      .describe('The first deadline is the estimate times this, from 1 to 2'),
    floor: seconds.prefault('300s').describe('No lease is shorter than this: 300s'),
    maximum: z.literal('2x').default('2x').describe('Renewals end at twice the estimate'),
    longest: seconds
      .prefault('15m')
      .describe('No lease is longer than this, renewals included: 15m, up to 12h'),
    heartbeat: seconds
      .optional()
      .describe('How often an agent says that it is alive: 30s; it is taken for dead after two of these'),
  })
  .prefault({});

const vpc = z.string().regex(/^vpc-[0-9a-f]{1,17}$/, 'a VPC is vpc- and up to 17 hexadecimal digits');
const vpce = z
  .string()
  .regex(/^vpce-[0-9a-f]{1,17}$/, 'an endpoint is vpce- and up to 17 hexadecimal digits');
const address = z
  .string()
  .regex(/^[0-9a-fA-F:.]{2,45}(\/[0-9]{1,3})?$/, { error: () => addressMessage, abort: true })
  .refine(isAddress, { error: () => addressMessage });
const addressMessage = 'an address is 192.0.2.7, 192.0.2.0/24, or one of IPv6';

/** From where credentials may be used. */
export const networkSchema = z.strictObject({
  source_vpc: z.array(vpc).min(1).max(10).optional().describe('VPCs: [vpc-0abc]'),
  source_vpce: z.array(vpce).min(1).max(10).optional().describe('VPC endpoints: [vpce-0abc]'),
  source_ip: z.array(address).min(1).max(10).optional().describe('Public addresses: ["192.0.2.0/24"]'),
});

export type Risk = z.output<typeof riskSchema>;
export type Limits = z.output<typeof limitsSchema>;

function isAddress(text: string): boolean {
  return [z.ipv4(), z.cidrv4(), z.ipv6(), z.cidrv6()].some((kind) => kind.safeParse(text).success);
}
