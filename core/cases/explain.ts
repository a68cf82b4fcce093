import type { Outcome, Reason } from '../decision.ts';
import { durationText } from '../duration.ts';
import type { ContextPolicy } from '../policy/schema.ts';
import type { CaseResult } from './decide-case.ts';
import { approvalLines, grantLines, limitLines } from './explain-grant.ts';
import { taskLines, valueLines } from './explain-task.ts';
import type { Given } from './given.ts';
import { decidingRules } from './mismatch.ts';

/** How a line looks where there are colours: its first word, or all of it where it is a title. */
export type Tone = Outcome | 'error' | 'title';

/** One line of an explanation; `lead` is the part that has the tone. */
export type ExplainedLine = { readonly lead: string; readonly text: string; readonly tone?: Tone };

/** A decision as a person wants to read it: what came of it, why, and what would change it. */
export function explain(policy: ContextPolicy, given: Given, result: CaseResult): ExplainedLine[] {
  const { outcome, reasons, unasked = [] } = result;
  const deciding = new Set(outcome === 'allow' ? [] : decidingRules(result));
  const decided = reasons.filter(({ rule }) => deciding.has(rule));
  const others = reasons.filter(({ rule }) => !deciding.has(rule));
  const waits = outcome === 'require_approval';
  const lines = (reason: Reason) => reasonLines(policy, reason);
  return [
    headline(result),
    ...section('Task', taskLines(policy, given).map(plain)),
    ...section('Values', valueLines(policy, given, result).map(plain)),
    ...section('Decided by', decided.flatMap(lines)),
    ...section(decided.length > 0 ? 'Beside' : 'Rules', others.flatMap(lines)),
    ...section('Not asked any more', unasked.flatMap(lines)),
    ...section('Limits', limitLines(result, given).map(plain)),
    ...section('Has to be approved by', approvalLines(result, given).map(plain)),
    ...section(waits ? 'Would be granted' : 'Granted', grantLines(policy, result).map(plain)),
  ];
}

/** An explanation without colours. */
export function explanationText(lines: readonly ExplainedLine[]): string {
  return lines.map(({ lead, text }) => `${lead}${text}`.trimEnd()).join('\n');
}

function headline(result: CaseResult): ExplainedLine {
  const { outcome, error, grant, risk } = result;
  const at = risk === undefined ? '' : `, risk ${risk} of 100`;
  const lives = grant ? ` for ${durationText(grant.lifetime.first)}` : '';
  const path = error?.path === undefined ? '' : ` (${error.path})`;
  const words = {
    allow: ['ALLOWED', `${lives}${at}`],
    require_approval: ['WAITS FOR APPROVAL', `, then${lives}${at}`],
    deny: ['DENIED', ` by ${decidingRules(result).join(', ')}${at}`],
    error: ['REFUSED', ` as ${error?.code}: ${error?.detail}${path}`],
  } as const;
  const [lead, text] = words[outcome];
  return { lead, text, tone: outcome };
}

const effects: Readonly<Record<Outcome, string>> = {
  allow: 'allows',
  require_approval: 'asks people',
  deny: 'denies',
};

const effectWidth = Math.max(...Object.values(effects).map(({ length }) => length));

function reasonLines(policy: ContextPolicy, reason: Reason): ExplainedLine[] {
  const { rule, value, threshold, effect, would_change, risk } = reason;
  const indent = ' '.repeat(effectWidth + 2);
  const adds = risk === undefined ? '' : `, risk +${risk}`;
  const met = would_change.startsWith('nothing: ');
  return [
    { lead: `  ${effects[effect].padEnd(effectWidth)}`, text: `  ${rule}${adds}`, tone: effect },
    plain(`${indent}${value}, against: ${threshold}`),
    plain(`${indent}${met ? would_change.slice(9) : `would change it: ${would_change}`}`),
    ...lessTexts(policy, reason).map((text) => plain(`${indent}${text}`)),
  ];
}

/** What a rule grants less of, as the policy says it. */
function lessTexts({ conditions }: ContextPolicy, { rule, effect, risk }: Reason): string[] {
  const [, name = '', place] = /^conditions\.(\w+)(?:\[(\d+)\])?$/.exec(rule) ?? [];
  // What is preferred adds risk, be it 0, exactly where it is not met.
  const unmet = effect === 'allow' && risk !== undefined;
  const less =
    place !== undefined
      ? conditions.rules[name]?.[Number(place)]?.then
      : unmet && (name === 'user_delegation' || name === 'business_hours')
        ? conditions[name].otherwise
        : undefined;
  const { longest, without = [] } = less ?? {};
  const parts = [
    ...(longest === undefined ? [] : [`a lease lives ${durationText(longest)} at most`]),
    ...(without.length > 0 ? [`without ${without.join(', ')}`] : []),
  ];
  return parts.length > 0 ? [`grants less: ${parts.join(', ')}`] : [];
}

function section(title: string, lines: readonly ExplainedLine[]): ExplainedLine[] {
  return lines.length === 0
    ? []
    : [{ lead: '', text: '' }, { lead: title, text: '', tone: 'title' }, ...lines];
}

function plain(text: string): ExplainedLine {
  return { lead: '', text: `  ${text}` };
}
