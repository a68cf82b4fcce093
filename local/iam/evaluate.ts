import {
  anonymousPrincipal,
  type RequestAnalysis,
  runSimulation,
  type Simulation,
} from '@cloud-copilot/iam-simulate';
import { list, type PolicyDocument } from './document.ts';

/** A named policy document, for explanations. */
export type NamedPolicy = { readonly name: string; readonly document: PolicyDocument };

/** Everything one authorization decision rests on. */
export type Access = {
  /** Session ARN, or undefined for an unsigned request. */
  readonly principal: string | undefined;
  readonly action: string;
  /** ARN, or `*` for actions without resources. */
  readonly resource: string;
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
export type Verdict = { readonly allowed: boolean; readonly why: string };

/**
 * Decides as IAM would. The simulator takes one session policy, so each layer is evaluated and all must allow:
 * the intersection that GetScopedCredentials documents.
 */
export async function evaluate(access: Access): Promise<Verdict> {
  const judged = access.action === unknownAction ? withStandIn(access) : access;
  const layers: readonly (NamedPolicy | undefined)[] = judged.layers.length > 0 ? judged.layers : [undefined];
  let verdict: Verdict = { allowed: false, why: 'nothing was evaluated' };
  for (const layer of layers) {
    verdict = await evaluateLayer(judged, layer, access.action);
    if (!verdict.allowed) return verdict;
  }
  return verdict;
}

async function evaluateLayer(
  access: Access,
  layer: NamedPolicy | undefined,
  action: string,
): Promise<Verdict> {
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
    return { allowed: false, why: `the request cannot be evaluated: ${JSON.stringify(result.errors)}` };
  }
  if (result.overallResult === 'Allowed') return { allowed: true, why: 'allowed' };
  const analysis = result.resultType === 'single' ? result.result.analysis : result.results[0]?.analysis;
  return { allowed: false, why: reasonOf(analysis, action, layer) };
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
      return `with an explicit deny in statement ${deny.statement.index()} of the ${name}: ${statement}`;
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
