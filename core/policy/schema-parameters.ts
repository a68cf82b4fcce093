import { z } from 'zod';
import { factNames } from '../evidence.ts';
import { name } from './schema-values.ts';

const claim = z
  .string()
  .regex(/^[A-Za-z0-9_.:/-]{1,100}$/, 'a claim is 1 to 100 letters, digits and _ . : / -');
const keyTemplate = z
  .string()
  .max(300)
  .regex(/^[A-Za-z0-9_.:/@+=#{}$-]+$/, 'a key is text with ${parameter} where a parameter goes');
const field = z
  .string()
  .regex(
    /^[A-Za-z0-9_]{1,64}(\.[A-Za-z0-9_]{1,64}){0,5}$/,
    'a field is a name, or a path such as amount.total',
  );

const dynamodb = z.strictObject({
  dynamodb: z
    .string()
    .regex(/^[A-Za-z0-9_.-]{3,255}$/, 'not the name of a table')
    .describe('The table, as the guardrail lists it'),
  key: z
    .union([
      z
        .array(name)
        .min(1)
        .max(2)
        .transform((names) => Object.fromEntries(names.map((each) => [each, `\${${each}}`]))),
      z.record(z.string().regex(/^[A-Za-z0-9_]{1,64}$/, 'not the name of a key attribute'), keyTemplate),
    ])
    .describe('Parameters that are the key attributes of the same names, or a value for each key attribute'),
  attribute: field.describe('The attribute that holds the value'),
});
const s3 = z.strictObject({
  s3: z
    .string()
    .regex(/^[a-z0-9.-]{3,63}$/, 'not the name of a bucket')
    .describe('The bucket, as the guardrail lists it'),
  key: keyTemplate.describe('The key of a JSON object, with ${parameter} where a parameter goes'),
  field: field.describe('Where the value stands in the JSON object'),
});

/** Where the value of a parameter comes from. */
const source = z
  .union([
    z.enum(['claimed', 'delegation']),
    z.strictObject({
      delegation: z
        .union([
          z.strictObject({ claim: claim.describe('The claim that holds the value, or a list of values') }),
          z.strictObject({
            authorization_details: z
              .strictObject({
                type: claim.describe('The `type` of the details (RFC 9396)'),
                field: claim.describe('The member that holds the value, or a list of values'),
              })
              .describe('Details of the authorization that the user gave'),
          }),
        ])
        .describe("The user's token says it, under another name than the parameter's"),
    }),
    z.strictObject({
      attestation: z
        .enum(factNames)
        .describe('What the runtime proved; aws_session is a fact only where a trust policy pins it'),
    }),
    z.strictObject({ lookup: z.union([dynamodb, s3]).describe('The system of record says it') }),
  ])
  .describe(
    "claimed: the agent's own words. delegation: the user's token. attestation: what the runtime proved. lookup: the system of record",
  );

/** One declared parameter. */
export const parameterSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('string').describe('A text'),
    pattern: z
      .string()
      .max(200)
      .describe(
        'What its values look like: literals and [class]{m,n} in sequence, such as "INV-[0-9]{1,12}"',
      ),
    source,
  }),
  z.strictObject({
    type: z.literal('number').describe('A number'),
    minimum: z.number().optional().describe('No value is less'),
    maximum: z.number().optional().describe('No value is more'),
    source,
  }),
]);

export type Parameter = z.output<typeof parameterSchema>;
export type Source = z.output<typeof source>;
/** A fact in a system of record. */
export type Lookup = Extract<Source, { lookup: unknown }>['lookup'];
