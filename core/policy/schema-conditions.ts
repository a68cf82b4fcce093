import { z } from 'zod';
import { parseRuleTest, ruleTestPattern } from './rule-test.ts';
import { hoursSchema } from './schema-hours.ts';
import { need, obligations, otherwise } from './schema-obligations.ts';
import { group, secondsBetween } from './schema-values.ts';

/** Who is asked, how many of them, and for how long the question stands. */
export const approvalTerms = {
  from: z.array(group).min(1).max(10).describe('Groups whose members may approve, as ID tokens name them'),
  count: z.int().min(1).max(5).default(1).describe('So many different people have to approve'),
  within: secondsBetween(60, 86_400).prefault('30m').describe('How long the request waits for them: 30m'),
  mfa: z
    .enum(['required', 'not_required'])
    .default('required')
    .describe('Whether approvers have to sign in with more than one factor'),
  proof: z
    .literal('role')
    .optional()
    .describe('Weaker: the role through which somebody decides is proof enough, without an ID token'),
};

const written = z.union([
  z.enum(['auto_approve', 'deny']),
  z.strictObject({
    auto_approve: z
      .strictObject(obligations)
      .describe('Granted without asking, but less of it, or as riskier'),
  }),
  z.strictObject({
    require_approval: z
      .strictObject({ ...approvalTerms, ...obligations })
      .describe('Granted once people have approved it'),
  }),
]);
const verdict = written.transform(verdictOf);

const ruleMessage = 'a rule compares: "< 1000", "== acme", "in [a, b]" or "100..500"';
const rule = z.union([
  z
    .strictObject({
      if: z
        .string()
        .max(1_000)
        .regex(ruleTestPattern, ruleMessage)
        // What editors say in place of the pattern.
        .meta({ patternErrorMessage: ruleMessage })
        .describe('"< 1000", "<= 1000", "> 5", ">= 5", "== acme", "in [acme, globex]" or "100..500"'),
      then: verdict.describe('What follows where it holds'),
    })
    .transform(({ if: text, then }) => ({ if: text, test: parseRuleTest(text), then })),
  z
    .strictObject({ else: verdict.describe('What follows where no rule before it holds') })
    .transform(({ else: then }) => ({ then })),
]);

const delegation = z.strictObject({
  is: need.describe('Whether tasks without a user are denied (required) or riskier (preferred)'),
  mfa: z
    .enum(['required', 'not_required'])
    .default('required')
    .describe('Whether the user has to have signed in with more than one factor'),
  max_age: secondsBetween(60, 86_400).prefault('1h').describe('How long ago the user may have signed in: 1h'),
  issuers: z
    .array(
      z.url({ protocol: /^https?$/, error: 'an issuer is an address, such as https://login.example.com' }),
    )
    .min(1)
    .max(10)
    .optional()
    .describe('Identity providers whose users count; all of them when absent'),
  otherwise,
});

/** The `conditions` of a policy: the two built-in ones, and rules for parameters by name. */
export const conditionsSchema = z
  .object({
    user_delegation: z
      .union([need, delegation])
      .transform((value) => (typeof value === 'string' ? delegation.parse({ is: value }) : value))
      .prefault('not_used')
      .describe('Whether a person has to stand behind the task, by a token of an identity provider'),
    business_hours: z
      .union([need, hoursSchema])
      .transform((value) => (typeof value === 'string' ? hoursSchema.parse({ is: value }) : value))
      .prefault('not_used')
      .describe('When tasks are done: Monday to Friday, 08:00 to 18:00 UTC, unless a map says otherwise'),
  })
  .catchall(
    z
      .array(rule)
      .min(1)
      .max(20)
      .describe('Rules for the parameter of this name: the first match wins, the last is `else`'),
  )
  .refine((value) => Object.keys(value).length <= 52, 'at most 50 parameters have rules')
  .transform(({ user_delegation, business_hours, ...rules }) => ({ user_delegation, business_hours, rules }));

export type Conditions = z.output<typeof conditionsSchema>;
/** One rule: a test, and what follows where it passes; without a test it is the last, `else`. */
export type Rule = z.output<typeof rule>;
/** What a rule comes to, in one shape for all ways to write it. */
export type Verdict = {
  readonly outcome: 'allow' | 'require_approval' | 'deny';
  readonly approval?: ApprovalTerms;
  readonly risk?: number | undefined;
  readonly longest?: number | undefined;
  readonly without?: readonly string[] | undefined;
};
/** Who approves: `count` people of the groups `from`, `within` so many seconds. */
export type ApprovalTerms = {
  readonly from: readonly string[];
  readonly count: number;
  readonly within: number;
  readonly mfa: 'required' | 'not_required';
  readonly proof?: 'role' | undefined;
};

function verdictOf(asked: z.output<typeof written>): Verdict {
  if (asked === 'deny') return { outcome: 'deny' };
  if (asked === 'auto_approve') return { outcome: 'allow' };
  if ('auto_approve' in asked) return { outcome: 'allow', ...asked.auto_approve };
  const { from, count, within, mfa, proof, ...rest } = asked.require_approval;
  return {
    outcome: 'require_approval',
    approval: { from, count, within, mfa, ...(proof && { proof }) },
    ...rest,
  };
}
