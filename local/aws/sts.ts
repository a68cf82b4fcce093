import { randomBytes } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import { after, type EpochSeconds, toIso } from '../../core/time.ts';
import type { Clock } from '../clock.ts';
import { AwsFault } from '../fault.ts';
import type { WireReply, WireRequest } from '../http/message.ts';
import { type Authorizer, accessDenied } from '../iam/authorize.ts';
import type { PolicyDocument } from '../iam/document.ts';
import type { IamStore, Role, Session, SessionInput } from '../iam/store.ts';
import { type Service, xmlText } from './service.ts';
import {
  checkExternalId,
  checkedName,
  checkedPolicy,
  checkedSeconds,
  checkedTags,
  checkTokenSize,
  invalid,
  stsLimits,
} from './sts-limits.ts';

/** What STS works with. */
export type StsWorld = { readonly iam: IamStore; readonly clock: Clock; readonly authorizer: Authorizer };

type Operation = (world: StsWorld, caller: Session, form: URLSearchParams) => Promise<string>;

const operations: Readonly<Record<string, Operation>> = {
  AssumeRole: assumeRole,
  GetScopedCredentials: getScopedCredentials,
  GetCallerIdentity: async ({ iam }, caller) =>
    element('Arn', caller.arn) +
    element('UserId', `${caller.role.id}:${caller.name}`) +
    element('Account', iam.account),
};

/** STS over the query protocol: AssumeRole, GetScopedCredentials, GetCallerIdentity. */
export function createSts(world: StsWorld): Service {
  return {
    async handle(request: WireRequest, session: Session): Promise<WireReply> {
      const form = new URLSearchParams(request.body.toString());
      const action = form.get('Action') ?? '';
      const operation = Object.hasOwn(operations, action) ? operations[action] : undefined;
      if (!operation) {
        await world.authorizer.demand(session, { action: `sts:${action}`, resource: '*' });
        throw new AwsFault('InvalidAction', `Could not find operation ${action} for version 2011-06-15`);
      }
      return { status: 200, headers: xml, body: envelope(action, await operation(world, session, form)) };
    },
    refuse: ({ code, message, status }, requestId) => ({
      status: code in wireNames ? 403 : status,
      headers: xml,
      body: `<ErrorResponse xmlns="${namespace}"><Error><Type>Sender</Type>${element('Code', wireNames[code] ?? code)}${element('Message', message)}</Error>${element('RequestId', requestId)}</ErrorResponse>`,
    }),
  };
}

const namespace = 'https://sts.amazonaws.com/doc/2011-06-15/';
const xml = { 'Content-Type': 'text/xml' };
const wireNames: Readonly<Record<string, string>> = {
  missing_token: 'MissingAuthenticationToken',
  incomplete_signature: 'IncompleteSignature',
  unknown_key: 'InvalidClientTokenId',
  expired_token: 'ExpiredToken',
  wrong_signature: 'SignatureDoesNotMatch',
  stale_signature: 'SignatureDoesNotMatch',
};

async function assumeRole(world: StsWorld, caller: Session, form: URLSearchParams): Promise<string> {
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
  const session = open(world, {
    role,
    name: wanted.sessionName,
    expires: after(world.clock.now(), wanted.seconds ?? stsLimits.assumeRole.standard),
    sourceIdentity: wanted.sourceIdentity ?? caller.sourceIdentity,
    tags: new Map([...inherited(caller), ...wanted.tags]),
    transitive: [...new Set([...caller.transitive, ...wanted.transitive])],
    sessionPolicies: [
      ...(wanted.policy ? [wanted.policy] : []),
      ...wanted.policyArns.map((arn) => managedPolicy(world, arn)),
    ],
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
  readonly policy: PolicyDocument | undefined;
  readonly policyArns: readonly string[];
};

function assumeRoleRequest(form: URLSearchParams, caller: Session): AssumeRoleRequest {
  const roleArn = text(form, 'RoleArn') ?? '';
  if (!/^arn:aws:iam::\d{12}:role\/[\w+=,.@/-]+$/.test(roleArn))
    throw invalid(`${roleArn} is not a role ARN`);
  const policyArns = members(form, 'PolicyArns').map((prefix) => text(form, `${prefix}.arn`) ?? '');
  if (policyArns.length > stsLimits.policyArns) throw invalid(`at most ${stsLimits.policyArns} PolicyArns`);
  const policy = text(form, 'Policy');
  const arnsSize = policyArns.join('').length;
  if (arnsSize > stsLimits.policy) throw invalid(`policy ARNs hold more than ${stsLimits.policy} characters`);
  const tags = checkedTags(
    members(form, 'Tags').map((prefix) => [
      text(form, `${prefix}.Key`) ?? '',
      form.get(`${prefix}.Value`) ?? '',
    ]),
  );
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
    seconds: checkedSeconds('DurationSeconds', text(form, 'DurationSeconds'), stsLimits.assumeRole),
    sourceIdentity: sourceIdentity(form, caller),
    externalId,
    tags,
    transitive,
    policy: policy === undefined ? undefined : checkedPolicy(policy, arnsSize),
    policyArns,
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
  if (seconds > role.maxSession) {
    throw invalid('The requested DurationSeconds exceeds the MaxSessionDuration set for this role.');
  }
  if (seconds > stsLimits.assumeRole.chained) {
    throw invalid(
      'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.',
    );
  }
}

async function getScopedCredentials(
  world: StsWorld,
  caller: Session,
  form: URLSearchParams,
): Promise<string> {
  const policyText = text(form, 'Policy');
  const seconds = checkedSeconds('DurationSeconds', text(form, 'DurationSeconds'), stsLimits.scoped);
  if (policyText === undefined && seconds === undefined)
    throw invalid('at least one of Policy and DurationSeconds is needed');
  if ((text(form, 'ScopedSessionDescription') ?? '').length > stsLimits.scoped.description)
    throw invalid(`ScopedSessionDescription holds at most ${stsLimits.scoped.description} characters`);
  const policy = policyText === undefined ? undefined : checkedPolicy(policyText);
  await world.authorizer.demand(caller, { action: 'sts:GetScopedCredentials', resource: '*' });
  const remaining = caller.expires - world.clock.now();
  if (seconds !== undefined && seconds > remaining) {
    throw new AwsFault(
      'InsufficientSessionLifetime',
      `DurationSeconds is ${seconds}, and ${remaining} seconds are left of the calling session.`,
    );
  }
  const scopeDown = [...caller.scopeDown, ...(policy ? [policy] : [])];
  if (scopeDown.length > stsLimits.scoped.layers)
    throw invalid(`a session holds at most ${stsLimits.scoped.layers} scope-down policies`);
  const expires = seconds === undefined ? caller.expires : after(world.clock.now(), seconds);
  const { role, name, sourceIdentity, tags, transitive, sessionPolicies } = caller;
  const session = open(world, {
    role,
    name,
    expires: Math.min(expires, caller.expires) as EpochSeconds,
    sourceIdentity,
    tags,
    transitive,
    sessionPolicies,
    scopeDown,
  });
  const info = element('ScopedSessionId', `${role.id}:${name}`) + element('Arn', session.arn);
  return `${credentialsXml(session)}<SessionInfo>${info}</SessionInfo>${element('ScopedPoliciesCount', String(scopeDown.length))}${sizesXml(session)}`;
}

/**
 * Opens the session with a token that holds, compressed, all that STS would pack into it, so that its size
 * grows with policies and tags as AWS's does. The exact packing is AWS's own; the limit is real.
 */
function open(world: StsWorld, input: SessionInput): Session {
  const { role, name, sourceIdentity, tags, sessionPolicies, scopeDown } = input;
  const packed = JSON.stringify([role.id, name, sourceIdentity, [...tags], sessionPolicies, scopeDown]);
  const sealed = Buffer.concat([randomBytes(160), deflateRawSync(packed)]);
  const sessionToken = sealed.toString('base64');
  checkTokenSize(sessionToken);
  return world.iam.openSession({ ...input, sessionToken });
}

function inherited(caller: Session): Map<string, string> {
  return new Map([...caller.tags].filter(([key]) => caller.transitive.includes(key)));
}

function managedPolicy({ iam }: StsWorld, arn: string): PolicyDocument {
  const document = iam.managedPolicies.get(arn);
  if (!document) throw invalid(`no managed policy has the ARN ${arn}`);
  return document;
}

function text(form: URLSearchParams, name: string): string | undefined {
  return form.get(name) || undefined;
}

/** Prefixes of the members of a list in the query protocol: `Tags.member.1`, `Tags.member.2` … */
function members(form: URLSearchParams, name: string): string[] {
  const numbers = [...form.keys()].flatMap((key) => {
    const found = new RegExp(`^${name}\\.member\\.(\\d+)(\\.|$)`).exec(key);
    return found ? [Number(found[1])] : [];
  });
  return [...new Set(numbers)].sort((a, b) => a - b).map((number) => `${name}.member.${number}`);
}

function credentialsXml({ accessKeyId, secretAccessKey, sessionToken, expires }: Session): string {
  return `<Credentials>${element('AccessKeyId', accessKeyId)}${element('SecretAccessKey', secretAccessKey)}${element('SessionToken', sessionToken)}${element('Expiration', toIso(expires))}</Credentials>`;
}

function sizesXml({ sessionToken, sourceIdentity }: Session): string {
  const used = Math.ceil((100 * sessionToken.length) / stsLimits.token);
  return (
    element('SessionTokenSize', String(sessionToken.length)) +
    element('SessionTokenUtilization', String(used)) +
    (sourceIdentity === undefined ? '' : element('SourceIdentity', sourceIdentity))
  );
}

function element(name: string, value: string): string {
  return `<${name}>${xmlText(value)}</${name}>`;
}

function envelope(action: string, result: string): string {
  const metadata = `<ResponseMetadata>${element('RequestId', randomBytes(16).toString('hex'))}</ResponseMetadata>`;
  return `<${action}Response xmlns="${namespace}"><${action}Result>${result}</${action}Result>${metadata}</${action}Response>`;
}
