import { Duration } from 'aws-cdk-lib';
import {
  AccountRootPrincipal,
  Effect,
  ManagedPolicy,
  PolicyDocument,
  PolicyStatement,
  type PrincipalBase,
  Role,
} from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { awsPartOf } from '../core/capability.ts';
import { grantRoleNamePrefix, grantRolePath, wantedOf } from '../core/plan.ts';
import { keyCondition, mergeKeyUses } from '../core/policy/key-use.ts';
import { neverGranted } from '../core/policy/outliving-actions.ts';
import type { ContextPolicy } from '../core/policy/schema.ts';
import { ceilingOf } from '../core/policy/template.ts';
import { sessionTagKeys } from '../core/session-tags.ts';
import { place } from './broker-function.ts';

export type GrantRolesProps = {
  readonly deployment: string;
  readonly policies: readonly ContextPolicy[];
  readonly shards: number;
  /** ARN of the one role that may assume grant roles. */
  readonly issuanceRoleArn: string;
  /** ARNs of the broker's own parts, which no grant role may ever touch. */
  readonly protectedArns: readonly string[];
};

/**
 * The grant roles of every agent type: `shards` roles each, which share one permission policy (the ceiling)
 * and one boundary, so that whoever writes role policies still cannot widen a role.
 */
export class GrantRoles extends Construct {
  readonly roles: Readonly<Record<string, readonly Role[]>>;

  constructor(scope: Construct, id: string, props: GrantRolesProps) {
    super(scope, id);
    this.roles = Object.fromEntries(
      props.policies.map((policy) => [policy.agent_type, this.rolesOf(policy, props)]),
    );
  }

  private rolesOf(policy: ContextPolicy, props: GrantRolesProps): Role[] {
    const type = new Construct(this, policy.agent_type);
    const ceiling = ceilingStatements(policy);
    const permissions = new ManagedPolicy(type, 'Permissions', {
      description: `Ceiling of the agent type ${policy.agent_type}`,
      document: new PolicyDocument({ statements: [...ceiling(), narrowing(), withoutLease()] }),
    });
    const boundary = new ManagedPolicy(type, 'Boundary', {
      description: `Boundary of the agent type ${policy.agent_type}`,
      document: new PolicyDocument({
        statements: [...ceiling(), narrowing(), ...hardDenies(props.protectedArns)],
      }),
    });
    return Array.from({ length: props.shards }, (_, shard) => {
      const role = new Role(type, `Shard${shard}`, {
        roleName: `${grantRoleNamePrefix(props.deployment, place(this).region)}${policy.agent_type}-${shard}`,
        path: grantRolePath(props.deployment),
        description: `Leases of ${policy.agent_type}, shard ${shard}`,
        assumedBy: issuanceWith(props.issuanceRoleArn, { ...leaseId, ...onlyOurTags }),
        managedPolicies: [permissions],
        permissionsBoundary: boundary,
        maxSessionDuration: Duration.hours(1),
      });
      role.assumeRolePolicy?.addStatements(
        trusts('sts:SetSourceIdentity', issuanceWith(props.issuanceRoleArn, leaseId)),
        trusts('sts:TagSession', issuanceWith(props.issuanceRoleArn, onlyOurTags)),
      );
      return role;
    });
  }
}

/** Only for a lease; `sts:SourceIdentity` is no key of TagSession (service authorization reference, STS). */
const leaseId = { StringLike: { 'sts:SourceIdentity': 'L-*' } };

/** Only with the tags of a lease. */
const onlyOurTags = { 'ForAllValues:StringEquals': { 'aws:TagKeys': [...sessionTagKeys] } };

/**
 * The account with the issuance role as a condition, not that role as principal: naming it would be enough by
 * itself within one account, and issuance must hold its own permission too (IAM user guide, evaluation logic).
 */
function issuanceWith(roleArn: string, conditions: Record<string, Record<string, string | string[]>>) {
  const isIssuance = { ArnEquals: { 'aws:PrincipalArn': roleArn } };
  return new AccountRootPrincipal().withConditions({ ...isIssuance, ...conditions });
}

function trusts(action: string, principal: PrincipalBase): PolicyStatement {
  return new PolicyStatement({ actions: [action], principals: [principal] });
}

/** All that the type could ever be granted, with a `*` where each parameter stands. */
function ceilingStatements(policy: ContextPolicy): () => PolicyStatement[] {
  const widest = Object.values(policy.capabilities).flatMap((capability) => {
    const aws = awsPartOf(capability);
    return aws ? [{ ...aws, resources: aws.resources.map(ceilingOf) }] : [];
  });
  const { groups, keyUses } = wantedOf(widest);
  return () => [
    ...groups.map(({ actions, resources }) => statement(Effect.ALLOW, actions, resources)),
    ...mergeKeyUses(keyUses).map((use) => {
      const allowed = statement(Effect.ALLOW, use.actions, [use.key]);
      allowed.addConditions(keyCondition(use));
      return allowed;
    }),
  ];
}

/** AWS documents no permission for GetScopedCredentials; it can only narrow, so it is allowed to be sure. */
function narrowing(): PolicyStatement {
  return statement(Effect.ALLOW, ['sts:GetScopedCredentials'], ['*']);
}

/** A session that carries no lease id does nothing. */
function withoutLease(): PolicyStatement {
  return new PolicyStatement({
    effect: Effect.DENY,
    actions: ['*'],
    resources: ['*'],
    conditions: { Null: { 'aws:SourceIdentity': 'true' } },
  });
}

/** All of STS but `GetCallerIdentity`, which nothing can deny, and `GetScopedCredentials`, which minting needs. */
const stsBut = [
  'sts:Assume*',
  'sts:Decode*',
  'sts:GetAccess*',
  'sts:GetDelegated*',
  'sts:GetFederation*',
  'sts:GetService*',
  'sts:GetSession*',
  'sts:GetWeb*',
  'sts:Set*',
  'sts:Tag*',
];

function hardDenies(protectedArns: readonly string[]): PolicyStatement[] {
  const whole = neverGranted.filter((service) => service !== 'sts').map((service) => `${service}:*`);
  return [statement(Effect.DENY, [...whole, ...stsBut], ['*']), statement(Effect.DENY, ['*'], protectedArns)];
}

function statement(
  effect: Effect,
  actions: readonly string[],
  resources: readonly string[],
): PolicyStatement {
  return new PolicyStatement({ effect, actions: [...actions], resources: [...resources] });
}
