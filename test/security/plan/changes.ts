import type { Statement } from '../../../core/statement.ts';

/** A policy with one thing taken out, and what. */
export type Change = {
  readonly what: string;
  /** Index of the statement, from 0. */
  readonly at: number;
  /** Whether only what must be allowed can notice: an Allow says less, or a Deny says more. */
  readonly narrows: boolean;
  readonly statements: readonly Statement[];
};

/** Everything that can be taken out of a policy: statements, condition keys, what stands in lists, half an operator. */
export function changesOf(statements: readonly Statement[]): Change[] {
  return statements.flatMap((statement, at) => {
    const kind = kindOf(statement);
    const withOther = (other: readonly Statement[]) => statements.toSpliced(at, 1, ...other);
    const changed = [
      ...withoutConditions(statement),
      ...withWeakerOperators(statement),
      ...withoutListed(statement),
    ];
    const allows = statement.Effect === 'Allow';
    return [
      { what: kind, at, narrows: allows, statements: withOther([]) },
      ...changed.map(({ what, rest, more }) => ({
        what: `${kind}: ${what}`,
        at,
        narrows: allows || more,
        statements: withOther([rest]),
      })),
    ];
  });
}

/** What a statement of a plan is for, told by its shape; throws for one that no plan has had so far. */
export function kindOf({ Effect, Action, Resource, NotAction, NotResource, Condition = {} }: Statement) {
  const keys = Object.values(Condition).flatMap((each) => Object.keys(each));
  const ofKeys = [Action ?? []].flat().some((action) => action.startsWith('kms:'));
  if (Effect === 'Allow') return Resource === '*' ? 'allow everywhere' : ofKeys ? 'allow keys' : 'allow';
  if (keys.includes('aws:CurrentTime')) return 'deny from the deadline on';
  if (keys.includes('aws:ViaAWSService')) return 'deny other networks';
  if (NotAction) return 'deny everything else';
  if (ofKeys && NotResource) return 'deny other keys';
  if (NotResource) return 'deny elsewhere';
  if (keys.some((key) => key.startsWith('kms:EncryptionContext:'))) return 'deny keys for other resources';
  if (keys.includes('kms:ViaService')) return 'deny keys through other services';
  throw new Error(`nobody knows what this is for: ${JSON.stringify({ Effect, Action, Condition })}`);
}

/** A statement with less in it; `more` when it then matches more requests. */
type Lesser = { readonly what: string; readonly rest: Statement; readonly more: boolean };

function withoutConditions({ Condition, ...statement }: Statement): Lesser[] {
  return Object.entries(Condition ?? {}).flatMap(([operator, keys]) =>
    Object.keys(keys).map((key) => {
      const others = Object.fromEntries(Object.entries(keys).filter(([name]) => name !== key));
      const left = { ...Condition, [operator]: others };
      const filled = Object.entries(left).filter(([, each]) => Object.keys(each).length > 0);
      const rest = filled.length > 0 ? { ...statement, Condition: Object.fromEntries(filled) } : statement;
      return { what: `without ${operator} ${key}`, rest, more: true };
    }),
  );
}

/** Operators that are easily taken for the right ones, and hold less often. */
const weaker: Readonly<Record<string, string>> = {
  DateGreaterThanEquals: 'DateGreaterThan',
  BoolIfExists: 'Bool',
};

function withWeakerOperators({ Condition, ...statement }: Statement): Lesser[] {
  return Object.entries(Condition ?? {}).flatMap(([operator, keys]) => {
    const instead = weaker[operator];
    if (instead === undefined) return [];
    const { [operator]: _, ...others } = Condition ?? {};
    const rest = { ...statement, Condition: { ...others, [instead]: keys } };
    return [{ what: `${instead} for ${operator}`, rest, more: false }];
  });
}

function withoutListed(statement: Statement): Lesser[] {
  const { NotAction, NotResource, ...others } = statement;
  return [
    ...lesserIn(statement, 'Action', false),
    ...lesserIn(statement, 'Resource', false),
    ...lesserIn(statement, 'NotAction', true),
    ...lesserIn(statement, 'NotResource', true),
    ...(typeof NotAction === 'string'
      ? [{ what: 'without NotAction', rest: { ...others, Action: '*' }, more: true }]
      : []),
    ...(typeof NotResource === 'string'
      ? [{ what: 'without NotResource', rest: { ...others, Resource: '*' }, more: true }]
      : []),
    ...lesserConditions(statement),
  ];
}

function lesserIn(
  statement: Statement,
  element: 'Action' | 'NotAction' | 'Resource' | 'NotResource',
  more: boolean,
): Lesser[] {
  return lessOf(statement[element]).map((less) => ({
    what: `less in ${element}`,
    rest: { ...statement, [element]: less },
    more,
  }));
}

/** Only negated operators have lists: with less in them they hold more often. */
function lesserConditions(statement: Statement): Lesser[] {
  return Object.entries(statement.Condition ?? {}).flatMap(([operator, keys]) =>
    Object.entries(keys).flatMap(([key, list]) =>
      lessOf(list).map((less) => {
        const Condition = { ...statement.Condition, [operator]: { ...keys, [key]: less } };
        return { what: `less in ${operator} ${key}`, rest: { ...statement, Condition }, more: true };
      }),
    ),
  );
}

/** The list without each of its values; nothing for a single value, which the statement cannot do without. */
function lessOf(list: string | readonly string[] | undefined): string[][] {
  if (list === undefined || typeof list === 'string') return [];
  return list.map((_, i) => list.toSpliced(i, 1));
}
