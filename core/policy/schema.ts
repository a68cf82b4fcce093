import { z } from 'zod';
import { word } from './schema-addresses.ts';
import { attestationSchema } from './schema-attestation.ts';
import { capabilitySchema, systemName } from './schema-capabilities.ts';
import { conditionsSchema } from './schema-conditions.ts';
import { lifetimeSchema, limitsSchema, networkSchema, riskSchema } from './schema-limits.ts';
import { parameterSchema } from './schema-parameters.ts';
import { atMost, name } from './schema-values.ts';

/** The `context_policy` document: strict, every list and map capped. Transforms durations to seconds. */
export const contextPolicySchema = z.strictObject({
  agent_type: name.describe('What agents of this policy are: invoice_processor'),
  owner: z.email('a mail address is needed').describe('Who answers for it: a mail address'),
  purpose: z.string().min(1).max(200).describe('What its agents are for'),
  attestation: attestationSchema.describe('How an agent proves that it is of this type'),
  conditions: conditionsSchema.prefault({}).describe('Context that has to hold, and rules for parameters'),
  parameters: atMost(50, z.record(name, parameterSchema))
    .default({})
    .describe('What a task is about, and where each value comes from'),
  capabilities: atMost(50, z.record(name, capabilitySchema)).describe(
    'Named permissions that a task may ask for',
  ),
  risk: riskSchema.describe('What adds risk, and from which risk on people are asked or the task is denied'),
  lifetime: lifetimeSchema.describe('How long leases live'),
  limits: limitsSchema.describe('How much there may be'),
  network: networkSchema.optional().describe('From where credentials may be used'),
});

/** Most entries of a list of the guardrail. */
const mostListed = 1_000;

/** The guardrail: everything that any policy of this deployment may name. Strict; an empty list allows nothing. */
export const guardrailSchema = z.strictObject({
  accounts: z
    .array(z.string().regex(/^[0-9]{12}$/, 'an account is 12 digits, in quotes'))
    .max(mostListed)
    .describe('AWS accounts, in quotes: ["111122223333"]'),
  services: z
    .array(z.string().regex(/^[a-z0-9-]+$/, 'a service is what stands before the colon of its actions'))
    .max(mostListed)
    .describe('AWS services, as their actions begin: [s3, sqs]'),
  buckets: z
    .array(z.string().regex(/^[a-z0-9.-]{3,63}$/, 'not the name of a bucket'))
    .max(mostListed)
    .default([])
    .describe('S3 buckets'),
  tables: z
    .array(z.string().regex(/^[A-Za-z0-9_.-]{3,255}$/, 'not the name of a table'))
    .max(mostListed)
    .default([])
    .describe('DynamoDB tables that values may be looked up in'),
  databases: z
    .array(systemName)
    .max(mostListed)
    .default([])
    .describe('Databases of systems.yaml that leases may have roles in'),
  hosts: z
    .array(
      z.string().regex(/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/, 'a host name or an address, without a port'),
    )
    .max(mostListed)
    .default([])
    .describe('Hosts that the broker calls, for tokens and for agents'),
  audiences: z
    .array(word)
    .max(mostListed)
    .default([])
    .describe('Services that tokens of this broker may be for'),
});

/** A compiled context policy: plain JSON, the only form that functions ever see. */
export type ContextPolicy = z.output<typeof contextPolicySchema>;
export type Guardrail = z.output<typeof guardrailSchema>;
export type { Capability } from './schema-capabilities.ts';
