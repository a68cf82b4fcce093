import { isLeaseId } from './identity.ts';
import { inTag, sessionTagKeys } from './session-tags.ts';
import { one, type Statement } from './statement.ts';
import { type EpochSeconds, toIso } from './time.ts';

/** What a grant role's deny document says. */
export type Denial = {
  /** Lease ids: the source identities of their sessions, and of all that was assumed from those. */
  readonly leases: readonly string[];
  /** Those of them that something was delegated from: all sessions below them, by the tag of their chain. */
  readonly chains: readonly string[];
  /** Agents as a whole, by tag. */
  readonly agents: readonly string[];
  /** Sessions opened before this second. */
  readonly issued_before?: EpochSeconds;
  /** Sessions of older generations than this. */
  readonly gen?: number;
};

/** Name of the inline policy that only the revoker writes. */
export const denialPolicyName = 'mayfly-denials';

/** Name and text of the policy by which a person stops a role, with the broker or without it. */
export const panicPolicy = {
  name: 'mayfly-panic',
  text: '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}',
} as const;

/** Characters that the inline policies of a role may have together, white space not counted (IAM user guide, quotas). */
export const inlineLimit = 10_240;

/** Characters for denials: panic must always find room beside them. */
export const denialBudget = inlineLimit - panicPolicy.text.length;

const sourceIdentity = 'aws:SourceIdentity';
const issueTime = 'aws:TokenIssueTime';
const [agentKey, , genKey, chainKey] = sessionTagKeys.map((key) => `aws:PrincipalTag/${key}`) as [
  string,
  string,
  string,
  string,
];

/** The document as IAM takes it, the same text for the same denial; undefined when there is nothing to deny. */
export function renderDenial({ leases, chains, agents, issued_before, gen }: Denial): string | undefined {
  const statements = [
    ...(leases.length > 0 ? [deny({ StringEquals: { [sourceIdentity]: sorted(leases) } })] : []),
    ...(chains.length > 0 ? [deny({ StringLike: { [chainKey]: sorted(chains.map(inTag)) } })] : []),
    ...(agents.length > 0 ? [deny({ StringLike: { [agentKey]: sorted(agents.map(inTag)) } })] : []),
    ...(issued_before === undefined ? [] : [deny({ DateLessThan: { [issueTime]: toIso(issued_before) } })]),
    ...(gen === undefined ? [] : [deny({ StringNotEquals: { [genKey]: spared(gen) } })]),
  ];
  return statements.length === 0
    ? undefined
    : JSON.stringify({ Version: '2012-10-17', Statement: statements });
}

/** Characters that a denial takes. */
export function denialSize(denial: Denial): number {
  return renderDenial(denial)?.length ?? 0;
}

/**
 * The lease ids that a document denies; what is no document of ours holds none. Whoever may write role policies could
 * have written anything: it is replaced, not trusted.
 */
export function deniedLeases(text: string | undefined): readonly string[] {
  const { Statement } = fields(parsed(text ?? ''));
  return [Statement].flat().flatMap((statement) => {
    const { Condition } = fields(statement);
    const ids = fields(fields(Condition)['StringEquals'])[sourceIdentity];
    return [ids].flat().filter((id) => typeof id === 'string' && isLeaseId(id)) as string[];
  });
}

function deny(Condition: NonNullable<Statement['Condition']>): Statement {
  return { Effect: 'Deny', Action: '*', Resource: '*', Condition };
}

/** Generations that are not denied: the one that lives, and as many to come as may begin before IAM hears of them. */
const sparedGenerations = 8;

/**
 * What has not begun has no sessions, and the first of them must not have to wait for IAM. Holds too where the tag is
 * absent (IAM user guide, condition operators): such a session is of no generation.
 */
function spared(gen: number): readonly string[] {
  return Array.from({ length: sparedGenerations }, (_, next) => String(gen + next));
}

function sorted(values: readonly string[]): string | readonly string[] {
  return one([...new Set(values)].sort());
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function fields(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
