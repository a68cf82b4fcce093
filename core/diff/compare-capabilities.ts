import { inWords, parametersIn } from '../capability.ts';
import type { Capability, ContextPolicy } from '../policy/schema.ts';
import type { AwsCapability } from '../policy/schema-capabilities.ts';
import { type Change, listChanges } from './change.ts';

/** What may be asked for that could not be before, and the other way round. */
export function capabilityChanges(before: ContextPolicy, after: ContextPolicy): Change[] {
  const names = [...new Set([...Object.keys(before.capabilities), ...Object.keys(after.capabilities)])];
  return names.flatMap((name): Change[] => {
    const [old, now] = [before.capabilities[name], after.capabilities[name]];
    if (old && now) return changesOf(`capability ${name}`, old, now);
    const { actions, resources } = wordsOf(old ?? now ?? {});
    const what = `capability ${name}: ${actions.join(', ')} on ${resources.join(', ')}`;
    return [
      now ? { direction: 'wider', what: `new ${what}` } : { direction: 'narrower', what: `gone ${what}` },
    ];
  });
}

function changesOf(what: string, old: Capability, now: Capability): Change[] {
  return [
    ...(old.aws && now.aws ? awsChanges(what, old.aws, now.aws) : otherChanges(what, old, now)),
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

function awsChanges(what: string, old: AwsCapability, now: AwsCapability): Change[] {
  return [
    ...actionChanges(what, old.actions, now.actions),
    ...listChanges(`${what}: resources`, old.resources, now.resources),
    ...keyChanges(what, old.through?.kms, now.through?.kms),
  ];
}

/** What it may do is a list; of all else nobody can tell whether it is more. */
function otherChanges(what: string, old: Capability, now: Capability): Change[] {
  const [before, after] = [wordsOf(old), wordsOf(now)];
  const changes = [
    ...listChanges(`${what}: may`, before.actions, after.actions),
    ...(isDeepEqual(before.resources, after.resources)
      ? []
      : [
          {
            direction: 'unclear' as const,
            what: `${what}: on ${before.resources.join(', ')} → ${after.resources.join(', ')}`,
          },
        ]),
  ];
  const same = isDeepEqual({ ...old, outlives: undefined }, { ...now, outlives: undefined });
  return same || changes.length > 0
    ? changes
    : [{ direction: 'unclear', what: `${what}: other settings of it` }];
}

/** A capability in words, with its parameters as they are written. */
function wordsOf(capability: Capability) {
  const names = parametersIn(capability).map((name) => [name, `\${${name}}`] as const);
  return inWords(capability, Object.fromEntries(names));
}

function isDeepEqual(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
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
