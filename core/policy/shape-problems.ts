import type { z } from 'zod';
import { nearest } from '../nearest.ts';
import type { Problem } from './problem.ts';
import { bare, below, child, fitting, isMap, keysOf, meant } from './schema-place.ts';
import { kindsOf, sayIssue } from './shape-messages.ts';

/** A value of the document, its schema and where it stands. */
type Place = {
  readonly schema: z.core.$ZodType;
  readonly value: unknown;
  readonly path: readonly (string | number)[];
  /** The other alternatives, where the schema is one of several. */
  readonly alternatives?: readonly z.core.$ZodType[];
};
/** `meant` is the known key that an unknown one is taken for: then that one is not missed as well. */
type Found = Problem & { readonly meant?: string; readonly missing?: boolean };

/** More than anybody reads at one time. */
const mostIssues = 50;

/** What a value lacks to be of a schema, in words for whoever wrote it. */
export function shapeProblems(
  schema: z.core.$ZodType,
  value: unknown,
  issues: readonly z.core.$ZodIssue[],
): Problem[] {
  const found = all({ schema, value, path: [] }, issues);
  const mistyped = new Set(found.flatMap(({ path, meant }) => (meant ? [keyAt(path, meant)] : [])));
  return found
    .filter(({ missing, path }) => !(missing && mistyped.has(keyAt(path, path.at(-1) ?? ''))))
    .map(({ path, message }) => ({ path, message }));
}

function keyAt(path: Problem['path'], name: string | number): string {
  return [...path.slice(0, -1), name].join('\n');
}

function all(place: Place, issues: readonly z.core.$ZodIssue[]): Found[] {
  return issues.slice(0, mostIssues).flatMap((issue) => problemsOf(issue, place));
}

function problemsOf(issue: z.core.$ZodIssue, from: Place): Found[] {
  const [parent, place] = walk(from, issue.path);
  if (issue.code === 'unrecognized_keys')
    return issue.keys.slice(0, mostIssues).map((key) => unknownKey(chosen(place), key));
  const taken = parent && (takenFor(parent, place) ?? mistypedKind(issue, parent, place));
  if (taken) return [taken];
  if (issue.code === 'invalid_union' && !issue.discriminator) return unionProblems(issue.errors, place);
  const missing = place.value === undefined;
  return [{ path: place.path, message: sayIssue(issue, place.schema, place.value), missing }];
}

/** Where a path leads to, and the place before it. */
function walk(from: Place, path: readonly PropertyKey[]): [Place | undefined, Place] {
  let before: Place | undefined;
  let place = from;
  for (const part of path) {
    if (typeof part === 'symbol') continue;
    const schema = below(place.schema, place.value, part) ?? place.schema;
    before = place;
    place = { schema, value: child(place.value, part), path: [...place.path, part] };
  }
  return [before, place];
}

/** Of a union whose alternatives were told apart already, the one that was meant. */
function chosen(place: Place): Place {
  const { options } = bare(place.schema);
  const [best] = fitting(options, place.value);
  return best ? { ...place, schema: best, alternatives: options } : place;
}

function unknownKey({ schema, value, path, alternatives = [] }: Place, key: string): Found {
  const known = keysOf([schema, ...alternatives]);
  const at = [...path, key];
  if (known.includes(key)) {
    const others = Object.keys(isMap(value) ? value : {}).filter((each) => each !== key);
    return { path: at, message: `does not stand beside ${others.join(', ')}` };
  }
  const near = nearest(key, known);
  return { path: at, message: `unknown key${meant(key, known)}`, ...(near !== undefined && { meant: near }) };
}

/** A map that takes names of the policy beside its own keys: what is near one of those was meant for it. */
function takenFor(parent: Place, { value, path }: Place): Found | undefined {
  const key = path.at(-1);
  const { type, others } = bare(parent.schema);
  if (type !== 'object' || !others || typeof key !== 'string' || value === undefined) return undefined;
  const known = keysOf([parent.schema]);
  return !known.includes(key) && nearest(key, known) ? unknownKey(parent, key) : undefined;
}

/** A map of several kinds, the key that says which of them being mistyped. */
function mistypedKind(issue: z.core.$ZodIssue, parent: Place, { value }: Place): Found | undefined {
  if (issue.code !== 'invalid_union' || !issue.discriminator || value !== undefined) return undefined;
  const { options } = bare(parent.schema);
  const known = keysOf(options);
  const key = Object.keys(isMap(parent.value) ? parent.value : {}).find(
    (each) => !known.includes(each) && nearest(each, known) === issue.discriminator,
  );
  return key === undefined ? undefined : unknownKey({ ...parent, alternatives: options }, key);
}

/** What is wrong with the alternative that was most likely meant. */
function unionProblems(errors: readonly (readonly z.core.$ZodIssue[])[], place: Place): Found[] {
  const { value, path } = place;
  const { options } = bare(place.schema);
  const issuesOf = new Map(options.map((option, i) => [option, errors[i] ?? []]));
  const possible = fitting(
    options.filter((option) => !issuesOf.get(option)?.some(isAboutKind)),
    value,
  );
  const [best] = possible;
  if (!best) return [{ path, message: oneOf(options, value) }];
  const keys = isMap(value) ? Object.keys(value) : [];
  const known = keysOf([best]);
  if (known.length === 0 || keys.some((key) => known.includes(key)))
    return all({ ...place, schema: best, alternatives: options }, issuesOf.get(best) ?? []);
  if (keys.length === 0) return [{ path, message: `is empty: ${oneOf(options, value)}` }];
  const alternatives = possible;
  return keys.slice(0, mostIssues).map((key) => unknownKey({ ...place, schema: best, alternatives }, key));
}

/** Whether an alternative is out of the question: a text where it is a map, or another word. */
function isAboutKind({ path, code }: z.core.$ZodIssue): boolean {
  return path.length === 0 && (code === 'invalid_type' || code === 'invalid_value');
}

function oneOf(options: readonly z.core.$ZodType[], value: unknown): string {
  const words = options.flatMap((option) => bare(option).values);
  const near = typeof value === 'string' ? nearest(value, words) : undefined;
  return `${value === null ? 'is empty: ' : ''}${kindsOf(options)} is needed${near ? `; did you mean ${near}?` : ''}`;
}
