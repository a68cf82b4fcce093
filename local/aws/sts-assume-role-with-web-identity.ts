import { after } from '../../core/time.ts';
import { AwsFault } from '../fault.ts';
import type { Role } from '../iam/role.ts';
import { checkedNumber, element, invalid, text } from './query-protocol.ts';
import { checkedName, checkMaxSession, requestedRole, stsLimits } from './sts-limits.ts';
import { credentialsXml, openSession, type StsWorld, sizesXml } from './sts-session.ts';
import { documentsOf, requestedPolicies } from './sts-session-policies.ts';
import { verifyWebIdentity, type WebIdentity } from './web-identity.ts';
import { type IdentityAttributes, identityAttributes } from './web-identity-attributes.ts';

/** The name of the operation. */
export const assumeRoleWithWebIdentityName = 'AssumeRoleWithWebIdentity';

/** AssumeRoleWithWebIdentity (STS API reference). The call is not signed: the token says who comes, the trust policy who may. */
export async function assumeRoleWithWebIdentity(world: StsWorld, form: URLSearchParams): Promise<string> {
  const roleArn = requestedRole(form);
  const name = checkedName('RoleSessionName', text(form, 'RoleSessionName'));
  const seconds = checkedNumber('DurationSeconds', text(form, 'DurationSeconds'), stsLimits.assumeRole);
  const policies = requestedPolicies(form);
  const identity = await verifyWebIdentity(world, roleArn.split(':')[4] ?? '', requestedToken(form));
  const attributes = identityAttributes(identity.claims);
  const role = await authorized(world, roleArn, name, identity, attributes);
  if (seconds !== undefined) checkMaxSession(seconds, role);
  const opened = openSession(world, {
    ...attributes,
    role,
    name,
    expires: after(world.clock.now(), seconds ?? stsLimits.assumeRole.standard),
    sessionPolicies: documentsOf(world, policies),
    scopeDown: [],
    federation: identity.federation,
  });
  const user = element('AssumedRoleId', `${role.id}:${name}`) + element('Arn', opened.arn);
  return (
    credentialsXml(opened) +
    element('SubjectFromWebIdentityToken', identity.subject) +
    `<AssumedRoleUser>${user}</AssumedRoleUser>` +
    element('Provider', identity.issuer) +
    element('Audience', identity.audience) +
    sizesXml(opened)
  );
}

function requestedToken(form: URLSearchParams): string {
  if (text(form, 'ProviderId') !== undefined) throw invalid('ProviderId is not for OpenID Connect tokens');
  const token = text(form, 'WebIdentityToken') ?? '';
  const { shortest, longest } = stsLimits.identityToken;
  if (token.length < shortest || token.length > longest)
    throw invalid(`WebIdentityToken has ${shortest} to ${longest} characters`);
  return token;
}

/** The role, if its trust policy lets the identity assume it; one that does not exist is refused in the same words. */
async function authorized(
  { iam, authorizer }: StsWorld,
  roleArn: string,
  name: string,
  { federation }: WebIdentity,
  { tags, transitive, sourceIdentity }: IdentityAttributes,
): Promise<Role> {
  const role = iam.roleByArn(roleArn);
  const context = {
    ...federation.context,
    'sts:RoleSessionName': name,
    ...(sourceIdentity !== undefined && { 'sts:SourceIdentity': sourceIdentity }),
    ...(tags.size > 0 && { 'aws:TagKeys': [...tags.keys()] }),
    ...(transitive.length > 0 && { 'sts:TransitiveTagKeys': [...transitive] }),
    ...Object.fromEntries([...tags].map(([key, value]) => [`aws:RequestTag/${key}`, value])),
  };
  const actions = [
    `sts:${assumeRoleWithWebIdentityName}`,
    ...(tags.size > 0 ? ['sts:TagSession'] : []),
    ...(sourceIdentity !== undefined ? ['sts:SetSourceIdentity'] : []),
  ];
  for (const action of actions) {
    const attempt = { action, resource: roleArn, context, federated: federation.provider };
    const decided = await authorizer.decide(undefined, { ...attempt, resourcePolicy: role?.trust });
    if (!decided.allowed) throw new AwsFault('AccessDenied', `Not authorized to perform ${action}`, 403);
  }
  if (!role) throw new Error('unreachable: a role was authorized that does not exist');
  return role;
}
