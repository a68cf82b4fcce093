import { Client } from 'pg';
import {
  awsCredentialsOf,
  type BrokerClient,
  BrokerProblem,
  type IssuedLeaseResponse,
} from '../../client/index.ts';
import type { ProxyRequest } from '../../client/proxied-call.ts';
import type { PostgresCredentials } from '../../core/protocol/responses.ts';
import type { LocalSystems } from '../../local/systems/systems.ts';
import { reading, s3With, signedFetch } from '../broker.ts';
import { type GrantingBroker, serviceRole, wholeTask } from './granting.ts';

/** A lease, its credentials, and who holds them. */
export type Granted = IssuedLeaseResponse & { readonly agent: BrokerClient };

/** A new agent with a lease over everything, or less. */
export async function granted(
  on: GrantingBroker,
  wanted?: readonly string[],
  seconds?: number,
): Promise<Granted> {
  const agent = await on.agent();
  return { agent, ...(await agent.lease(wholeTask(wanted, seconds))) };
}

/** How an agent signs in to the database of its lease; throws for a lease without one. */
export function databaseOf({ credentials }: Pick<IssuedLeaseResponse, 'credentials'>): PostgresCredentials {
  const database = credentials.postgres?.['crm'];
  if (!database) throw new Error('the lease has no database');
  return database;
}

/** A connection with a lease's credentials, which may break at any time. */
export async function connected(database: Omit<PostgresCredentials, 'tls' | 'expiration'>): Promise<Client> {
  const { host, port, database: name, user, password } = database;
  const client = new Client({ host, port, database: name, user, password });
  client.on('error', () => {});
  await client.connect();
  return client;
}

/** Rows that the server's superuser sees. */
export async function rowsIn<Row extends object>({ postgres }: LocalSystems, sql: string): Promise<Row[]> {
  const { host, port, superuser } = postgres;
  const client = await connected({ host, port, database: 'crm', ...superuser });
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}

/** Roles that leases have in the database server at this moment. */
export async function rolesIn(systems: LocalSystems): Promise<string[]> {
  const sql = "SELECT rolname FROM pg_roles WHERE rolname LIKE 'mayfly\\_%' ORDER BY 1";
  return (await rowsIn<{ rolname: string }>(systems, sql)).map(({ rolname }) => rolname);
}

/** What is left in the systems of all leases: roles, and tokens that work. */
export async function leftIn(systems: LocalSystems) {
  const tokens = systems.oauth
    .tokens()
    .filter(({ revoked, expires }) => !revoked && expires > Date.now() / 1_000);
  return { roles: await rolesIn(systems), tokens: tokens.length };
}

/** Nothing is left. */
export const nothing = { roles: [], tokens: 0 };

/** What a lease's grants are good for at this moment. */
export type Worth = Readonly<Record<'aws' | 'postgres' | 'oauth' | 'jwt' | 'proxy', boolean>>;

export const alive: Worth = { aws: true, postgres: true, oauth: true, jwt: true, proxy: true };
export const dead: Worth = { aws: false, postgres: false, oauth: false, jwt: false, proxy: false };

/** Uses every grant of a lease over everything as its agent would, and has a service ask about its token. */
export async function worthOf(on: GrantingBroker, { agent, lease, credentials }: Granted): Promise<Worth> {
  const { oauth, jwt } = credentials;
  return {
    aws: yes(
      await reading(
        s3With(on.broker, awsCredentialsOf({ credentials })),
        `${lease.task.parameters['customer_id']}/4711.json`,
      ),
      'read',
      ['AccessDenied', 'ExpiredToken'],
    ),
    postgres: yes(await signingIn(databaseOf({ credentials })), 'signed in', ['28P01', '28000']),
    oauth: yes(await checking(on.systems, oauth?.['check_vat']?.access_token), 200, [401]),
    jwt: (await introspected(on, jwt?.['tell_ledger']?.access_token ?? '')).active,
    proxy: yes(await posting(agent, lease.id), '200', ['lease_ended', 'quarantined']),
  };
}

/** Whether it is this; throws for what is neither this nor a refusal. */
function yes<Answer>(answer: Answer, this_: Answer, refusals: readonly Answer[]): boolean {
  if (answer !== this_ && !refusals.includes(answer)) throw new Error(`neither used nor refused: ${answer}`);
  return answer === this_;
}

/** What signing in and reading comes to: `signed in`, or PostgreSQL's code. */
export async function signingIn(database: PostgresCredentials): Promise<string> {
  try {
    const client = await connected(database);
    await client.query('SELECT name FROM crm.customers');
    await client.end();
    return 'signed in';
  } catch (error) {
    return String((error as { code?: unknown }).code ?? error);
  }
}

/** The status of asking the service of the authorization server. */
export async function checking({ oauth }: LocalSystems, token = ''): Promise<number> {
  const headers = { Authorization: `Bearer ${token}` };
  return (await fetch(`${oauth.url}/vat/DE136695976`, { headers })).status;
}

/** What the broker tells a service of a token. */
export async function introspected(
  { broker }: GrantingBroker,
  token: string,
  role = serviceRole,
): Promise<{ readonly status: number; readonly active: boolean }> {
  const response = await signedFetch(broker, broker.credentialsFor(role, 'ledger'))(
    `${broker.url}/v1/introspections`,
    {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      body: String(new URLSearchParams({ token })),
    },
  );
  return { status: response.status, ...((await response.json()) as { active: boolean }) };
}

/** What posting a message through the broker comes to: the chat's status, or the broker's code. */
export async function posting(agent: BrokerClient, lease: string): Promise<string> {
  const request: ProxyRequest = {
    method: 'POST',
    path: '/chat.postMessage',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ channel: 'C1', text: 'invoice 4711 is valid' }),
  };
  return agent.proxy(lease, 'post_message', request).then(
    ({ status }) => String(status),
    (error: unknown) => {
      if (error instanceof BrokerProblem) return error.code;
      throw error;
    },
  );
}
