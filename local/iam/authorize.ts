import { type EpochSeconds, toIso } from '../../core/time.ts';
import type { Clock } from '../clock.ts';
import { AwsFault } from '../fault.ts';
import type { PolicyDocument } from './document.ts';
import { evaluate, type NamedPolicy, type Verdict } from './evaluate.ts';
import { placeContext } from './place.ts';
import { effectivePolicies, type Role } from './role.ts';
import type { IamStore, Session } from './store.ts';

/** One thing that a caller wants to do. */
export type Attempt = {
  readonly action: string;
  /** ARN, or `*` for actions without resources. */
  readonly resource: string;
  /** Condition keys beside those that every request has. */
  readonly context?: Readonly<Record<string, string | string[]>>;
  readonly resourcePolicy?: PolicyDocument | undefined;
  /** ARN of the identity provider in whose name an unsigned call comes. */
  readonly federated?: string;
};

/** An attempt and how it was decided, as kept for tests and for whoever watches the run. */
export type Decided = Attempt & {
  readonly at: EpochSeconds;
  /** Name of the caller's role, undefined for an unsigned request. */
  readonly role: string | undefined;
  readonly sourceIdentity: string | undefined;
} & Verdict;

/** Decides attempts; `demand` throws what AWS would answer. */
export type Authorizer = {
  decide(session: Session | undefined, attempt: Attempt): Promise<Decided>;
  demand(session: Session | undefined, attempt: Attempt): Promise<void>;
};

/** An authorizer over the account's policies; tells `onDecided` of every decision. */
export function createAuthorizer(
  iam: IamStore,
  clock: Clock,
  region: string,
  onDecided: (decided: Decided) => void,
): Authorizer {
  const decide = async (session: Session | undefined, attempt: Attempt): Promise<Decided> => {
    const at = clock.now();
    // Policies count as they are now, not as they were when the session was opened.
    const current = session && (iam.current(session.role) ?? session.role);
    const verdict = await evaluate({
      principal: session?.arn ?? attempt.federated,
      action: attempt.action,
      resource: attempt.resource,
      account: ownerOf(attempt.resource, session?.role.account ?? iam.account, iam.account),
      context: {
        ...requestContext(at, region),
        ...principalContext(session),
        ...attempt.context,
      },
      identity: current ? identityPolicies(current, effectivePolicies(current, at), iam) : [],
      boundary: current && boundaryOf(current, iam),
      layers: session ? layersOf(session) : [],
      resourcePolicy: attempt.resourcePolicy,
    });
    const role = session?.role.name;
    const decided = { ...attempt, ...verdict, at, role, sourceIdentity: session?.sourceIdentity };
    onDecided(decided);
    return decided;
  };
  return {
    decide,
    async demand(session, attempt) {
      const { allowed, why } = await decide(session, attempt);
      if (!allowed) throw accessDenied(session, attempt, why);
    },
  };
}

/** The refusal in the words of AWS's access denied messages (IAM user guide, troubleshoot_access-denied). */
export function accessDenied(session: Session | undefined, attempt: Attempt, why: string): AwsFault {
  const who = session?.arn ?? 'anonymous';
  return new AwsFault(
    'AccessDenied',
    `User: ${who} is not authorized to perform: ${attempt.action} on resource: ${attempt.resource} ${why}`,
    403,
  );
}

/** The account of a resource: the ARN's; the caller's for actions without one; buckets are all the store's own. */
function ownerOf(resource: string, caller: string, own: string): string {
  return resource === '*' ? caller : resource.split(':')[4] || own;
}

/** Keys of every request. The local endpoint is plain HTTP and stands for AWS's own, which is TLS. */
function requestContext(at: EpochSeconds, region: string): Record<string, string> {
  return {
    'aws:CurrentTime': toIso(at),
    'aws:EpochTime': String(at),
    'aws:SecureTransport': 'true',
    'aws:SourceIp': '127.0.0.1',
    'aws:ViaAWSService': 'false',
    'aws:RequestedRegion': region,
  };
}

function principalContext(session: Session | undefined): Record<string, string> {
  if (!session) return {};
  return {
    'aws:PrincipalArn': session.role.arn,
    'aws:PrincipalAccount': session.role.account,
    'aws:PrincipalType': 'AssumedRole',
    'aws:userid': `${session.role.id}:${session.name}`,
    'aws:TokenIssueTime': toIso(session.issued),
    ...(session.place && placeContext(session.place)),
    ...(session.federation && {
      ...session.federation.context,
      'aws:FederatedProvider': session.federation.provider,
    }),
    ...(session.sourceIdentity !== undefined && { 'aws:SourceIdentity': session.sourceIdentity }),
    ...Object.fromEntries([...session.tags].map(([key, value]) => [`aws:PrincipalTag/${key}`, value])),
  };
}

/** What a role's own policies are: these inline ones and the managed ones. */
export function identityPolicies(
  role: Role,
  inline: ReadonlyMap<string, PolicyDocument>,
  iam: IamStore,
): NamedPolicy[] {
  return [
    ...[...inline].map(([name, document]) => ({ name, document })),
    ...role.managed.map((arn) => ({ name: arn, document: managed(arn, iam) })),
  ];
}

/** The permissions boundary of a role, where it has one. */
export function boundaryOf({ boundary }: Role, iam: IamStore): NamedPolicy | undefined {
  return boundary === undefined ? undefined : { name: boundary, document: managed(boundary, iam) };
}

function layersOf({ sessionPolicies, scopeDown }: Session): NamedPolicy[] {
  const union = sessionPolicies.flatMap(({ Statement }) => Statement);
  return [
    ...(union.length > 0
      ? [{ name: 'session policy', document: { Version: '2012-10-17', Statement: union } }]
      : []),
    ...scopeDown.map((document, i) => ({ name: `scope-down policy ${i + 1}`, document })),
  ];
}

function managed(arn: string, iam: IamStore): PolicyDocument {
  const document = iam.managedPolicies.get(arn);
  if (!document) throw new Error(`no managed policy has the ARN ${arn}`);
  return document;
}
