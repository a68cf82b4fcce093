import type { GrantRole } from './grant-roles.ts';
import type { Switches } from './panic-switches.ts';

/** Stopping, or letting work again. */
export type Way = 'panic' | 'unpanic';

/** What is switched: roles, and issuance where it is everything. */
export type Work = { readonly roles: readonly GrantRole[]; readonly issuance: boolean };

/** How one switch went: whether it changed anything, or what went wrong. */
export type Switched = { readonly changed: boolean } | { readonly error: unknown };

/** How everything went; `issuance` where it was part of the work. */
export type Outcome = {
  readonly issuance?: Switched;
  readonly roles: readonly { readonly role: string; readonly result: Switched }[];
};

/** Most roles that are written at one time: IAM's limits are not published. */
const atOnce = 8;

/**
 * Switches everything, past what fails. Panic stops issuance first, so that nothing new is minted while roles are
 * denied; unpanic starts it last, so that nothing is minted that would be dead on arrival.
 */
export async function carryOut(switches: Switches, way: Way, { roles, issuance }: Work): Promise<Outcome> {
  const [one, all] =
    way === 'panic' ? [switches.deny, switches.stopIssuance] : [switches.allow, switches.startIssuance];
  const first = issuance && way === 'panic' ? await attempt(all) : undefined;
  const results = await inParallel(roles, async ({ name }) => ({
    role: name,
    result: await attempt(() => one(name)),
  }));
  const last = issuance && way === 'unpanic' ? await attempt(all) : undefined;
  const switched = first ?? last;
  return { roles: results, ...(switched && { issuance: switched }) };
}

/** What went wrong, with whose it was. */
export function failuresOf(outcome: Outcome): { readonly what: string; readonly error: unknown }[] {
  const all = [
    ...(outcome.issuance ? [{ what: 'issuance', result: outcome.issuance }] : []),
    ...outcome.roles.map(({ role, result }) => ({ what: role, result })),
  ];
  return all.flatMap(({ what, result }) => ('error' in result ? [{ what, error: result.error }] : []));
}

async function attempt(step: () => Promise<unknown>): Promise<Switched> {
  try {
    return { changed: (await step()) !== false };
  } catch (error) {
    return { error };
  }
}

async function inParallel<In, Out>(items: readonly In[], each: (item: In) => Promise<Out>): Promise<Out[]> {
  const results: Out[] = [];
  const waiting = items.entries();
  const worker = async () => {
    for (const [index, item] of waiting) results[index] = await each(item);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return results;
}
