import type { z } from 'zod';
import { type JsonText, readJson } from '../cases/json-text.ts';
import type { Problem } from './problem.ts';
import { type PolicyCases, policyCasesSchema, type Situation, situationSchema } from './schema-cases.ts';
import { shapeProblems } from './shape-problems.ts';
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
  const problems = parsed.success
    ? check(parsed.data)
    : shapeProblems(schema, json.value, parsed.error.issues);
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
