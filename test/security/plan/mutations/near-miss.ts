import type { Request } from '../judge.ts';
import { type From, rightPlaces } from '../places.ts';
import type { Subject } from '../subjects.ts';

/** A request that is almost one of those that a plan allows. */
export type NearMiss = { readonly name: string; readonly request: Request };

/** Makes the near misses of one class. */
export type Mutation = (subject: Subject) => NearMiss[];

/** From where the lease may be used; the first of several places. */
export function home({ policy }: Subject): From {
  const [place] = rightPlaces(policy.network);
  if (!place) throw new Error(`${policy.agent_type} may be used from nowhere`);
  return place;
}

/** A near miss by action and resource alone, at the right time from the right place. */
export function missed(subject: Subject, action: string, resource: string, how: string): NearMiss {
  return {
    name: `${action} on ${resource} (${how})`,
    request: { action, resource, network: home(subject) },
  };
}
