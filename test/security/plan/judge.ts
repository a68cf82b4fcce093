import { after, type EpochSeconds, toIso } from '../../../core/time.ts';
import type { PolicyDocument, PolicyStatement } from '../../../local/iam/document.ts';
import { evaluate, type NamedPolicy, type Verdict } from '../../../local/iam/evaluate.ts';
import type { Model } from '../../../local/template/model.ts';
import { account } from './places.ts';
import { deadline, type Subject } from './subjects.ts';

/** One request with the credentials of a lease. */
export type Request = {
  readonly action: string;
  readonly resource: string;
  /** When; the last second of the lease unless it says otherwise. */
  readonly at?: EpochSeconds;
  /** From where: condition keys of the network, and whether a service calls. */
  readonly network: Readonly<Record<string, string>>;
  /** Condition keys beside: those of the key's service and encryption context. */
  readonly context?: Readonly<Record<string, string>>;
};

/** What else there is beside the session policy: permissions of the role, its boundary, policies on resources. */
export type World = {
  readonly name: string;
  readonly identity: (subject: Subject) => readonly NamedPolicy[];
  readonly boundary?: (subject: Subject) => NamedPolicy | undefined;
  readonly resourcePolicy: (subject: Subject, request: Request) => PolicyDocument | undefined;
};

/** The session policy as the only limit: the role may do everything, nothing bounds it. */
export const widest: World = {
  name: 'widest',
  identity: () => [
    { name: 'everything', document: document({ Effect: 'Allow', Action: '*', Resource: '*' }) },
  ],
  resourcePolicy: usualPolicy,
};

/** As {@link widest}, and whatever is asked for has a policy that lets this very session do anything. */
export const sessionNamed: World = {
  ...widest,
  name: 'session named',
  resourcePolicy: (subject) => document(letsEverything(sessionArn(subject))),
};

/** As {@link widest}, and whatever is asked for has a policy that lets the role do anything. */
export const roleNamed: World = {
  ...widest,
  name: 'role named',
  resourcePolicy: (subject) => document(letsEverything(subject.plan.roleArn)),
};

/** The role with the permissions and the boundary that the templates give it. */
export function deployedBy(models: readonly Model[]): World {
  const roleOf = ({ plan }: Subject) => {
    const name = plan.roleArn.split('/').at(-1);
    const found = models.flatMap((model) => model.roles.map((role) => ({ role, model })));
    const match = found.find(({ role }) => role.name === name);
    if (!match) throw new Error(`no template deploys the role ${name}`);
    return match;
  };
  const managed = (model: Model, arn: string | undefined): NamedPolicy => {
    const policy = model.managedPolicies.find((each) => each.arn === arn);
    if (!policy) throw new Error(`no template deploys the policy ${arn}`);
    return { name: policy.arn, document: policy.document };
  };
  return {
    name: 'deployed',
    identity: (subject) => {
      const { role, model } = roleOf(subject);
      return [
        ...[...role.inline].map(([name, inline]) => ({ name, document: inline })),
        ...role.managed.map((arn) => managed(model, arn)),
      ];
    },
    boundary: (subject) => {
      const { role, model } = roleOf(subject);
      return managed(model, role.boundary);
    },
    resourcePolicy: usualPolicy,
  };
}

/**
 * What AWS would decide; with other statements than the plan's for proofs by change, with none at all for `null`. Throws for a request that
 * the simulator does not know: it would be denied for a reason that says nothing of the plan.
 */
export async function judge(
  world: World,
  subject: Subject,
  request: Request,
  statements: readonly PolicyStatement[] | null = subject.statements,
): Promise<Verdict> {
  const { action, resource } = request;
  const verdict = await evaluate({
    principal: sessionArn(subject),
    action,
    resource,
    account: resource === '*' ? account : resource.split(':')[4] || account,
    context: { ...principalOf(subject), ...momentOf(request), ...request.network, ...request.context },
    identity: world.identity(subject),
    boundary: world.boundary?.(subject),
    layers: statements ? [{ name: 'session policy', document: document(...statements) }] : [],
    resourcePolicy: world.resourcePolicy(subject, request),
  });
  if (verdict.why.includes('cannot be evaluated'))
    throw new Error(`${action} on ${resource}: ${verdict.why}`);
  return verdict;
}

/** ARN of the session that a plan's credentials are. */
export function sessionArn({ plan }: Subject): string {
  return `arn:aws:sts::${account}:assumed-role/${plan.roleArn.split('/').at(-1)}/${plan.sessionName}`;
}

/** A policy of these statements. */
export function document(...Statement: readonly PolicyStatement[]): PolicyDocument {
  return { Version: '2012-10-17', Statement };
}

function letsEverything(principal: string): PolicyStatement {
  return { Effect: 'Allow', Principal: { AWS: principal }, Action: '*', Resource: '*' };
}

/** Keys and roles always have a policy: the usual ones leave it to the account's own policies. */
function usualPolicy(_: Subject, { action, resource }: Request): PolicyDocument | undefined {
  const [, , service] = resource.split(':');
  return service === 'kms' || /^sts:(Assume|Tag|Set)/.test(action)
    ? document(letsEverything(`arn:aws:iam::${account}:root`))
    : undefined;
}

function principalOf({ plan }: Subject): Record<string, string> {
  return {
    'aws:PrincipalArn': plan.roleArn,
    'aws:PrincipalAccount': account,
    'aws:PrincipalType': 'AssumedRole',
    'aws:userid': `AROAEXAMPLE:${plan.sessionName}`,
    'aws:TokenIssueTime': toIso(after(deadline, -300)),
    'aws:SourceIdentity': plan.sourceIdentity,
    ...Object.fromEntries(
      Object.entries(plan.tags).map(([key, value]) => [`aws:PrincipalTag/${key}`, value]),
    ),
  };
}

function momentOf({ at = after(deadline, -1) }: Request): Record<string, string> {
  return {
    'aws:CurrentTime': toIso(at),
    'aws:EpochTime': String(at),
    'aws:SecureTransport': 'true',
    'aws:RequestedRegion': 'eu-central-1',
  };
}
