import { Duration } from 'aws-cdk-lib';
import {
  FederatedPrincipal,
  type IManagedPolicy,
  PolicyStatement,
  type PrincipalBase,
  Role,
  ServicePrincipal,
} from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { entryRolePath } from '../core/plan.ts';
import type { TrustSources } from '../core/policy/schema-trust.ts';
import { place } from './broker-function.ts';

type Entry = NonNullable<TrustSources['entry']>;

export type EntryRoleProps = Entry & {
  readonly deployment: string;
  /** What lets an agent call the broker. */
  readonly access: IManagedPolicy;
};

/** ARN of the entry role; region in its name, as IAM is global and deployments are regional. */
export function entryRoleArn(scope: Construct, deployment: string): string {
  const { account, partition, region } = place(scope);
  return `arn:${partition}:iam::${account}:role${entryRolePath(deployment)}${entryRoleName(region, deployment)}`;
}

/**
 * The role through which agents reach the API that have no AWS credentials: by web identity or Roles Anywhere. It calls
 * the routes of agents and nothing else, and proves nothing: who comes through it is who its evidence says.
 */
export class EntryRole extends Construct {
  readonly role: Role;

  constructor(scope: Construct, id: string, props: EntryRoleProps) {
    super(scope, id);
    const stack = place(this);
    const [first, ...others] = [
      ...props.web_identity.map((each) => ({ principal: byWebIdentity(stack, each), actions: [] })),
      ...props.roles_anywhere.map((anchor) => ({
        principal: byAnchor(anchor),
        actions: ['sts:SetSourceIdentity', 'sts:TagSession'],
      })),
    ];
    if (!first) throw new Error('the entry role would be for nobody');
    this.role = new Role(this, 'Role', {
      roleName: entryRoleName(stack.region, props.deployment),
      path: entryRolePath(props.deployment),
      description: 'Lets agents without AWS credentials reach the broker; it proves nothing',
      assumedBy: first.principal,
      managedPolicies: [props.access],
      maxSessionDuration: Duration.hours(1),
    });
    const { assumeRolePolicy } = this.role;
    for (const { principal } of others)
      assumeRolePolicy?.addStatements(
        new PolicyStatement({ actions: [principal.assumeRoleAction], principals: [principal] }),
      );
    for (const { principal, actions } of [first, ...others])
      if (actions.length > 0)
        assumeRolePolicy?.addStatements(new PolicyStatement({ actions, principals: [principal] }));
  }
}

function entryRoleName(region: string, deployment: string): string {
  return `${deployment}-${region}-entry`;
}

/** Tokens of these subjects and this audience alone (IAM user guide, OIDC federation: condition keys). */
function byWebIdentity(
  { account, partition }: ReturnType<typeof place>,
  { issuer, audience, subjects }: Entry['web_identity'][number],
): PrincipalBase {
  const provider = issuer.replace(/^https?:\/\//, '');
  return new FederatedPrincipal(
    `arn:${partition}:iam::${account}:oidc-provider/${provider}`,
    {
      StringEquals: { [`${provider}:aud`]: audience },
      StringLike: { [`${provider}:sub`]: subjects },
    },
    'sts:AssumeRoleWithWebIdentity',
  );
}

/** Roles Anywhere, for certificates under this trust anchor (Roles Anywhere user guide, trust policy). */
function byAnchor(anchor: string): PrincipalBase {
  return new ServicePrincipal('rolesanywhere.amazonaws.com').withConditions({
    ArnEquals: { 'aws:SourceArn': anchor },
  });
}
