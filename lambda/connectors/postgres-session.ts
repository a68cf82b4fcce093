import { isIP, Socket } from 'node:net';
import { checkServerIdentity } from 'node:tls';
import { Client } from 'pg';
import type { DatabaseSystem } from '../../core/policy/schema-systems.ts';

/** Rows of one statement, by column. */
export type Rows = readonly Readonly<Record<string, unknown>>[];

/** One connection to a database, for a few round trips. */
export type Session = {
  /** Sends statements in one round trip and answers the rows of each; throws what went wrong, with PostgreSQL's `code`. */
  run(statements: readonly string[]): Promise<readonly Rows[]>;
  /** Ends it, whatever state it is in; never throws. */
  close(): Promise<void>;
};

/** Who signs in to a database. */
export type SignIn = { readonly username: string; readonly password: string };

/** Opens a session, or throws what went wrong. */
export type Connect = (database: DatabaseSystem, signIn: SignIn) => Promise<Session>;

/** Milliseconds until a connection, a round trip or a statement is given up, and until a lock is not waited for. */
export const patience = { connection: 2_000, statement: 5_000, lock: 4_000, close: 1_000 } as const;

/** How the server treats the session. What it names is looked up in the catalog, and a transaction left open is ended. */
const settings = [
  'search_path=pg_catalog',
  `lock_timeout=${patience.lock}`,
  `idle_in_transaction_session_timeout=${patience.statement}`,
];

/** Signs in with `pg`; with TLS whose certificate and host name are verified, unless the database is on this machine. */
export async function openSession(
  database: DatabaseSystem,
  { username, password }: SignIn,
): Promise<Session> {
  const socket = new Socket();
  const client = new Client({
    host: database.host,
    port: database.port,
    database: database.database,
    user: username,
    password,
    ssl: tlsOf(database),
    stream: () => socket,
    options: settings.map((each) => `-c ${each}`).join(' '),
    application_name: 'mayfly',
    connectionTimeoutMillis: patience.connection,
    statement_timeout: patience.statement,
    query_timeout: patience.statement,
  });
  // An end that nobody waits for is seen by the next round trip.
  client.on('error', () => {});
  const close = () => closed(client, socket);
  try {
    await client.connect();
  } catch (error) {
    await close();
    throw error;
  }
  return { run: (statements) => rowsOf(client, statements), close };
}

async function rowsOf(client: Client, statements: readonly string[]): Promise<readonly Rows[]> {
  const answers: unknown = await client.query(statements.join(';\n'));
  return [answers].flat().map((answer) => (answer as { readonly rows: Rows }).rows);
}

async function closed(client: Client, socket: Socket): Promise<void> {
  const timer = setTimeout(() => socket.destroy(), patience.close);
  await client.end().catch(() => {});
  clearTimeout(timer);
  socket.destroy();
}

/** Whether a host is this machine, where nobody is between. */
export function isOnThisMachine(host: string): boolean {
  return loopback.has(host);
}

const loopback: ReadonlySet<string> = new Set(['127.0.0.1', '::1', 'localhost']);

function tlsOf({ tls, host, ca }: DatabaseSystem) {
  if (tls === 'off' && isOnThisMachine(host)) return false;
  return {
    ...(ca === undefined ? {} : { ca }),
    rejectUnauthorized: true,
    minVersion: 'TLSv1.2' as const,
    // An address has no server name, and is looked for among the certificate's addresses.
    ...(isIP(host) ? {} : { servername: host }),
    checkServerIdentity: (_: string, certificate: Parameters<typeof checkServerIdentity>[1]) =>
      checkServerIdentity(host, certificate),
  };
}
