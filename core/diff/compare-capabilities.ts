import type { Capability, ContextPolicy } from '../policy/schema.ts';
import { type Change, listChanges } from './change.ts';

/** What may be asked for that could not be before, and the other way round. */
export function capabilityChanges(before: ContextPolicy, after: ContextPolicy): Change[] {
  const names = [...new Set([...Object.keys(before.capabilities), ...Object.keys(after.capabilities)])];
  return names.flatMap((name): Change[] => {
    const [old, now] = [before.capabilities[name], after.capabilities[name]];
    if (old && now) return changesOf(`capability ${name}`, old, now);
    const { actions, resources } = (old ?? now)?.aws ?? { actions: [], resources: [] };
    const what = `capability ${name}: ${actions.join(', ')} on ${resources.join(', ')}`;
    return [
      now ? { direction: 'wider', what: `new ${what}` } : { direction: 'narrower', what: `gone ${what}` },
    ];
  });
}

function changesOf(what: string, old: Capability, now: Capability): Change[] {
  return [
    ...actionChanges(what, old.aws.actions, now.aws.actions),
    ...listChanges(`${what}: resources`, old.aws.resources, now.aws.resources),
    ...keyChanges(what, old.aws.through?.kms, now.aws.through?.kms),
    ...(old.outlives === now.outlives
      ? []
      : [
          {
            direction: 'neutral' as const,
            what: `${what}: outlives ${old.outlives ?? 'nothing'} → ${now.outlives ?? 'nothing'}`,
          },
        ]),
  ];
}

/** IAM reads actions in any case. */
function actionChanges(what: string, old: readonly string[], now: readonly string[]): Change[] {
  const missing = (all: readonly string[], from: readonly string[]) =>
    all.filter((each) => !from.some((other) => other.toLowerCase() === each.toLowerCase()));
  return [
    ...listChanges(`${what}: actions`, [], missing(now, old)),
    ...listChanges(`${what}: actions`, missing(old, now), []),
  ];
}

function keyChanges(what: string, old: string | undefined, now: string | undefined): Change[] {
  if (old === now) return [];
  const direction = old === undefined ? 'wider' : now === undefined ? 'narrower' : 'unclear';
  return [{ direction, what: `${what}: through the key ${old ?? 'none'} → ${now ?? 'none'}` }];
}
