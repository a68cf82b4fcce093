import { type KeyUse, keyCondition, mergeKeyUses } from './policy/key-use.ts';
import { everyResource } from './policy/unscoped-actions.ts';
import { type EpochSeconds, toIso } from './time.ts';

/** One IAM statement in the order and case of IAM's grammar. */
export type Statement = {
  readonly Effect: 'Allow' | 'Deny';
  readonly Action?: string | readonly string[];
  readonly NotAction?: string | readonly string[];
  readonly Resource?: string | readonly string[];
  readonly NotResource?: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
};

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
 * groups would be denied by the NotResource of the other.
 */
export function groupActions(wanted: readonly ActionGroup[]): ActionGroup[] {
  const resourcesOf = new Map<string, Set<string>>();
  for (const { actions, resources } of wanted) {
    for (const action of actions) {
      const known = resourcesOf.get(action) ?? new Set();
      for (const resource of resources) known.add(resource);
      resourcesOf.set(action, known);
    }
  }
  const groups = new Map<string, { actions: string[]; resources: string[] }>();
  for (const [action, set] of [...resourcesOf].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const resources = [...set].sort();
    const group = groups.get(resources.join('\n')) ?? { actions: [], resources };
    group.actions.push(action);
    groups.set(resources.join('\n'), group);
  }
  return [...groups.values()];
}

/**
 * The session policy of a lease. Allows exactly what is wanted; denies the same actions elsewhere, because a
 * resource policy naming the session is not stopped by an implicit deny (IAM user guide, policy evaluation
 * logic); denies every other action for the same reason; denies everything from the deadline on.
 */
export function sessionPolicy(
  { groups, keyUses }: Wanted,
  deadline: EpochSeconds,
  network?: Network,
): Statement[] {
  const keys = mergeKeyUses(keyUses);
  const byKey = groupActions(keys.map(({ actions, key }) => ({ actions, resources: [key] })));
  const everything = [...groups, ...byKey];
  return [
    ...groups.map(allow),
    ...keys.map((use) => ({ ...allow({ ...use, resources: [use.key] }), Condition: keyCondition(use) })),
    // Nothing is elsewhere than `*`.
    ...everything.filter(({ resources }) => !resources.includes(everyResource)).map(denyElsewhere),
    ...(keys.length > 0 ? keyDenies(keys) : []),
    { Effect: 'Deny', NotAction: one(everything.flatMap(({ actions }) => actions)), Resource: '*' },
    deadlineStatement(deadline),
    ...(network ? [networkStatement(network)] : []),
  ];
}

function allow({ actions, resources }: ActionGroup): Statement {
  return { Effect: 'Allow', Action: one(actions), Resource: one(resources) };
}

function denyElsewhere({ actions, resources }: ActionGroup): Statement {
  return { Effect: 'Deny', Action: one(actions), NotResource: one(resources) };
}

/**
 * Denies the keys to whoever does not come through the service, and for any other resource: a key policy that
 * names the session would pass the condition of the Allow. Keys of one operator are joined by AND, so a second
 * service's context is no mismatch of the first's.
 */
function keyDenies(keys: readonly KeyUse[]): Statement[] {
  const actions = one([...new Set(keys.flatMap((use) => use.actions))].sort());
  const services = { 'kms:ViaService': one([...new Set(keys.map(({ via }) => via))]) };
  const names = [...new Set(keys.map(({ context }) => context.name))];
  const contexts = names.map((name) => {
    const values = keys.flatMap(({ context }) => (context.name === name ? context.values : []));
    return [`kms:EncryptionContext:${name}`, one([...new Set(values)])] as const;
  });
  return [services, Object.fromEntries(contexts)].map((mismatch) => ({
    Effect: 'Deny',
    Action: actions,
    Resource: '*',
    Condition: { StringNotEquals: mismatch },
  }));
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

/**
 * Denies use from anywhere else. Calls that AWS services make on the agent's behalf carry the service's own
 * network and are exempt, and so is rds-db:connect, which supports none of these keys (RDS user guide,
 * IAM database authentication).
 */
function networkStatement(network: Network): Statement {
  const strings = {
    ...(network.source_vpc && { 'aws:SourceVpc': network.source_vpc }),
    ...(network.source_vpce && { 'aws:SourceVpce': network.source_vpce }),
  };
  return {
    Effect: 'Deny',
    NotAction: 'rds-db:connect',
    Resource: '*',
    Condition: {
      ...(Object.keys(strings).length > 0 && { StringNotEqualsIfExists: strings }),
      ...(network.source_ip && { NotIpAddressIfExists: { 'aws:SourceIp': network.source_ip } }),
      Bool: { 'aws:ViaAWSService': 'false' },
    },
  };
}

function one(values: readonly string[]): string | readonly string[] {
  return values.length === 1 && values[0] !== undefined ? values[0] : values;
}
