import { z } from 'zod';
import { keysAddress, word } from './schema-addresses.ts';
import { systemName } from './schema-capabilities.ts';
import { atMost, secondsBetween } from './schema-values.ts';

/** Where a secret is kept: the whole ARN, as IAM needs it to name no other. */
const secretArn = z
  .string()
  .regex(
    /^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[A-Za-z0-9/_+=.@-]{1,256}-[A-Za-z0-9]{6}$/,
    'a secret is named by its ARN with the six characters at its end',
  );
const hostName = z
  .string()
  .regex(
    /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/,
    'a host name or an address, in lower case, without a port',
  );
const privateNetwork = z
  .boolean()
  .default(false)
  .describe('Whether it may be at a private address; never at one of the instance itself');
const certificates = z
  .string()
  .max(32_768)
  .regex(
    /^-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s-]+(BEGIN|END|CERTIFICATE|[A-Za-z0-9+/=\s-])+$/,
    'certificates in PEM form',
  )
  .optional()
  .describe('Certificates (PEM) trusted instead of the well-known ones');
const hosts = z.array(hostName).min(1).max(10).describe('Hosts that it is for: it is sent nowhere else');

const database = z.strictObject({
  host: hostName.describe('Where the database answers'),
  port: z.int().min(1).max(65_535).default(5432).describe('Its port'),
  database: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,63}$/, 'a name of a database')
    .describe('Its name on that server'),
  secret: secretArn.describe(
    'JSON with `username` and `password` of a user with CREATEROLE who is no superuser (docs/postgres.md)',
  ),
  tls: z.enum(['required', 'off']).default('required').describe('`off` only on this machine'),
  ca: certificates,
});

const client = z.strictObject({
  client_id: word.describe('Its name at the authorization server'),
  authentication: z
    .enum(['client_secret_basic', 'client_secret_post', 'private_key_jwt'])
    .describe('How it proves who it is (OpenID Connect Core section 9)'),
  secret: secretArn.describe('The client secret as text, or the private key as a JWK'),
  hosts,
  revocation_endpoint: keysAddress.optional().describe('Where tokens are revoked (RFC 7009)'),
  longest_token: secondsBetween(60, 43_200)
    .prefault('1h')
    .describe('Tokens that live longer are thrown away'),
  private_network: privateNetwork,
  ca: certificates,
});

const secret = z.strictObject({
  secret: secretArn.describe('The secret as text, or JSON with `key`'),
  key: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/)
    .optional()
    .describe('The member of the JSON object that is the secret'),
  hosts,
  header: z
    .string()
    .regex(/^[A-Za-z][A-Za-z0-9-]{0,63}$/, 'the name of a header')
    .default('Authorization')
    .describe('The header that it is sent in'),
  prefix: z
    .string()
    .regex(/^[ -~]{0,32}$/)
    .default('Bearer ')
    .describe('What stands before it in the header'),
  private_network: privateNetwork,
  ca: certificates,
});

/** The `systems` document: what grants beyond AWS reach, and where the secrets are kept that open it. No secret is in it. */
export const systemsSchema = z.strictObject({
  databases: atMost(50, z.record(systemName, database)).default({}).describe('PostgreSQL databases'),
  clients: atMost(50, z.record(systemName, client)).default({}).describe('Clients of authorization servers'),
  secrets: atMost(50, z.record(systemName, secret))
    .default({})
    .describe('Secrets for calls that the broker makes'),
  network: z
    .strictObject({
      subnets: z
        .array(z.string().regex(/^subnet-[0-9a-f]{8,17}$/))
        .min(1)
        .max(16)
        .describe('In which subnets'),
      security_groups: z
        .array(z.string().regex(/^sg-[0-9a-f]{8,17}$/))
        .min(1)
        .max(5)
        .describe('In which security groups'),
    })
    .optional()
    .describe('Where in a VPC the function runs that signs in to databases'),
});

/** The systems of a deployment: plain JSON, as functions see it. */
export type Systems = z.output<typeof systemsSchema>;
export type DatabaseSystem = z.output<typeof database>;
export type ClientSystem = z.output<typeof client>;
export type SecretSystem = z.output<typeof secret>;

/** A deployment that grants nothing beyond AWS. */
export const noSystems: Systems = { databases: {}, clients: {}, secrets: {} };
