import {
  anonymousPrincipal,
  type RequestAnalysis,
  runSimulation,
  type Simulation,
} from '@cloud-copilot/iam-simulate';
import { list, type PolicyDocument } from './document.ts';
import { inOwnWords, withStandInKeys } from './stand-in-keys.ts';
import { unheardCondition } from './unheard-conditions.ts';

/** A named policy document, for explanations. */
export type NamedPolicy = { readonly name: string; readonly document: PolicyDocument };

/** Everything one authorization decision rests on. */
export type Access = {
  /** ARN of the session, or of the identity provider in whose name a call comes; undefined for an unsigned request. */
  readonly principal: string | undefined;
  readonly action: string;
  /** ARN, or `*` for actions without resources. */
  readonly resource: string;
  /** Account of the resource; the principal's stands in its ARN. */
  readonly account: string;
  /** Condition keys of the request. */
  readonly context: Readonly<Record<string, string | string[]>>;
  readonly identity: readonly NamedPolicy[];
  readonly boundary?: NamedPolicy | undefined;
  /** Session and scope-down policies: every one must allow. */
  readonly layers: readonly NamedPolicy[];
  readonly resourcePolicy?: PolicyDocument | undefined;
};

/** A decision and why: which policy, and which of its statements where one denied. */
export type Verdict = {
  readonly allowed: boolean;
  readonly why: string;
  /**
   * Denied because it cannot be judged: an unknown action, a resource that it cannot have, a condition on what is
   * not known here.
   */
  readonly unjudged?: true;
};

/** The verdict with one session policy; `explicit` when a statement denied, not mere silence. */
type LayerVerdict = Verdict & { readonly explicit: boolean };

/**
 * Decides as IAM would (IAM user guide, policy evaluation logic). The simulator takes one session policy, so
 * each layer is evaluated and all must allow: the intersection that GetScopedCredentials documents.
 */
export async function evaluate(access: Access): Promise<Verdict> {
  const unheard = unheardCondition(access);
  if (unheard !== undefined)
    return { allowed: false, why: `because the condition key ${unheard} is not emulated`, unjudged: true };
  const known = withStandInKeys(access);
  const judged = known.action === unknownAction ? withStandIn(known) : known;
  const layers: readonly (NamedPolicy | undefined)[] = judged.layers.length > 0 ? judged.layers : [undefined];
  const verdicts: LayerVerdict[] = [];
  for (const layer of layers) verdicts.push(await evaluateLayer(judged, layer, access.action));
  const denied = verdicts.find(({ allowed, explicit }) => !allowed && explicit);
  const silent = verdicts.find(({ allowed }) => !allowed);
  if (!denied && silent && (await grantsToSession(judged)))
    return { allowed: true, why: 'allowed by the resource-based policy, which names the session' };
  const { explicit: _, ...verdict } = denied ?? silent ?? { allowed: true, explicit: false, why: 'allowed' };
  return verdict;
}

/**
 * Whether the resource policy names this very session: such a grant is not limited by what identity policies,
 * boundary and session policies leave unsaid, which the simulator does not know. Explicit denies still hold.
 * Only within one account: without identity policies the simulator lets nobody in from another.
 */
async function grantsToSession(access: Access): Promise<boolean> {
  const { principal, resourcePolicy } = access;
  if (principal === undefined || !resourcePolicy) return false;
  const direct = resourcePolicy.Statement.filter(
    ({ Effect, Principal }) => Effect === 'Deny' || principals(Principal).includes(principal),
  );
  if (!direct.some(({ Effect }) => Effect === 'Allow')) return false;
  const alone = { ...access, identity: [], boundary: undefined, layers: [] };
  const policy = { ...resourcePolicy, Statement: direct };
  return (await evaluateLayer({ ...alone, resourcePolicy: policy }, undefined, access.action)).allowed;
}

function principals(principal: unknown): readonly string[] {
  if (typeof principal !== 'object' || principal === null || !('AWS' in principal)) return [];
  return list(principal.AWS as string | readonly string[]);
}

async function evaluateLayer(
  access: Access,
  layer: NamedPolicy | undefined,
  action: string,
): Promise<LayerVerdict> {
  const simulation: Simulation = {
    request: {
      principal: access.principal ?? anonymousPrincipal,
      action: access.action,
      resource: { resource: access.resource, accountId: access.account },
      contextVariables: { ...access.context },
    },
    identityPolicies: access.identity.map(({ name, document }) => ({ name, policy: document })),
    serviceControlPolicies: [],
    resourceControlPolicies: [],
    ...(access.resourcePolicy && { resourcePolicy: access.resourcePolicy }),
    ...(access.boundary && {
      permissionBoundaryPolicies: [{ name: access.boundary.name, policy: access.boundary.document }],
    }),
    ...(layer && { sessionPolicy: layer.document }),
  };
  const result = await runSimulation(simulation, {});
  if (result.resultType === 'error') {
    // Never an allow: what the simulator cannot judge is denied, with its reason.
    const why = `the request cannot be evaluated: ${JSON.stringify(result.errors)}`;
    return { allowed: false, explicit: true, why, unjudged: true };
  }
  if (result.overallResult === 'Allowed') return { allowed: true, explicit: false, why: 'allowed' };
  const analysis = result.resultType === 'single' ? result.result.analysis : result.results[0]?.analysis;
  const explicit = result.overallResult === 'ExplicitlyDenied';
  return { allowed: false, explicit, why: reasonOf(analysis, action, layer) };
}

function reasonOf(
  analysis: RequestAnalysis | undefined,
  action: string,
  layer: NamedPolicy | undefined,
): string {
  const parts = [
    { name: layer?.name ?? 'session policy', analysis: analysis?.sessionAnalysis },
    { name: 'permissions boundary', analysis: analysis?.permissionBoundaryAnalysis },
    { name: 'resource-based policy', analysis: analysis?.resourceAnalysis },
    { name: 'identity-based policy', analysis: analysis?.identityAnalysis },
  ];
  for (const { name, analysis: part } of parts) {
    const deny = part?.denyStatements[0];
    if (deny) {
      const statement = JSON.stringify(deny.statement.toJSON());
      return inOwnWords(
        `with an explicit deny in statement ${deny.statement.index()} of the ${name}: ${statement}`,
      );
    }
  }
  // Among policies that are only silent AWS names the caller's own first.
  const silent = [...parts]
    .reverse()
    .find(({ analysis: part }) => part && part.result !== 'Allowed' && part.result !== 'NotApplicable');
  return `because no ${silent?.name ?? 'policy'} allows the ${action} action`;
}

/**
 * The simulator's action list is older than this action. An action without resources and conditions stands for
 * it: statements that match the unknown action name the stand-in instead, the others one that nobody asks for.
 */
const unknownAction = 'sts:GetScopedCredentials';
const standIn = 'sts:DecodeAuthorizationMessage';
const nobodyAsks = 'sts:GetAccessKeyInfo';

function withStandIn(access: Access): Access {
  return {
    ...access,
    action: standIn,
    identity: access.identity.map(rewritten),
    boundary: access.boundary && rewritten(access.boundary),
    layers: access.layers.map(rewritten),
  };
}

function rewritten({ name, document }: NamedPolicy): NamedPolicy {
  const statements = document.Statement.map(({ Action, NotAction, ...rest }) => {
    const matched = Action === undefined ? !matches(list(NotAction)) : matches(list(Action));
    return { ...rest, Action: matched ? standIn : nobodyAsks };
  });
  return { name, document: { Version: '2012-10-17', Statement: statements } };
}

function matches(patterns: readonly string[]): boolean {
  return patterns.some((pattern) => {
    const source = pattern
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replace(/\*/g, '.*')
      .replace(/\?/g, '.');
    return new RegExp(`^${source}$`, 'i').test(unknownAction);
  });
}
