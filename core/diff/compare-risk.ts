import { durationText } from '../duration.ts';
import type { ContextPolicy } from '../policy/schema.ts';
import type { Risk } from '../policy/schema-limits.ts';
import { boundChange, type Change, gradeChange, listChanges } from './change.ts';

/** What adds risk and what follows from it, other than before. */
export function riskChanges({ risk: before }: ContextPolicy, { risk: after }: ContextPolicy): Change[] {
  return [
    ...weightChanges(before.weights, after.weights),
    ...boundChange({
      what: 'risk: people are asked from',
      before: before.approval.at,
      after: after.approval.at,
    }),
    ...boundChange({ what: 'risk: denied from', before: before.deny.at, after: after.deny.at }),
    ...peopleChanges(before.approval, after.approval),
  ];
}

function weightChanges(before: Risk['weights'], after: Risk['weights']): Change[] {
  return (Object.keys(before) as (keyof Risk['weights'])[]).flatMap((name) =>
    boundChange({ what: `risk: ${name}`, before: before[name], after: after[name], more: 'narrower' }),
  );
}

function peopleChanges(before: Risk['approval'], after: Risk['approval']): Change[] {
  if (!before.from && !after.from) return [];
  if (!before.from || !after.from) {
    const text = ({ from }: Risk['approval']) => from?.join(' or ') ?? 'nobody, denied';
    return [
      { direction: after.from ? 'wider' : 'narrower', what: `risk: asks ${text(before)} → ${text(after)}` },
    ];
  }
  return [
    ...listChanges('risk: asks', before.from, after.from),
    ...boundChange({
      what: 'risk: people who have to approve',
      before: before.count,
      after: after.count,
      more: 'narrower',
    }),
    ...boundChange({
      what: 'risk: waits for people',
      before: before.within,
      after: after.within,
      show: durationText,
    }),
    ...gradeChange('risk: MFA of who approves', before.mfa, after.mfa, ['not_required', 'required']),
  ];
}
