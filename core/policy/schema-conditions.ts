import { z } from 'zod';
import { parseRuleTest, ruleTestPattern } from './rule-test.ts';
import { group, name, secondsBetween } from './schema-values.ts';

const risk = z.int().min(0).max(100).describe('0 to 100, added to the risk of the task');

/** What is granted less of where a rule says so. */
const obligations = {
  risk: risk.optional(),
  longest: secondsBetween(1, 43_200)
    .optional()
    .describe('The lease lives no longer than this, renewals included'),
  without: z.array(name).min(1).max(20).optional().describe('Capabilities that are left out of the lease'),
};

/** Who is asked, how many of them, and for how long the question stands. */
export const approvalTerms = {
  from: z.array(group).min(1).max(10).describe('Groups whose members may approve, as ID tokens name them'),
  count: z.int().min(1).max(5).default(1).describe('So many different people have to approve'),
  within: secondsBetween(60, 86_400).prefault('30m').describe('How long the request waits for them'),
  mfa: z.enum(['required', 'not_required']).default('required'),
  proof: z
    .literal('role')
    .optional()
    .describe('Weaker: the role through which somebody decides is proof enough, without an ID token'),
};

const written = z.union([
  z.enum(['auto_approve', 'deny']),
  z.strictObject({ auto_approve: z.strictObject(obligations) }),
  z.strictObject({ require_approval: z.strictObject({ ...approvalTerms, ...obligations }) }),
]);
const verdict = written.transform(verdictOf);

const rule = z.union([
  z
    .strictObject({
      if: z
        .string()
        .max(1_000)
        .regex(ruleTestPattern, 'a rule compares: "< 1000", "== acme", "in [a, b]" or "100..500"'),
      then: verdict,
    })
    .transform(({ if: text, then }) => ({ if: text, test: parseRuleTest(text), then })),
  z.strictObject({ else: verdict }).transform(({ else: then }) => ({ then })),
]);

const need = z.enum(['required', 'preferred', 'not_used']);

/** What happens where a preferred condition is not met, beside the risk that it adds. */
const otherwise = z
  .strictObject(obligations)
  .prefault({})
  .describe('What is granted where it is preferred and not met');

/** Defaults of the two built-in conditions. */
const delegation = z.strictObject({
  is: need,
  mfa: z.enum(['required', 'not_required']).default('required'),
  max_age: secondsBetween(60, 86_400).prefault('1h').describe('How long ago the user may have signed in'),
  issuers: z.array(z.url()).min(1).max(10).optional().describe('Identity providers; all of them when absent'),
  otherwise,
});

const day = '(mon|tue|wed|thu|fri|sat|sun)';
const dayList = new RegExp(`^${day}(-${day})?(,${day}(-${day})?){0,6}$`);

const hours = z.strictObject({
  is: need,
  zone: z.string().refine(isZone, 'no time zone of the IANA database, such as Europe/Berlin').default('UTC'),
  days: z.string().regex(dayList, 'mon-fri, or mon,wed,fri').default('mon-fri').transform(daysOf),
  hours: z
    .string()
    .regex(
      /^([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)$/,
      'from-to, such as "08:00-18:00"; the last minute does not belong to it',
    )
    .default('08:00-18:00')
    .transform(minutesOf),
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
      .union([need, hours])
      .transform((value) => (typeof value === 'string' ? hours.parse({ is: value }) : value))
      .prefault('not_used')
      .describe('When tasks are done'),
  })
  .catchall(z.array(rule).min(1).max(20).describe('First match wins; the last rule is `else`'))
  .refine((value) => Object.keys(value).length <= 52, 'at most 50 parameters have rules')
  .transform(({ user_delegation, business_hours, ...rules }) => ({ user_delegation, business_hours, rules }));

export type Conditions = z.output<typeof conditionsSchema>;
export type Rule = z.output<typeof rule>;
/** What a rule comes to, in one shape for all ways to write it. */
export type Verdict = {
  readonly outcome: 'allow' | 'require_approval' | 'deny';
  readonly approval?: ApprovalTerms;
  readonly risk?: number | undefined;
  readonly longest?: number | undefined;
  readonly without?: readonly string[] | undefined;
};
export type ApprovalTerms = {
  readonly from: readonly string[];
  readonly count: number;
  readonly within: number;
  readonly mfa: 'required' | 'not_required';
  readonly proof?: 'role' | undefined;
};
/** Minutes of the local day, `to` not included; a window that ends before it starts runs over midnight. */
export type Hours = z.output<typeof hours>;

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

const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

/** `mon-fri` or `mon,wed-fri` as numbers, Monday 1 to Sunday 7; `sat-mon` runs over the end of the week. */
function daysOf(text: string): number[] {
  const days = text.split(',').flatMap((part) => {
    const [from = '', to = from] = part.split('-');
    const first = weekdays.indexOf(from);
    const length = ((weekdays.indexOf(to) - first + 7) % 7) + 1;
    return Array.from({ length }, (_, i) => ((first + i) % 7) + 1);
  });
  return [...new Set(days)].sort();
}

function minutesOf(text: string): { from: number; to: number } {
  const [from = 0, to = 0] = text.split('-').map((time) => {
    const [hour, minute] = time.split(':').map(Number);
    return (hour ?? 0) * 60 + (minute ?? 0);
  });
  return { from, to };
}

function isZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }) !== undefined;
  } catch {
    return false;
  }
}
