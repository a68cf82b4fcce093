import { type Document, isMap, isNode, isScalar, LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { nearest } from '../nearest.ts';
import { checkPolicy } from './check.ts';
import { type IdentityProvider, identityProvidersSchema } from './identity-providers.ts';
import type { Problem } from './problem.ts';
import { type ContextPolicy, contextPolicySchema, type Guardrail, guardrailSchema } from './schema.ts';
import { type PolicyCases, policyCasesSchema, type Situation, situationSchema } from './schema-cases.ts';

/** A policy file as read: its name is only for messages. */
export type SourceFile = { readonly name: string; readonly text: string };

/** Largest policy file, in characters. */
const largestFile = 64_000;

/** Policy files that cannot be compiled; the message has one line per problem: file, line, column, what to do. */
export class PolicySourceError extends Error {
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.name = 'PolicySourceError';
    this.problems = problems;
  }
}

/** Compiles `guardrail.yaml`; throws {@link PolicySourceError}. */
export function compileGuardrail(file: SourceFile): Guardrail {
  return compile(file, z.strictObject({ guardrail: guardrailSchema }), () => []).guardrail;
}

/** Compiles `identity-providers.yaml`; throws {@link PolicySourceError}. */
export function compileIdentityProviders(file: SourceFile): readonly IdentityProvider[] {
  const document = z.strictObject({ identity_providers: identityProvidersSchema });
  return compile(file, document, ({ identity_providers: providers }) => {
    const issuers = providers.map(({ issuer }) => issuer);
    return issuers.flatMap((issuer, i) =>
      issuers.indexOf(issuer) < i
        ? [{ path: ['identity_providers', i, 'issuer'], message: 'this issuer is named twice' }]
        : [],
    );
  }).identity_providers;
}

/** Compiles one context policy file to plain JSON inside the guardrail; throws {@link PolicySourceError}. */
export function compilePolicy(file: SourceFile, guardrail: Guardrail): ContextPolicy {
  const document = z.strictObject({ context_policy: contextPolicySchema });
  return compile(file, document, ({ context_policy: policy }) =>
    checkPolicy(policy, guardrail).map(({ path, message }) => ({
      path: ['context_policy', ...path],
      message,
    })),
  ).context_policy;
}

/** Reads the cases of a policy, JSON or YAML; throws {@link PolicySourceError}. */
export function readCases(file: SourceFile): PolicyCases {
  return compile(file, policyCasesSchema, ({ cases }) =>
    cases.flatMap(({ name }, i) =>
      cases.findIndex((each) => each.name === name) < i
        ? [{ path: ['cases', i, 'name'], message: 'two cases have this name' }]
        : [],
    ),
  );
}

/** Reads one situation, JSON or YAML; throws {@link PolicySourceError}. */
export function readSituation(file: SourceFile): Situation {
  return compile(file, situationSchema, () => []);
}

/** Where paths of a file that was compiled lead to: `policies/a.yaml:3:5`. */
export function placesIn({ name, text }: SourceFile): (path: Problem['path']) => string {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter });
  return (path) => {
    const { line, col } = lineCounter.linePos(offsetOf(document, path));
    return `${name}:${line}:${col}`;
  };
}

function compile<Schema extends z.ZodType>(
  file: SourceFile,
  schema: Schema,
  check: (value: z.output<Schema>) => Problem[],
): z.output<Schema> {
  const lines = new LineCounter();
  if (file.text.length > largestFile)
    throw new PolicySourceError([`${file.name}: larger than ${largestFile} characters`]);
  const document = parseDocument(file.text, {
    lineCounter: lines,
    strict: true,
    uniqueKeys: true,
    merge: false,
  });
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `${file.name}:${line}:${col}`;
  };
  if (document.errors.length > 0) {
    throw new PolicySourceError(
      document.errors.map(({ pos, message }) => `${at(pos[0])}: ${message.split('\n')[0]}`),
    );
  }
  const parsed = schema.safeParse(plain(document, file.name));
  const problems = parsed.success
    ? check(parsed.data)
    : parsed.error.issues.flatMap((issue) => problemsOf(issue, schema));
  if (problems.length > 0) {
    throw new PolicySourceError(
      problems.map(({ path, message }) => `${at(offsetOf(document, path))}: ${path.join('.')}: ${message}`),
    );
  }
  return parsed.data as z.output<Schema>;
}

/** Aliases could make a small file expand without bound; policies have no use for them. */
function plain(document: Document, name: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 0 });
  } catch {
    throw new PolicySourceError([`${name}: holds an alias (*name): write the value out`]);
  }
}

function problemsOf(issue: z.core.$ZodIssue, schema: z.ZodType): Problem[] {
  const path = issue.path.filter((part) => typeof part !== 'symbol');
  if (issue.code !== 'unrecognized_keys') return [{ path, message: issue.message }];
  const known = knownKeys(schema, path);
  return issue.keys.map((key) => {
    const meant = nearest(key, known);
    return { path: [...path, key], message: `unknown key${meant ? `; did you mean ${meant}?` : ''}` };
  });
}

function offsetOf(document: Document, path: readonly (string | number)[]): number {
  for (let depth = path.length; depth > 0; depth--) {
    const parent = document.getIn(path.slice(0, depth - 1), true) ?? document.contents;
    const key = path[depth - 1];
    const pair = isMap(parent) && parent.items.find((item) => isScalar(item.key) && item.key.value === key);
    if (pair && isScalar(pair.key) && pair.key.range) return pair.key.range[0];
    const node = document.getIn(path.slice(0, depth), true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return 0;
}

function knownKeys(schema: z.ZodType, path: readonly (string | number)[]): string[] {
  let node = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema | undefined;
  for (const part of path)
    node = typeof part === 'number' ? node?.items : (node?.properties?.[part] ?? node?.additionalProperties);
  return [node, ...(node?.anyOf ?? []), ...(node?.oneOf ?? [])].flatMap((each) =>
    Object.keys(each?.properties ?? {}),
  );
}

type JsonSchema = {
  properties?: Record<string, JsonSchema>;
  additionalProperties?: JsonSchema;
  items?: JsonSchema;
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
};
