import { AwsV4Signer } from 'aws4fetch';
import type { PostgresCapability } from '../../core/policy/schema-capabilities.ts';
import type { PostgresCredentials } from '../../core/protocol/responses.ts';
import { after, type EpochSeconds, toIso } from '../../core/time.ts';
import type { MintedCredentials } from '../../core/use-cases/mint-checked.ts';

/** Seconds for which RDS takes a token (RDS user guide, IAM database authentication); it is asked at the sign-in only. */
const rdsTokenSeconds = 900;

/** How a service of databases is asked to let somebody connect: its name, its action, and who connects. */
const services = {
  'rds-db': { action: 'connect', user: true, port: true },
  dsql: { action: 'DbConnect', user: false, port: false },
} as const;

/**
 * How to sign in to a database by a token: a presigned request, signed with the credentials of the lease and never sent (RDS
 * user guide, IAMDBAuth.Connecting; Aurora DSQL user guide, authentication tokens). RDS takes no other lifetime than 900 s,
 * but no token of credentials that have ended; DSQL takes the seconds that the lease has left.
 */
export async function databaseCredentials(
  iam: NonNullable<PostgresCapability['iam']>,
  credentials: MintedCredentials,
  deadline: EpochSeconds,
  now: EpochSeconds,
): Promise<PostgresCredentials> {
  const [, , service = '', region = ''] = iam.resource.split(':');
  const { action, user, port } = services[service === 'dsql' ? 'dsql' : 'rds-db'];
  const left = Math.max(1, deadline - now);
  const seconds = service === 'dsql' ? left : rdsTokenSeconds;
  const url = new URL(`https://${iam.host}${port ? `:${iam.port}` : ''}/`);
  url.searchParams.set('Action', action);
  if (user) url.searchParams.set('DBUser', iam.user);
  url.searchParams.set('X-Amz-Expires', String(seconds));
  const signed = await new AwsV4Signer({
    url: url.href,
    method: 'GET',
    accessKeyId: credentials.accessKeyId,
    secretAccessKey: credentials.secretAccessKey,
    sessionToken: credentials.sessionToken,
    service,
    region,
    signQuery: true,
    datetime: toIso(now).replace(/[-:]|\.\d{3}/g, ''),
  }).sign();
  return {
    host: iam.host,
    port: iam.port,
    database: iam.database,
    user: iam.user,
    password: signed.url.href.replace('https://', ''),
    tls: 'required',
    expiration: toIso(deadline),
    token_expiration: toIso(after(now, Math.min(seconds, left))),
  };
}
