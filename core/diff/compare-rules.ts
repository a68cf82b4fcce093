import type { ContextPolicy } from '../policy/schema.ts';
import type { Rule, Verdict } from '../policy/schema-conditions.ts';
import { ruleFor, runsOf, type Span, spansOf, spansText } from '../value-spans.ts';
import type { Change } from './change.ts';
import { verdictDirection, verdictText } from './compare-verdicts.ts';

/** Without rules every value is as good. */
const noRules: readonly Rule[] = [{ then: { outcome: 'allow' } }];
const nothingMatched: Verdict = { outcome: 'deny' };

/** For which values rules come to something else than before, however they are written. */
export function ruleChanges(before: ContextPolicy, after: ContextPolicy): Change[] {
  const names = [...Object.keys(before.conditions.rules), ...Object.keys(after.conditions.rules)];
  return [...new Set(names)].flatMap((name) => {
    const parameter = after.parameters[name] ?? before.parameters[name];
    if (!parameter) return [];
    const [old, now] = [before, after].map(({ conditions }) =>
      Object.hasOwn(conditions.rules, name) ? conditions.rules[name] : undefined,
    );
    const spans = spansOf(parameter, [old ?? noRules, now ?? noRules]);
    const verdicts = new Map(spans.map((span) => [span, verdictsOf(span, old ?? noRules, now ?? noRules)]));
    return runsOf(spans, (span) => keyOf(verdicts.get(span))).map(({ key, spans: run }) => {
      const [from, to] = (run[0] && verdicts.get(run[0])) ?? [nothingMatched, nothingMatched];
      const gone = [...(old ? [] : ['had no rules before']), ...(now ? [] : ['has no rules any more'])];
      const note = gone.length > 0 ? ` (${name} ${gone.join(', ')})` : '';
      return {
        direction: verdictDirection(from, to) ?? 'neutral',
        what: `${name} ${spansText(run)}: ${key}${note}`,
      };
    });
  });
}

function verdictsOf(span: Span, old: readonly Rule[], now: readonly Rule[]): readonly [Verdict, Verdict] {
  const verdict = (rules: readonly Rule[]) => rules[ruleFor(rules, span)]?.then ?? nothingMatched;
  return [verdict(old), verdict(now)];
}

/** What changed, in words; undefined where nothing did. */
function keyOf(verdicts: readonly [Verdict, Verdict] | undefined): string | undefined {
  const [from, to] = verdicts?.map(verdictText) ?? [];
  return from === to ? undefined : `${from} → ${to}`;
}
