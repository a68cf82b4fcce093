import type { Request } from './judge.ts';
import { access, deleting, listing, mixed, otherActions, versions } from './mutations/actions.ts';
import { allowedRequests, otherNetwork, tooLate } from './mutations/circumstances.ts';
import { chaining, identityChanges, tokens } from './mutations/identities.ts';
import { keyMisuse } from './mutations/keys.ts';
import type { Mutation, NearMiss } from './mutations/near-miss.ts';
import { otherPlaces, otherResources, otherValues } from './mutations/resources.ts';
import type { Subject } from './subjects.ts';

/** The classes of near misses, and how many of each a policy's plans have at least. */
export const classes = {
  'other value': { make: otherValues, atLeast: 20 },
  'other resource': { make: otherResources, atLeast: 6 },
  'other region or account': { make: otherPlaces, atLeast: 1 },
  'other action': { make: otherActions, atLeast: 10 },
  'of another capability': { make: mixed, atLeast: 2 },
  list: { make: listing, atLeast: 5 },
  delete: { make: deleting, atLeast: 4 },
  versions: { make: versions, atLeast: 3 },
  'ACLs and policies': { make: access, atLeast: 8 },
  IAM: { make: identityChanges, atLeast: 20 },
  chaining: { make: chaining, atLeast: 20 },
  tokens: { make: tokens, atLeast: 15 },
  'too late': { make: tooLate, atLeast: 4 },
  'other network': { make: otherNetwork, atLeast: 100 },
  'key misuse': { make: keyMisuse, atLeast: 40 },
} as const satisfies Readonly<Record<string, { readonly make: Mutation; readonly atLeast: number }>>;

export type ClassName = keyof typeof classes;
export const classNames = Object.keys(classes) as ClassName[];

/** Whether a class has near misses of this policy at all. */
export function appliesTo(name: ClassName, { policy }: Pick<Subject, 'policy'>): boolean {
  if (name === 'other network') return policy.network !== undefined;
  if (name === 'key misuse') return Object.values(policy.capabilities).some(({ aws }) => aws?.through);
  if (name === 'of another capability') {
    const services = Object.values(policy.capabilities).flatMap(({ aws }) =>
      aws ? [aws.resources[0]?.split(':')[2]] : [],
    );
    return new Set(services).size < services.length;
  }
  return true;
}

/** The near misses of a class, each once, and without what the plan grants after all. */
export function nearMissesOf(name: ClassName, subject: Subject): NearMiss[] {
  const allowed = new Set(allowedRequests(subject).map(idOf));
  const made = classes[name].make(subject).filter(({ request }) => !allowed.has(idOf(request)));
  return [...new Map(made.map((miss) => [idOf(miss.request), miss])).values()];
}

/** What tells a request from others: from where it comes only where that is what is wrong with it. */
function idOf({ action, resource, at, network, context }: Request): string {
  return JSON.stringify([action.toLowerCase(), resource, at, network, Object.entries(context ?? {}).sort()]);
}
