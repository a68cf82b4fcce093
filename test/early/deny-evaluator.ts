import type { Statement } from '../../core/statement.ts';
import { fromIso } from '../../core/time.ts';

/** Condition keys of a request, as AWS fills them in. */
export type RequestContext = Readonly<Record<string, string>>;

/** Whether a deny document stops a request with this context. */
export type DenyDocument = (context: RequestContext) => boolean;

const operators: Readonly<
  Record<string, (actual: string | undefined, wanted: ReadonlySet<string>) => boolean>
> = {
  StringEquals: (actual, wanted) => actual !== undefined && wanted.has(actual),
  StringLike: (actual, wanted) =>
    actual !== undefined && [...wanted].some((pattern) => actual.includes(partOf(pattern))),
  StringNotEquals: (actual, wanted) => actual === undefined || !wanted.has(actual),
  DateLessThan: (actual, wanted) =>
    actual !== undefined && [...wanted].some((date) => fromIso(actual) < fromIso(date)),
};

/** What a value has to hold: the one kind of pattern that our documents have. */
function partOf(pattern: string): string {
  const [, part] = /^\*([\w-]+)\*$/.exec(pattern) ?? [];
  if (part === undefined) throw new Error(`unknown pattern ${pattern}`);
  return part;
}

const read = new Map<string | undefined, DenyDocument>();

/**
 * Reads a deny document once, to be asked many times. It knows what our documents say and no more (IAM user guide,
 * condition operators): anything else is a fault of the test, not a guess.
 */
export function denyDocument(text: string | undefined): DenyDocument {
  const known = read.get(text);
  if (known) return known;
  const document = text === undefined ? () => false : compiled(text);
  read.set(text, document);
  return document;
}

function compiled(text: string): DenyDocument {
  const { Statement } = JSON.parse(text) as { Statement: readonly Statement[] };
  const statements = Statement.map(statementOf);
  return (context) => statements.some((applies) => applies(context));
}

function statementOf({ Effect, Action, Resource, Condition = {} }: Statement): DenyDocument {
  if (Effect !== 'Deny' || Action !== '*' || Resource !== '*') throw new Error('not a deny of everything');
  const tests = Object.entries(Condition).flatMap(([operator, keys]) =>
    Object.entries(keys).map(([key, values]) => {
      const holds = operators[operator];
      if (!holds) throw new Error(`unknown operator ${operator}`);
      const wanted = new Set(typeof values === 'string' ? [values] : values);
      if (operator === 'StringLike') wanted.forEach(partOf);
      return (context: RequestContext) => holds(context[key], wanted);
    }),
  );
  return (context) => tests.every((holds) => holds(context));
}
