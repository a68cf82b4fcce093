import { z } from 'zod';
import { keysAddress, word } from './schema-addresses.ts';
import { name, secondsBetween } from './schema-values.ts';

/** Kinds of grants, each a kind of capability. */
export const kinds = ['aws', 'postgres', 'oauth', 'jwt', 'proxy'] as const;
export type Kind = (typeof kinds)[number];

const iamAction = z
  .string()
  .regex(/^[a-z0-9-]+:[A-Za-z0-9]+$/, 'an action is service:Name, without wildcards');
const arnTemplate = z
  .string()
  .max(300)
  .regex(
    /^(arn:aws[a-z-]*(:[^:]*){3}:.+|\*)$/,
    'a resource is an ARN, arn:<partition>:<service>:<region>:<account>:<resource>, with ${parameter} where a parameter goes',
  );
const kmsKey = z
  .string()
  .regex(
    /^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key\/[0-9a-z-]{36}$/,
    'a key is named by its ARN, not by an alias: arn:aws:kms:<region>:<account>:key/<id>',
  );

const aws = z.strictObject({
  actions: z.array(iamAction).min(1).max(20).describe('IAM actions, service:Name, without wildcards'),
  resources: z.array(arnTemplate).min(1).max(10).describe('ARNs with ${parameter} where a parameter goes'),
  through: z
    .strictObject({ kms: kmsKey.describe('The ARN of the key, not an alias') })
    .optional()
    .describe('The key that the service uses on behalf of the agent'),
});

/** Name of a database, a client or a secret of `systems.yaml`. */
export const systemName = z
  .string()
  .regex(/^[a-z][a-z0-9_-]{0,31}$/, 'a system is named by lower case letters, digits, - and _, at most 32');

const sqlName = '[a-z_][a-z0-9_]{0,62}';
/** A name in a database, as PostgreSQL folds one that is not quoted. */
const identifier = z.string().regex(new RegExp(`^${sqlName}$`), 'a name of lower case letters, digits and _');

const postgresGrant = z.strictObject({
  privileges: z
    .array(z.enum(['SELECT', 'INSERT', 'UPDATE', 'DELETE']))
    .min(1)
    .max(4)
    .describe('What may be done with it'),
  on: z
    .string()
    .regex(new RegExp(`^${sqlName}\\.${sqlName}$`), 'a table is <schema>.<table>, in lower case')
    .describe('The table or view, with its schema'),
  columns: z.array(identifier).min(1).max(50).optional().describe('These columns only; DELETE has none'),
});

const postgres = z.strictObject({
  database: systemName
    .optional()
    .describe('A database of systems.yaml: the lease gets a login role of its own'),
  grants: z.array(postgresGrant).min(1).max(20).optional().describe('Exactly what that role may do'),
  connections: z.int().min(1).max(10).default(2).describe('Connections at one time'),
  iam: z
    .strictObject({
      resource: z
        .string()
        .regex(
          /^arn:aws[a-z-]*:(rds-db:[a-z0-9-]+:[0-9]{12}:dbuser:(db|cluster|prx)-[A-Za-z0-9]{1,64}\/[a-z_][a-z0-9_]{0,62}|dsql:[a-z0-9-]+:[0-9]{12}:cluster\/[a-z0-9]{10,64})$/,
          'arn:aws:rds-db:<region>:<account>:dbuser:<resource id>/<user> or arn:aws:dsql:<region>:<account>:cluster/<id>',
        )
        .describe('Whom it connects as (RDS), or the cluster (Aurora DSQL)'),
      host: z
        .string()
        .regex(/^[a-z0-9.-]{1,253}$/, 'a host name, in lower case')
        .describe('Where the database answers'),
      port: z.int().min(1).max(65_535).default(5432).describe('Its port'),
      database: z
        .string()
        .regex(/^[A-Za-z0-9_-]{1,63}$/, 'a name of a database')
        .describe('Its name on that server'),
      user: identifier.describe('A user of the database that signs in with IAM'),
    })
    .optional()
    .describe('Instead: IAM database authentication, by a token signed with the credentials of the lease'),
});

const scopes = z
  .string()
  .regex(
    /^[!#-[\]-~]{1,100}( [!#-[\]-~]{1,100}){0,19}$/,
    'scopes with single spaces between (RFC 6749 section 3.3)',
  );

const oauth = z.strictObject({
  token_endpoint: keysAddress.describe('Where the broker asks for the token'),
  client: systemName.describe('The client of systems.yaml that asks'),
  scope: scopes.optional().describe('What the token is for'),
  resource: keysAddress.optional().describe('The service that it is for (RFC 8707)'),
  audience: word.optional().describe('The same by name, where the server goes by that (RFC 8693)'),
  exchange: z
    .strictObject({
      subject: z
        .enum(['agent', 'user'])
        .describe('Whom the broker speaks for in the token that it gives in exchange'),
    })
    .optional()
    .describe('Token exchange (RFC 8693) instead of client credentials'),
});

const jwt = z.strictObject({
  audience: word.describe('The service that it is for'),
  scope: scopes.optional().describe('What it is for'),
  parameters: z.array(name).max(10).default([]).describe('Parameters of the task that it tells the service'),
});

/** `POST /chat.postMessage`, `GET /v1/invoices/${invoice_id}`, `GET /v1/items/[0-9]{1,8}`. */
const allowedCall = z
  .string()
  .max(300)
  .regex(
    /^(GET|HEAD|POST|PUT|PATCH|DELETE) \/[A-Za-z0-9._~:@=/${}[\],-]*$/,
    'a call is a method and a path: `POST /chat.postMessage`, with ${parameter} or [class]{m,n} for what varies',
  );

const proxy = z.strictObject({
  base_url: keysAddress.describe('Where calls go; the path of a call is added to it'),
  secret: systemName.describe('The secret of systems.yaml that the broker adds'),
  allow: z.array(allowedCall).min(1).max(20).describe('Methods and paths'),
  query: z
    .array(z.string().regex(/^[A-Za-z0-9_.-]{1,40}$/, 'the name of a query parameter'))
    .max(10)
    .default([])
    .describe('Names of query parameters that calls may have'),
  per_minute: z.int().min(1).max(600).default(60).describe('Calls of one lease in a minute'),
  largest_request: z.int().min(0).max(16_384).default(16_384).describe('Bytes of a body that is sent'),
  largest_response: z
    .int()
    .min(1)
    .max(1_048_576)
    .default(262_144)
    .describe('Bytes of a body that comes back'),
  patience: secondsBetween(1, 20).prefault('10s').describe('Until a call is given up'),
});

/** A named permission of a policy: of exactly one kind, which is checked beside the schema. */
export const capabilitySchema = z.strictObject({
  aws: aws.optional().describe('What it may do in AWS'),
  postgres: postgres.optional().describe('What it may do in a PostgreSQL database'),
  oauth: oauth.optional().describe('A token of somebody else’s authorization server'),
  jwt: jwt.optional().describe('A token of this broker, for services that trust it'),
  proxy: proxy.optional().describe('Calls that the broker makes with a secret that the agent never sees'),
  outlives: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .describe('What its use leaves behind that does not end with the credentials'),
});

export type Capability = z.output<typeof capabilitySchema>;
export type AwsCapability = z.output<typeof aws>;
export type PostgresCapability = z.output<typeof postgres>;
export type PostgresPrivileges = z.output<typeof postgresGrant>;
export type OauthCapability = z.output<typeof oauth>;
export type JwtCapability = z.output<typeof jwt>;
export type ProxyCapability = z.output<typeof proxy>;
