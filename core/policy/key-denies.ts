import { one, type Statement } from '../statement.ts';
import type { KeyUse } from './key-use.ts';

/** What one statement denies of an action: all of a Deny but its actions. */
type Refusal = Omit<Statement, 'Effect' | 'Action' | 'NotAction'>;
type Condition = NonNullable<Statement['Condition']>;

/** One Allow for all uses together; which they are, {@link keyDenies} says. */
export function keyAllow(uses: readonly KeyUse[]): Statement {
  return { Effect: 'Allow', Action: one(keyActions(uses)), Resource: one(keysOf(uses)) };
}

/** The KMS actions that uses need. */
export function keyActions(uses: readonly KeyUse[]): string[] {
  return distinct(uses.flatMap(({ actions }) => actions));
}

/**
 * Denies every use of a key but these. A key policy that names the session passes whatever conditions an Allow
 * has, so the uses are told by denying the rest: what comes through no service that uses a key, through one of
 * them on another's key, or through one of them for another resource.
 */
export function keyDenies(uses: readonly KeyUse[]): Statement[] {
  const refused = new Map<string, { readonly actions: string[]; readonly refusal: Refusal }>();
  for (const action of keyActions(uses)) {
    for (const refusal of refusalsOf(action, uses)) {
      const id = JSON.stringify(refusal);
      const same = refused.get(id) ?? { actions: [], refusal };
      same.actions.push(action);
      refused.set(id, same);
    }
  }
  return [...refused.values()].map(({ actions, refusal }) => ({
    Effect: 'Deny',
    Action: one(actions),
    ...refusal,
  }));
}

/** What is to be refused of an action. How it is said depends on all uses, so that actions share statements. */
function refusalsOf(action: string, all: readonly KeyUse[]): Refusal[] {
  const uses = all.filter(({ actions }) => actions.includes(action));
  const through = (via: string) => all.filter((use) => use.via === via);
  const oneService = servicesOf(all).length === 1;
  const sameKeys = shareKeys(all) && shareKeys(uses);
  return [
    { Resource: '*', Condition: { StringNotEquals: { 'kms:ViaService': one(servicesOf(uses)) } } },
    ...(sameKeys ? [{ NotResource: one(keysOf(uses)) }] : []),
    ...servicesOf(uses).flatMap((via): Refusal[] => {
      const own = uses.filter((use) => use.via === via);
      // With one service the first statement has said it.
      const condition = oneService ? {} : { StringEquals: { 'kms:ViaService': via } };
      const mismatches = otherResources(own, keysOf(through(via)).length === 1, condition);
      return sameKeys ? mismatches : [{ NotResource: one(keysOf(own)), Condition: condition }, ...mismatches];
    }),
  ];
}

/** Each key of a service serves the resources that it is named for; a resource is known by the context. */
function otherResources(uses: readonly KeyUse[], oneKey: boolean, condition: Condition): Refusal[] {
  return keysOf(uses).map((key) => {
    const contexts = uses.filter((use) => use.key === key).map(({ context }) => context);
    const values = distinct(contexts.flatMap((context) => context.values));
    const mismatch = { [`kms:EncryptionContext:${contexts[0]?.name}`]: one(values) };
    // Other keys of the service are refused already.
    return { Resource: oneKey ? '*' : key, Condition: { ...condition, StringNotEquals: mismatch } };
  });
}

/** Whether every service uses every key. */
function shareKeys(uses: readonly KeyUse[]): boolean {
  return servicesOf(uses).every(
    (via) => keysOf(uses.filter((use) => use.via === via)).length === keysOf(uses).length,
  );
}

function servicesOf(uses: readonly KeyUse[]): string[] {
  return distinct(uses.map(({ via }) => via));
}

function keysOf(uses: readonly KeyUse[]): string[] {
  return distinct(uses.map(({ key }) => key));
}

function distinct(values: readonly string[]): string[] {
  return [...new Set(values)].sort();
}
