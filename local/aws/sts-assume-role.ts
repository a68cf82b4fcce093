import { after } from '../../core/time.ts';
import { AwsFault } from '../fault.ts';
import { accessDenied } from '../iam/authorize.ts';
import type { Role } from '../iam/role.ts';
import type { Session } from '../iam/store.ts';
import { checkedNumber, element, invalid, members, text } from './query-protocol.ts';
import {
  checkExternalId,
  checkedName,
  checkMaxSession,
  requestedRole,
  requestedTags,
  stsLimits,
} from './sts-limits.ts';
import { credentialsXml, openSession, type StsWorld, sizesXml } from './sts-session.ts';
import { documentsOf, type RequestedPolicies, requestedPolicies } from './sts-session-policies.ts';

/** AssumeRole (STS API reference). Every caller here is a session, so this is always role chaining. */
export async function assumeRole(world: StsWorld, caller: Session, form: URLSearchParams): Promise<string> {
  const wanted = assumeRoleRequest(form, caller);
  const role = world.iam.roleByArn(wanted.roleArn);
  const context = assumeRoleContext(wanted);
  const actions = [
    'sts:AssumeRole',
    ...(wanted.tags.size > 0 ? ['sts:TagSession'] : []),
    ...(wanted.sourceIdentity !== undefined ? ['sts:SetSourceIdentity'] : []),
  ];
  for (const action of actions) {
    const attempt = { action, resource: wanted.roleArn, context, resourcePolicy: role?.trust };
    await world.authorizer.demand(caller, attempt);
    // A role that does not exist is refused in the words of one that may not be assumed.
    if (!role) throw accessDenied(caller, attempt, 'because no resource-based policy allows it');
  }
  if (!role) throw new Error('unreachable: a role was authorized that does not exist');
  checkDuration(wanted.seconds, role);
  const session = openSession(world, {
    role,
    name: wanted.sessionName,
    expires: after(world.clock.now(), wanted.seconds ?? stsLimits.assumeRole.standard),
    sourceIdentity: wanted.sourceIdentity ?? caller.sourceIdentity,
    tags: new Map([...inherited(caller), ...wanted.tags]),
    transitive: [...new Set([...caller.transitive, ...wanted.transitive])],
    sessionPolicies: documentsOf(world, wanted.policies),
    scopeDown: [],
  });
  const user = element('AssumedRoleId', `${role.id}:${session.name}`) + element('Arn', session.arn);
  return `${credentialsXml(session)}<AssumedRoleUser>${user}</AssumedRoleUser>${sizesXml(session)}`;
}

type AssumeRoleRequest = {
  readonly roleArn: string;
  readonly sessionName: string;
  readonly seconds: number | undefined;
  readonly sourceIdentity: string | undefined;
  readonly externalId: string | undefined;
  readonly tags: ReadonlyMap<string, string>;
  readonly transitive: readonly string[];
  readonly policies: RequestedPolicies;
};

function assumeRoleRequest(form: URLSearchParams, caller: Session): AssumeRoleRequest {
  const roleArn = requestedRole(form);
  const policies = requestedPolicies(form);
  const tags = requestedTags(form);
  const overridden = [...tags.keys()].find((key) => inherited(caller).has(key));
  if (overridden) throw invalid(`the tag ${overridden} is transitive and cannot be set again`);
  const transitive = members(form, 'TransitiveTagKeys').map((key) => text(form, key) ?? '');
  const unset = transitive.find((key) => !tags.has(key));
  if (unset !== undefined) throw invalid(`the transitive tag key ${unset} is not among the tags`);
  const externalId = text(form, 'ExternalId');
  checkExternalId(externalId);
  return {
    roleArn,
    sessionName: checkedName('RoleSessionName', text(form, 'RoleSessionName')),
    seconds: checkedNumber('DurationSeconds', text(form, 'DurationSeconds'), stsLimits.assumeRole),
    sourceIdentity: sourceIdentity(form, caller),
    externalId,
    tags,
    transitive,
    policies,
  };
}

/** Once set, a source identity cannot be changed by chaining (IAM user guide, monitor actions with source identity). */
function sourceIdentity(form: URLSearchParams, caller: Session): string | undefined {
  const value = text(form, 'SourceIdentity');
  if (value === undefined) return undefined;
  const checked = checkedName('SourceIdentity', value);
  if (caller.sourceIdentity !== undefined && caller.sourceIdentity !== checked)
    throw new AwsFault('AccessDenied', 'The source identity of a session cannot be changed', 403);
  return checked;
}

function assumeRoleContext(wanted: AssumeRoleRequest): Record<string, string | string[]> {
  return {
    'sts:RoleSessionName': wanted.sessionName,
    ...(wanted.sourceIdentity !== undefined && { 'sts:SourceIdentity': wanted.sourceIdentity }),
    ...(wanted.externalId !== undefined && { 'sts:ExternalId': wanted.externalId }),
    ...(wanted.tags.size > 0 && { 'aws:TagKeys': [...wanted.tags.keys()] }),
    ...(wanted.transitive.length > 0 && { 'sts:TransitiveTagKeys': [...wanted.transitive] }),
    ...Object.fromEntries([...wanted.tags].map(([key, value]) => [`aws:RequestTag/${key}`, value])),
  };
}

/** Every caller here is itself a session, so every AssumeRole is role chaining and ends at 3,600 s. */
function checkDuration(seconds: number | undefined, role: Role): void {
  if (seconds === undefined) return;
  checkMaxSession(seconds, role);
  if (seconds > stsLimits.assumeRole.chained) {
    throw invalid(
      'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.',
    );
  }
}

function inherited(caller: Session): Map<string, string> {
  return new Map([...caller.tags].filter(([key]) => caller.transitive.includes(key)));
}
