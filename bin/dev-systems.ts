import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { beside } from '../core/policy/folder.ts';
import { readPolicies } from '../lib/policies.ts';
import { type LocalSystems, startSystems } from '../local/systems/systems.ts';

/** The systems that those of the shipped policies have stand-ins for. */
const known = { databases: ['crm'], clients: ['vat-client'], secrets: ['slack-bot'] };

/**
 * Starts what stands in for the systems of a folder of policies; undefined where it names none, or others than the
 * shipped policies do, which are then reached as they are.
 */
export async function startStandIns(folder: string): Promise<LocalSystems | undefined> {
  if (!existsSync(join(folder, beside.systems))) return undefined;
  const { databases, clients, secrets } = readPolicies(folder).systems;
  const others = [
    ...Object.keys(databases).filter((name) => !known.databases.includes(name)),
    ...Object.keys(clients).filter((name) => !known.clients.includes(name)),
    ...Object.keys(secrets).filter((name) => !known.secrets.includes(name)),
  ];
  if (others.length === 0) return startSystems();
  console.log(`${beside.systems} names ${others.join(', ')}: nothing stands in for its systems here`);
  return undefined;
}
