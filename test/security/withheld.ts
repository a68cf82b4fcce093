import type { Decided, LocalBroker } from '../../local/start.ts';
import type { Held } from './held-permissions.ts';

/** Takes a permission from every role that holds it while something runs. */
export async function withheld<Result>(
  broker: LocalBroker,
  { roles, part, action, resource }: Held,
  run: () => Promise<Result>,
): Promise<Result> {
  const restores = roles.map((role) => broker.withhold({ role, part, action, resource }));
  try {
    return await run();
  } finally {
    for (const restore of restores) restore();
  }
}

/** Every decision about one of these roles while something runs. */
export async function decisionsAbout(
  broker: LocalBroker,
  roles: readonly string[],
  run: () => Promise<unknown>,
): Promise<Decided[]> {
  const before = broker.decisions.length;
  await run();
  return broker.decisions.slice(before).filter(({ role = '' }) => roles.includes(role));
}

/** The first thing that one of these roles was refused while something ran, which may fail of it. */
export async function firstRefused(
  broker: LocalBroker,
  roles: readonly string[],
  run: () => Promise<unknown>,
): Promise<string | undefined> {
  const decisions = await decisionsAbout(broker, roles, () => run().catch(() => undefined));
  return decisions.find(({ allowed }) => !allowed)?.action;
}

/** A permission in a test's name. */
export function named({ holder, part, action, resource = '' }: Held): string {
  const on = resource.split(':').slice(5).join(':') || resource;
  const of = part === 'permissions' ? holder : `${holder} (${part})`;
  return `${of} without ${action}${on === '' ? '' : ` on ${on}`}`;
}
