import type { z } from 'zod';
import { type JsonText, readJson } from '../cases/json-text.ts';
import { nearest } from '../nearest.ts';
import { type PolicyCases, policyCasesSchema, type Situation, situationSchema } from './schema-cases.ts';
import { PolicySourceError, type SourceFile } from './source.ts';

/** Largest file of cases, in characters. */
const largestFile = 500_000;

/** Reads the cases of a policy, a JSON document; throws {@link PolicySourceError}. */
export function readCases(file: SourceFile): PolicyCases {
  return read(file, policyCasesSchema, ({ cases }) =>
    cases.flatMap(({ name }, i) =>
      cases.findIndex((each) => each.name === name) < i
        ? [{ path: ['cases', i, 'name'], message: 'two cases have this name' }]
        : [],
    ),
  );
}

/** Reads one situation, a JSON document; throws {@link PolicySourceError}. */
export function readSituation(file: SourceFile): Situation {
  return read(file, situationSchema, () => []);
}

type Problem = { readonly path: readonly PropertyKey[]; readonly message: string };

function read<Schema extends z.ZodType>(
  { name, text }: SourceFile,
  schema: Schema,
  check: (value: z.output<Schema>) => Problem[],
): z.output<Schema> {
  if (text.length > largestFile)
    throw new PolicySourceError([`${name}: larger than ${largestFile} characters`]);
  const json = jsonOf(name, text);
  if (json.twice.length > 0) throw new PolicySourceError(json.twice.map((each) => `${name}:${each}`));
  const parsed = schema.safeParse(json.value);
  const problems = parsed.success ? check(parsed.data) : parsed.error.issues.flatMap(problemsOf);
  if (problems.length === 0) return parsed.data as z.output<Schema>;
  throw new PolicySourceError(
    problems.map(
      ({ path, message }) => `${name}:${json.positionOf(path)}: ${path.map(String).join('.')}: ${message}`,
    ),
  );
}

function jsonOf(name: string, text: string): JsonText {
  try {
    return readJson(text);
  } catch (error) {
    throw new PolicySourceError([`${name}: not JSON: ${(error as Error).message}`]);
  }
}

function problemsOf({ path, ...issue }: z.core.$ZodIssue): Problem[] {
  if (issue.code !== 'unrecognized_keys') return [{ path, message: issue.message }];
  return issue.keys.map((key) => {
    const meant = nearest(key, knownKeys);
    return { path: [...path, key], message: `unknown key${meant ? `; did you mean ${meant}?` : ''}` };
  });
}

/** Every key that the format knows anywhere. */
const knownKeys = [...new Set(keysOf(policyCasesSchema))];

function keysOf(schema: z.ZodType): string[] {
  const found: string[] = [];
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    if ('properties' in node) found.push(...Object.keys(node.properties as object));
    Object.values(node).forEach(visit);
  };
  visit(schema.toJSONSchema({ io: 'input', unrepresentable: 'any' }));
  return found;
}
