import { z } from 'zod';
import { identityProvidersSchema } from './identity-providers.ts';
import { contextPolicySchema, guardrailSchema } from './schema.ts';
import { systemsSchema } from './schema-systems.ts';
import { trustSourcesSchema } from './schema-trust.ts';

/** The files that editors complete and check, by the name of their JSON Schema. */
const documents = {
  'context-policy': {
    title: 'Context policy',
    schema: z.strictObject({
      context_policy: contextPolicySchema.describe('What agents of one type may do'),
    }),
  },
  guardrail: {
    title: 'Guardrail',
    schema: z.strictObject({
      guardrail: guardrailSchema.describe('Everything that any policy of this deployment may name'),
    }),
  },
  'identity-providers': {
    title: 'Identity providers',
    schema: z.strictObject({
      identity_providers: identityProvidersSchema.describe('Who may say who a person is'),
    }),
  },
  systems: {
    title: 'Systems',
    schema: z.strictObject({
      systems: systemsSchema.describe('What grants beyond AWS reach, and where secrets are kept'),
    }),
  },
  'trust-sources': {
    title: 'Trust sources',
    schema: z.strictObject({
      trust_sources: trustSourcesSchema.describe('Whose word counts when a runtime proves itself'),
    }),
  },
} as const;

/**
 * The JSON Schema of every file of a policy folder, by file name, as text. Draft 7, which all editors know; it says what a
 * file looks like, and the compiler what it also has to agree with.
 */
export function schemaFiles(): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(documents).map(([name, { title, schema }]) => {
      const { $schema, ...rest } = z.toJSONSchema(schema, { io: 'input', target: 'draft-7' });
      const text = JSON.stringify({ $schema, $id: `urn:mayfly:${name}`, title, ...rest }, undefined, 2);
      return [`${name}.json`, `${text}\n`];
    }),
  );
}
