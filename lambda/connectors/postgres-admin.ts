import type { DatabaseSystem, Systems } from '../../core/policy/schema-systems.ts';
import type { Secrets } from '../aws/secrets.ts';
import { codeOf, DatabaseFault, faultOf } from './postgres-faults.ts';
import { places } from './postgres-places.ts';
import { type Connect, isOnThisMachine, type Session, type SignIn } from './postgres-session.ts';

/** Connections of one function at one time, to all databases: a server has a hundred. */
const connectionsAtOnce = 4;

/** Does work in a database as the broker's own user; what is thrown is a {@link DatabaseFault}. */
export type AsAdmin = <Result>(
  database: string,
  work: (session: Session, system: DatabaseSystem) => Promise<Result>,
) => Promise<Result>;

/** Signs in to databases of `systems.yaml`, each time anew: a connection that slept with its function may be gone. */
export function asAdmin(databases: Systems['databases'], secrets: Secrets, connect: Connect): AsAdmin {
  const place = places(connectionsAtOnce);
  return (name, work) =>
    place(async () => {
      const system = Object.hasOwn(databases, name) ? databases[name] : undefined;
      if (!system) throw new DatabaseFault(name, 'it is not in systems.yaml');
      if (system.tls === 'off' && !isOnThisMachine(system.host))
        throw new DatabaseFault(name, 'TLS may be off on this machine only');
      try {
        const session = await signedIn(name, system, secrets, connect);
        try {
          return await work(session, system);
        } finally {
          await session.close();
        }
      } catch (error) {
        throw faultOf(name, error);
      }
    });
}

/** With what the secret says; where that is refused, with what it says now. */
async function signedIn(name: string, system: DatabaseSystem, secrets: Secrets, connect: Connect) {
  try {
    return await connect(system, await signInOf(name, secrets.read(system.secret)));
  } catch (error) {
    const code = codeOf(error);
    if (code !== '28P01' && code !== '28000') throw error;
    return await connect(system, await signInOf(name, secrets.read(system.secret, 'fresh')));
  }
}

async function signInOf(name: string, reading: Promise<string>): Promise<SignIn> {
  const text = await reading.catch(() => {
    throw new DatabaseFault(name, 'its secret could not be read');
  });
  const { username, password } = parsed(text);
  if (!isWord(username) || !isWord(password))
    throw new DatabaseFault(name, 'its secret is not JSON with username and password');
  return { username, password };
}

/** Without the parser's own words, which quote the secret. */
function parsed(text: string): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {};
  }
}

function isWord(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && !value.includes('\0');
}
