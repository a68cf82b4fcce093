import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { type AgentFunctions, agentFunctions } from './agent-functions.ts';
import { BrokerAlarms } from './alarms.ts';
import { type ApiRoute, BrokerApi, publicUrlOf } from './broker-api.ts';
import { brokerParts } from './broker-parts.ts';
import { type EndingFunctions, endingFunctions } from './ending-functions.ts';
import { EntryRole, entryRoleArn } from './entry-role.ts';
import { type GrantFunctions, grantFunctions } from './grant-functions.ts';
import { GrantRoles } from './grant-roles.ts';
import { ownArns } from './own-arns.ts';
import { PanicAccess } from './panic-access.ts';
import type { PolicySet } from './policies.ts';
import { agentRoles } from './role-lists.ts';

export type BrokerStackProps = StackProps & {
  /** Name of this deployment, lower case, at most 12 characters: in role names and paths. */
  readonly deployment: string;
  readonly policySet: PolicySet;
  /** SPIFFE trust domain of agent ids. */
  readonly trustDomain: string;
  /** Grant roles per agent type, 1 to 16: what is revoked at one time is spread over them. */
  readonly shards: number;
  /** `session_policy` where STS has no GetScopedCredentials: credentials then rest on the deadline in their policy. */
  readonly narrowing: 'scoped_credentials' | 'session_policy';
  /** ARNs of the roles that may list and end leases, and keep agents out. */
  readonly operators: readonly string[];
  /** ARNs of the roles through which people decide on what waits for them; who they are, their own token says. */
  readonly approvers: readonly string[];
  /** ARNs of the roles of services that may ask whether a token of this broker still counts. */
  readonly services: readonly string[];
  /** Address under which agents know the API, where a domain of its own is in front; its own when undefined. */
  readonly publicUrl: string | undefined;
  /** Whether to set the role for API logs of this account and region. */
  readonly apiLogRole: boolean;
};

/** One broker: the API, its functions, tables, queues, key and grant roles. */
export class BrokerStack extends Stack {
  constructor(scope: Construct, id: string, props: BrokerStackProps) {
    super(scope, id, props);
    const { deployment, policySet, shards, operators, approvers, services, apiLogRole } = props;
    const parts = brokerParts(this, deployment);
    const entryRole = policySet.trust.entry && entryRoleArn(this, deployment);
    const api = new BrokerApi(this, 'Broker', {
      deployment,
      agents: [...agentRoles(policySet.policies), ...(entryRole ? [entryRole] : [])],
      operators,
      approvers,
      services,
      grantRoles: parts.grantRoles,
      apiLogRole,
    });
    const publicUrl = props.publicUrl ?? publicUrlOf(api.api);
    const makers = grantFunctions(this, parts, { ...props, publicUrl });
    const forAgents = agentFunctions(this, parts, { ...props, publicUrl, entryRole }, makers);
    const forEnding = endingFunctions(this, parts, props);
    const access = api.serve(routesOf(forAgents, forEnding, makers));
    if (policySet.trust.entry)
      new EntryRole(this, 'Entry', { deployment, access: access.agent, ...policySet.trust.entry });
    const { fn: issuance } = forAgents.issuance;
    const panic = new PanicAccess(this, 'Panic', { grantRoles: parts.grantRoles, issuance });
    new BrokerAlarms(this, 'Alarms', { ...props, ...parts, ...forEnding, ...makers });
    new GrantRoles(this, 'Grants', {
      deployment,
      policies: policySet.policies,
      shards,
      issuanceRoleArn: forAgents.issuance.role.roleArn,
      protectedArns: ownArns(this),
    });
    this.output('Url', publicUrl, 'Address of the broker');
    this.output('Jwks', `${publicUrl}/.well-known/jwks.json`, 'Keys that sign attestation results');
    this.output('AgentAccess', access.agent.managedPolicyArn, 'Policy to attach to the roles of agents');
    if (entryRole) this.output('EntryRole', entryRole, 'Role for agents without one of their own');
    this.output('OperatorAccess', access.operator.managedPolicyArn, 'Policy to attach to operators');
    this.output('ApproverAccess', access.approver.managedPolicyArn, 'Policy to attach to approvers');
    this.output('ServiceAccess', access.service.managedPolicyArn, 'Policy to attach to services');
    this.output('Approvals', parts.approvalTopic.topicArn, 'Topic that tells people what waits for them');
    this.output('PanicAccess', panic.policy.managedPolicyArn, 'Policy to attach to who may stop it all');
    this.output(
      'AgentTypes',
      policySet.policies.map(({ agent_type }) => agent_type).join(' '),
      'Agent types of this deployment',
    );
  }

  private output(id: string, value: string, description: string): void {
    new CfnOutput(this, id, { value, description });
  }
}

function routesOf(
  agents: AgentFunctions,
  { operations }: EndingFunctions,
  { jwt, proxy }: GrantFunctions,
): ApiRoute[] {
  const { discovery, attestation, issuance, lifecycle } = agents;
  return [
    { route: 'GET /.well-known/jwks.json', fn: discovery.fn, callers: 'everybody' },
    { route: 'GET /.well-known/openid-configuration', fn: discovery.fn, callers: 'everybody' },
    { route: 'POST /v1/challenges', fn: attestation.fn, callers: ['agent'] },
    { route: 'POST /v1/attestations', fn: attestation.fn, callers: ['agent'] },
    { route: 'POST /v1/leases', fn: issuance.fn, callers: ['agent'] },
    { route: 'POST /v1/leases/{id}/credentials', fn: issuance.fn, callers: ['agent'] },
    { route: 'GET /v1/leases/{id}', fn: lifecycle.fn, callers: ['agent', 'operator', 'approver'] },
    { route: 'POST /v1/leases/{id}/delegations', fn: issuance.fn, callers: ['agent'] },
    { route: 'POST /v1/leases/{id}/heartbeat', fn: lifecycle.fn, callers: ['agent'] },
    { route: 'DELETE /v1/leases/{id}', fn: lifecycle.fn, callers: ['agent'] },
    {
      route: 'ANY /v1/leases/{id}/proxy/{capability}/{path+}',
      fn: proxy.fn,
      callers: ['agent'],
    },
    { route: 'POST /v1/introspections', fn: jwt.fn, callers: ['service'] },
    { route: 'GET /v1/approvals', fn: operations.fn, callers: ['approver'] },
    { route: 'POST /v1/leases/{id}/approval', fn: operations.fn, callers: ['approver'] },
    { route: 'GET /v1/leases', fn: operations.fn, callers: ['operator'] },
    { route: 'POST /v1/revocations', fn: operations.fn, callers: ['operator'] },
    { route: 'POST /v1/quarantines', fn: operations.fn, callers: ['operator'] },
  ];
}
