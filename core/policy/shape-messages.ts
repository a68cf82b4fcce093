import type { z } from 'zod';
import { nearest } from '../nearest.ts';
import { bare, isMap } from './schema-place.ts';

/** What is wrong with a value, and what to write instead. */
export function sayIssue(issue: z.core.$ZodIssue, schema: z.core.$ZodType, value: unknown): string {
  switch (issue.code) {
    case 'invalid_type':
      // What a schema says itself is better than what can be said of any.
      return value === undefined || issue.message.startsWith('Invalid input')
        ? sayType(issue.expected, schema, value)
        : `${value === null ? 'is empty: ' : ''}${issue.message}`;
    case 'invalid_value':
      return value === undefined ? sayMissing(schema) : sayChoice(issue.values.map(String), value);
    case 'invalid_union':
      return sayKind(issue, value);
    case 'too_big':
      return `${issue.inclusive === false ? 'less than' : 'at most'} ${issue.maximum}${unitOf(issue.origin, issue.maximum)}`;
    case 'too_small':
      return `${issue.inclusive === false ? 'more than' : 'at least'} ${issue.minimum}${unitOf(issue.origin, issue.minimum)}`;
    case 'not_multiple_of':
      return `a multiple of ${issue.divisor}`;
    case 'invalid_key':
      return issue.issues[0]?.message ?? issue.message;
    default:
      return issue.message;
  }
}

/** What schemas take, in words: `required, preferred, or a map with is, mfa`. */
export function kindsOf(schemas: readonly z.core.$ZodType[]): string {
  const all = schemas.flatMap((schema) => {
    const { options } = bare(schema);
    return options.length > 0 ? options : [schema];
  });
  const words = all.flatMap((schema) => bare(schema).values);
  const keys = all.flatMap((schema) => Object.keys(bare(schema).shape));
  const rest = all.filter((schema) => {
    const { values, shape } = bare(schema);
    return values.length === 0 && Object.keys(shape).length === 0;
  });
  return [
    ...(words.length > 0 ? [choices(words)] : []),
    ...(keys.length > 0 ? [`a map with ${keys.join(', ')}`] : []),
    ...new Set(rest.map((schema) => kindNames[bare(schema).type] ?? bare(schema).type)),
  ].join(', or ');
}

function sayType(expected: string, schema: z.core.$ZodType, value: unknown): string {
  if (value === undefined) return sayMissing(schema);
  if (expected === 'int' && typeof value === 'number') return 'a whole number is needed';
  const wanted = kindNames[expected] ?? kindsOf([schema]);
  if (value === null) return `is empty: ${wanted} is needed`;
  const quoted = expected === 'string' && typeof value !== 'object' ? ': put it in quotes' : '';
  return `${wanted} is needed, not ${kindNameOf(value)}${quoted}`;
}

/** A map whose one key says which of several it is; zod's type of the issue leaves out what there is to choose from. */
function sayKind(issue: z.core.$ZodIssue, value: unknown): string {
  const words = ((issue as { readonly options?: readonly unknown[] }).options ?? []).map(String);
  return value === undefined ? `is missing: ${choices(words)}` : sayChoice(words, value);
}

function sayMissing(schema: z.core.$ZodType): string {
  const { description } = bare(schema);
  return `is missing${description ? `: ${description}` : ''}`;
}

function sayChoice(words: readonly string[], value: unknown): string {
  const near = typeof value === 'string' && words.length > 1 ? nearest(value, words) : undefined;
  return `${choices(words)} is needed${near ? `; did you mean ${near}?` : ''}`;
}

function choices(words: readonly string[]): string {
  return words.length > 1 ? `one of ${words.join(', ')}` : (words[0] ?? '');
}

function unitOf(origin: string, count: number | bigint): string {
  const one = Number(count) === 1;
  if (origin === 'string') return one ? ' character' : ' characters';
  return origin === 'array' ? (one ? ' entry' : ' entries') : '';
}

const kindNames: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  array: 'a list',
  object: 'a map',
  record: 'a map',
};

function kindNameOf(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (isMap(value)) return 'a map';
  return typeof value === 'string' ? 'a text' : typeof value === 'number' ? 'a number' : String(value);
}
