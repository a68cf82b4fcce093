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
 * The session policy of a lease. Allows exactly the groups; denies the same actions elsewhere, because a
 * resource policy naming the session is not stopped by an implicit deny (IAM user guide, policy evaluation
 * logic); denies every other action for the same reason; denies everything from the deadline on.
 */
export function sessionPolicy(
  groups: readonly ActionGroup[],
  deadline: EpochSeconds,
  network?: Network,
): Statement[] {
  return [
    ...groups.map(
      ({ actions, resources }): Statement => ({
        Effect: 'Allow',
        Action: one(actions),
        Resource: one(resources),
      }),
    ),
    ...groups.map(
      ({ actions, resources }): Statement => ({
        Effect: 'Deny',
        Action: one(actions),
        NotResource: one(resources),
      }),
    ),
    { Effect: 'Deny', NotAction: one(groups.flatMap(({ actions }) => actions)), Resource: '*' },
    deadlineStatement(deadline),
    ...(network ? [networkStatement(network)] : []),
  ];
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
