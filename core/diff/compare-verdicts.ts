import { isCoveredBy } from '../approval.ts';
import { termsText } from '../cases/explain-grant.ts';
import { durationText } from '../duration.ts';
import type { ApprovalTerms, Verdict } from '../policy/schema-conditions.ts';
import { combined, type Direction } from './change.ts';

const widestFirst = ['allow', 'require_approval', 'deny'];

/** What a verdict comes to, in words. */
export function verdictText({ outcome, approval, risk, longest, without = [] }: Verdict): string {
  if (outcome === 'deny') return 'denied';
  const parts = [
    approval ? `approved by ${termsText(approval)}` : 'approved automatically',
    ...(risk ? [`risk +${risk}`] : []),
    ...(longest === undefined ? [] : [`${durationText(longest)} at most`]),
    ...(without.length > 0 ? [`without ${without.join(', ')}`] : []),
  ];
  return parts.join(', ');
}

/** Whether one verdict lets more happen than another; undefined where they are the same. */
export function verdictDirection(before: Verdict, after: Verdict): Direction | undefined {
  const [from, to] = [before, after].map(({ outcome }) => widestFirst.indexOf(outcome));
  const outcome = towards(to, from);
  if (before.outcome === 'deny' || after.outcome === 'deny') return outcome;
  const terms =
    before.approval && after.approval ? termsDirection(before.approval, after.approval) : undefined;
  return combined([outcome, terms, lessDirection(before, after)]);
}

/** Whether terms are satisfied more easily than others. */
export function termsDirection(before: ApprovalTerms, after: ApprovalTerms): Direction | undefined {
  const easier = isCoveredBy(after, [before]);
  const harder = isCoveredBy(before, [after]);
  const people = easier === harder ? (easier ? undefined : 'unclear') : easier ? 'wider' : 'narrower';
  return combined([people, towards(before.within, after.within)]);
}

/** What is granted less of: riskier, shorter and with less left is narrower. */
export function lessDirection(
  before: Pick<Verdict, 'risk' | 'longest' | 'without'>,
  after: Pick<Verdict, 'risk' | 'longest' | 'without'>,
): Direction | undefined {
  const endless = Number.POSITIVE_INFINITY;
  const [left, leaves] = [before.without ?? [], after.without ?? []];
  return combined([
    towards(after.risk ?? 0, before.risk ?? 0),
    towards(before.longest ?? endless, after.longest ?? endless),
    left.some((name) => !leaves.includes(name)) ? 'wider' : undefined,
    leaves.some((name) => !left.includes(name)) ? 'narrower' : undefined,
  ]);
}

function towards(from = 0, to = 0): Direction | undefined {
  return from === to ? undefined : to > from ? 'wider' : 'narrower';
}
