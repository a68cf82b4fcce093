import { after } from '../../../../core/time.ts';
import type { Request } from '../judge.ts';
import { rightPlaces, service, wrongPlaces } from '../places.ts';
import { deadline, type Subject } from '../subjects.ts';
import type { UsedKey } from '../used-keys.ts';
import { home, type NearMiss } from './near-miss.ts';

/** A use of a key as KMS sees it: the service calls on behalf of the agent. */
export function keyRequest({ action, key, via, context }: UsedKey): Request {
  return {
    action,
    resource: key,
    network: service,
    context: { 'kms:ViaService': via, [`kms:EncryptionContext:${context.name}`]: context.value },
  };
}

/** Every request that the plan must allow, told by what the capabilities say. */
export function allowedRequests(subject: Subject): Request[] {
  return [
    ...subject.granted.map(({ action, resource }) => ({ action, resource, network: home(subject) })),
    ...subject.keys.map(keyRequest),
  ];
}

/** The same from every right place and through a service; connecting to a database from anywhere. */
export function allowedFromEverywhere(subject: Subject): Request[] {
  const places = [...rightPlaces(subject.policy.network), service];
  return allowedRequests(subject).flatMap((request) => {
    if (request.context) return [request];
    const from = request.action === 'rds-db:connect' ? [...places, {}] : places;
    return from.map((network) => ({ ...request, network }));
  });
}

/** Everything that is allowed, from the deadline on. */
export function tooLate(subject: Subject): NearMiss[] {
  const late = { 'at the deadline': 0, 'a second late': 1, 'an hour late': 3_600, 'a day late': 86_400 };
  return allowedRequests(subject).flatMap((request) =>
    Object.entries(late).map(([how, seconds]) => ({
      name: `${request.action} on ${request.resource} (${how})`,
      request: { ...request, at: after(deadline, seconds) },
    })),
  );
}

/** Everything that is allowed, from another network; where there is one, and but for what cannot tell it. */
export function otherNetwork(subject: Subject): NearMiss[] {
  const { network } = subject.policy;
  if (!network) return [];
  return subject.granted
    .filter(({ action }) => action !== 'rds-db:connect')
    .flatMap(({ action, resource }) =>
      Object.entries(wrongPlaces(network)).map(([how, place]) => ({
        name: `${action} on ${resource} (${how})`,
        request: { action, resource, network: place },
      })),
    );
}
