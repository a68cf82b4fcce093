import { awsPartOf, textsOf } from './capability.ts';
import { awsGrantOf } from './grant.ts';
import { shardOf } from './hash.ts';
import { withoutPath } from './identity.ts';
import type { Lease, Task } from './lease.ts';
import { credentialSeconds, type Narrowing } from './lifetime.ts';
import { keyUseOf } from './policy/key-use.ts';
import type { Capability, ContextPolicy } from './policy/schema.ts';
import type { AwsCapability } from './policy/schema-capabilities.ts';
import type { Systems } from './policy/schema-systems.ts';
import { expand, insideCeiling } from './policy/template.ts';
import { groupActions, policyBudget, renderPolicy, sessionPolicy, type Wanted } from './session-policy.ts';
import { sessionTags } from './session-tags.ts';
import type { EpochSeconds } from './time.ts';

/** IAM path of the grant roles of a deployment: what the API denies and what issuance may assume. */
export function grantRolePath(deployment: string): string {
  return `/mayfly/${deployment}/grant/`;
}

/** Start of every grant role's name; region in it, as IAM is global and deployments are regional. */
export function grantRoleNamePrefix(deployment: string, region: string): string {
  return `${deployment}-${region}-`;
}

/** Whether an ARN is of a grant role of any deployment. */
export function isGrantRole(roleArn: string): boolean {
  return new RegExp(`:role${grantRolePath('[^/]+')}`).test(roleArn);
}

/** IAM path of the entry role of a deployment, through which agents come that have no role of their own. */
export function entryRolePath(deployment: string): string {
  return `/mayfly/${deployment}/entry/`;
}

/** Whether an ARN, its path included, is of the entry role of any deployment. */
export function isEntryRole(roleArn: string): boolean {
  return new RegExp(`:role${entryRolePath('[^/]+')}`).test(roleArn);
}

/** Whether an ARN could be of an entry role: by path, or by name, as sessions have no paths. */
export function looksLikeEntryRole(roleArn: string): boolean {
  return (
    isEntryRole(roleArn) ||
    /:role\/[a-z][a-z0-9-]*-[a-z]{2,4}(-[a-z]+)+-\d{1,2}-entry$/.test(withoutPath(roleArn))
  );
}

/** Where the grant roles of this deployment are: `<prefix><type>-<shard>`. */
export type GrantRoles = { readonly arnPrefix: string; readonly shards: number };

/** What of a deployment a plan depends on. */
export type Planning = {
  readonly roles: GrantRoles;
  readonly narrowing: Narrowing;
  /** What grants beyond AWS reach. */
  readonly systems: Systems;
};

/** Everything STS is told for one AWS grant. */
export type AwsPlan = {
  readonly narrowing: Narrowing;
  readonly roleArn: string;
  readonly sessionName: string;
  readonly sourceIdentity: string;
  readonly tags: Readonly<Record<string, string>>;
  /** The session policy as compact JSON, within {@link policyBudget} characters. */
  readonly policy: string;
  readonly deadline: EpochSeconds;
};

/** A plan, undefined where nothing of AWS is wanted; or why there is none: the policy does not fit and is never widened to make it fit. */
export type Planned =
  | { readonly plan: AwsPlan | undefined }
  | { readonly tooLarge: { readonly size: number; readonly budget: number } };

/** What a plan takes from the lease; `grants` where the lease was granted from a role before. */
export type PlannedLease = Pick<Lease, 'id' | 'agent' | 'ancestors' | 'deadline' | 'gen'> &
  Partial<Pick<Lease, 'grants'>>;

/** Plans the AWS grant of an allowed task; throws if a resource would leave its ceiling, which validation prevents. */
export function planAws(
  policy: ContextPolicy,
  task: Task,
  lease: PlannedLease,
  { roles, narrowing }: Pick<Planning, 'roles' | 'narrowing'>,
): Planned {
  const text = policyText(policy, task, lease.deadline);
  if (text === '') return { plan: undefined };
  if (text.length > policyBudget) return { tooLarge: { size: text.length, budget: policyBudget } };
  return {
    plan: {
      narrowing,
      roleArn: lease.grants
        ? awsGrantOf({ id: lease.id, grants: lease.grants }).role_arn
        : grantRoleArn(policy.agent_type, lease.id, roles),
      sessionName: `${policy.agent_type}.${lease.id}`,
      sourceIdentity: lease.id,
      tags: sessionTags(lease, policy.agent_type),
      policy: text,
      deadline: lease.deadline,
    },
  };
}

/**
 * The session policy of these capabilities and values, as STS takes it; compact where it would not fit, empty where
 * nothing of AWS is wanted.
 */
export function policyText(
  policy: ContextPolicy,
  task: Pick<Task, 'capabilities' | 'parameters'>,
  deadline: EpochSeconds,
): string {
  const wanted = wantedOf(task.capabilities.flatMap((name) => grantedResources(policy, name, task)));
  if (wanted.groups.length === 0) return '';
  const explicit = renderPolicy(sessionPolicy(wanted, deadline, policy.network));
  return explicit.length <= policyBudget
    ? explicit
    : renderPolicy(sessionPolicy(wanted, deadline, policy.network, 'compact'));
}

/** Latest second at which a credential minted now for this deadline could work. */
export function credentialUntil(now: EpochSeconds, deadline: EpochSeconds): EpochSeconds {
  return (now + credentialSeconds(deadline - now)) as EpochSeconds;
}

/** What capabilities want together, their resources filled in, or widened for a ceiling. */
export function wantedOf(capabilities: readonly AwsCapability[]): Wanted {
  return {
    groups: groupActions(capabilities),
    keyUses: capabilities.flatMap((each) => (each.through ? [keyUseOf(each.through.kms, each)] : [])),
  };
}

/** A capability of a policy; throws for one that it has not, which deciding prevents. */
export function capabilityOf(policy: ContextPolicy, name: string): Capability {
  const capability = Object.hasOwn(policy.capabilities, name) ? policy.capabilities[name] : undefined;
  if (!capability) throw new Error(`capability ${name} was decided on but is not in the policy`);
  return capability;
}

/** Actions and concrete resources of what a capability of a task wants of AWS, if it does; throws for one that the policy has not. */
export function grantedResources(
  policy: ContextPolicy,
  name: string,
  { parameters }: Pick<Task, 'parameters'>,
): AwsCapability[] {
  const aws = awsPartOf(capabilityOf(policy, name));
  if (!aws) return [];
  const values = textsOf(parameters);
  const resources = aws.resources.map((template) => {
    const arn = expand(template, values);
    if (!insideCeiling(template, arn)) throw new Error(`a resource of ${name} would leave its ceiling`);
    return arn;
  });
  return [{ ...aws, resources }];
}

/** Shards spread the leases of a type over several roles, because a role's deny document is bounded. */
export function grantRoleArn(agentType: string, leaseId: string, roles: GrantRoles): string {
  return grantRoleArns(agentType, roles)[shardOf(leaseId, roles.shards)] ?? '';
}

/** ARNs of all grant roles of an agent type. */
export function grantRoleArns(agentType: string, { arnPrefix, shards }: GrantRoles): string[] {
  return Array.from({ length: shards }, (_, shard) => `${arnPrefix}${agentType}-${shard}`);
}

/** The agent type that a grant role of a deployment is for, by the role's name; empty for a role that is none. */
export function typeOfGrantRole(name: string, { arnPrefix }: GrantRoles): string {
  const prefix = arnPrefix.slice(arnPrefix.lastIndexOf('/') + 1);
  return name.startsWith(prefix) ? name.slice(prefix.length).replace(/-\d+$/, '') : '';
}

/** Names of all grant roles of an agent type. */
export function grantRoleNames(agentType: string, roles: GrantRoles): string[] {
  return grantRoleArns(agentType, roles).map((arn) => arn.split('/').at(-1) ?? arn);
}
