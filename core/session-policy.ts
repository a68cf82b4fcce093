import { keyActions, keyAllow, keyDenies } from './policy/key-denies.ts';
import type { KeyUse } from './policy/key-use.ts';
import { everyResource } from './policy/unscoped-actions.ts';
import { one, type Statement } from './statement.ts';
import { type EpochSeconds, toIso } from './time.ts';

/** Actions that share exactly one set of resources. */
export type ActionGroup = { readonly actions: readonly string[]; readonly resources: readonly string[] };

/** What a lease is to be allowed: action groups, and the keys that services use on its behalf for them. */
export type Wanted = { readonly groups: readonly ActionGroup[]; readonly keyUses: readonly KeyUse[] };

/** From where the credentials may be used; each list is an alternative. */
export type Network = {
  readonly source_vpc?: readonly string[] | undefined;
  readonly source_vpce?: readonly string[] | undefined;
  readonly source_ip?: readonly string[] | undefined;
};

/** Plaintext budget of a session policy, in characters (STS API reference, AssumeRole, Policy). */
export const policyBudget = 2_048;

/**
 * Groups actions by their exact resources, so that each action stands in one group only. An action in two
 * groups would be denied by the NotResource of the other; IAM reads actions in any case, so spelling it in two
 * ways makes no two actions of it.
 */
export function groupActions(wanted: readonly ActionGroup[]): ActionGroup[] {
  const known = new Map<string, { action: string; resources: Set<string> }>();
  for (const { actions, resources } of wanted) {
    for (const action of actions) {
      const entry = known.get(action.toLowerCase()) ?? { action, resources: new Set() };
      for (const resource of resources) entry.resources.add(resource);
      known.set(action.toLowerCase(), entry);
    }
  }
  const groups = new Map<string, { actions: string[]; resources: string[] }>();
  for (const { action, resources: set } of [...known.values()].sort((a, b) =>
    a.action < b.action ? -1 : 1,
  )) {
    const resources = [...set].sort();
    const id = JSON.stringify(resources);
    const group = groups.get(id) ?? { actions: [], resources };
    group.actions.push(action);
    groups.set(id, group);
  }
  return [...groups.values()];
}

/**
 * How the Allow is written. `explicit`: one per group, with its resources. `compact`: one for all actions, on
 * everything, because the Denies say the same once more; for what would not fit otherwise.
 */
export type Form = 'explicit' | 'compact';

/**
 * The session policy of a lease. Allows exactly what is wanted; denies the same actions elsewhere, because a
 * resource policy naming the session is not stopped by an implicit deny (IAM user guide, policy evaluation
 * logic); denies every other action and every other use of the keys for the same reason; denies everything from
 * the deadline on, and from other networks. Both forms allow the same.
 */
export function sessionPolicy(
  { groups, keyUses }: Wanted,
  deadline: EpochSeconds,
  network?: Network,
  form: Form = 'explicit',
): Statement[] {
  const granted = [...groups.flatMap(({ actions }) => actions), ...keyActions(keyUses)];
  return [
    ...(form === 'compact'
      ? [allow({ actions: granted, resources: [everyResource] })]
      : [...groups.map(allow), ...(keyUses.length > 0 ? [keyAllow(keyUses)] : [])]),
    // Nothing is elsewhere than `*`.
    ...groups.filter(({ resources }) => !resources.includes(everyResource)).map(denyElsewhere),
    ...keyDenies(keyUses),
    { Effect: 'Deny', NotAction: one(granted), Resource: '*' },
    deadlineStatement(deadline),
    ...(network ? networkStatements(network, granted) : []),
  ];
}

function allow({ actions, resources }: ActionGroup): Statement {
  return { Effect: 'Allow', Action: one(actions), Resource: one(resources) };
}

function denyElsewhere({ actions, resources }: ActionGroup): Statement {
  return { Effect: 'Deny', Action: one(actions), NotResource: one(resources) };
}

/** The policy as STS takes it: compact JSON. */
export function renderPolicy(statements: readonly Statement[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: statements });
}

/**
 * A Deny, as resource policies can bypass implicit denies; a literal time, as policy variables do not work
 * with date operators (IAM user guide, condition operators and policy variables).
 */
function deadlineStatement(deadline: EpochSeconds): Statement {
  return {
    Effect: 'Deny',
    Action: '*',
    Resource: '*',
    Condition: { DateGreaterThanEquals: { 'aws:CurrentTime': toIso(deadline) } },
  };
}

/** What supports none of the keys that tell a network (RDS user guide, IAM database authentication). */
const networkless = /^rds-db:connect$/i;

/**
 * Denies use from anywhere else; a negated operator holds too where its key is absent (IAM user guide, condition
 * operators), so a request from no network at all is from elsewhere. Calls that AWS services make on the agent's
 * behalf carry the service's own network and are exempt, and so are {@link networkless} actions.
 */
function networkStatements(network: Network, granted: readonly string[]): Statement[] {
  const exempt = granted.filter((action) => networkless.test(action));
  // Everything that was not granted is denied anyway.
  if (exempt.length === granted.length) return [];
  const strings = {
    ...(network.source_vpc && { 'aws:SourceVpc': one(network.source_vpc) }),
    ...(network.source_vpce && { 'aws:SourceVpce': one(network.source_vpce) }),
  };
  return [
    {
      Effect: 'Deny',
      ...(exempt.length > 0 ? { NotAction: one(exempt) } : { Action: '*' }),
      Resource: '*',
      Condition: {
        ...(Object.keys(strings).length > 0 && { StringNotEquals: strings }),
        ...(network.source_ip && { NotIpAddress: { 'aws:SourceIp': one(network.source_ip) } }),
        // Where a service does not say, the call counts as the agent's own.
        BoolIfExists: { 'aws:ViaAWSService': 'false' },
      },
    },
  ];
}
