import { z } from 'zod';
import { checkPolicy } from './check.ts';
import { systemsProblems } from './check-systems.ts';
import { trustProblems } from './check-trust.ts';
import { type IdentityProvider, identityProvidersSchema } from './identity-providers.ts';
import type { Problem } from './problem.ts';
import { type ContextPolicy, contextPolicySchema, type Guardrail, guardrailSchema } from './schema.ts';
import { noSystems, type Systems, systemsSchema } from './schema-systems.ts';
import { noTrust, type TrustSources, trustSourcesSchema } from './schema-trust.ts';
import { shapeProblems } from './shape-problems.ts';
import { readSource } from './source-document.ts';
import { type Fault, positionOf, textFault } from './source-text.ts';

/** A policy file as read: its name is only for messages. */
export type SourceFile = { readonly name: string; readonly text: string };

/** Problems of one file that are told; beyond, the same mistake repeats itself. */
const mostProblems = 50;

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

/** Compiles `trust-sources.yaml`; throws {@link PolicySourceError}. */
export function compileTrustSources(file: SourceFile): TrustSources {
  const document = z.strictObject({ trust_sources: trustSourcesSchema });
  return compile(file, document, ({ trust_sources: trust }) => trustProblems(trust)).trust_sources;
}

/** Compiles `systems.yaml`; throws {@link PolicySourceError}. */
export function compileSystems(file: SourceFile): Systems {
  return compile(file, z.strictObject({ systems: systemsSchema }), ({ systems }) =>
    systemsProblems(systems).map(({ path, message }) => ({ path: ['systems', ...path], message })),
  ).systems;
}

/**
 * Compiles one context policy file to plain JSON inside the guardrail, by what is trusted and what systems there are; throws
 * {@link PolicySourceError}.
 */
export function compilePolicy(
  file: SourceFile,
  guardrail: Guardrail,
  trust: TrustSources = noTrust,
  systems: Systems = noSystems,
): ContextPolicy {
  const document = z.strictObject({ context_policy: contextPolicySchema });
  return compile(file, document, ({ context_policy: policy }) =>
    checkPolicy(policy, guardrail, trust, systems).map(({ path, message }) => ({
      path: ['context_policy', ...path],
      message,
    })),
  ).context_policy;
}

function compile<Schema extends z.ZodType>(
  file: SourceFile,
  schema: Schema,
  check: (value: z.output<Schema>) => Problem[],
): z.output<Schema> {
  const fault = textFault(file.text);
  const source = fault ? { faults: [fault] } : readSource(file.text);
  if ('faults' in source) throw refusal(file, source.faults);
  const parsed = schema.safeParse(source.value);
  const problems = parsed.success
    ? check(parsed.data)
    : shapeProblems(schema, source.value, parsed.error.issues);
  if (problems.length === 0) return parsed.data as z.output<Schema>;
  throw refusal(
    file,
    problems.map(({ path, message }) => ({
      offset: source.offsetOf(path),
      message: path.length > 0 ? `${path.join('.')}: ${message}` : message,
    })),
  );
}

/** In the order of the file, as whoever mends it reads. */
function refusal({ name, text }: SourceFile, faults: readonly Fault[]): PolicySourceError {
  const told = [...faults].sort((a, b) => a.offset - b.offset).slice(0, mostProblems);
  const more = faults.length - told.length;
  return new PolicySourceError([
    ...told.map(({ offset, message }) => `${name}:${positionOf(text, offset)}: ${message}`),
    ...(more > 0 ? [`${name}: ${more} more of the kind`] : []),
  ]);
}
