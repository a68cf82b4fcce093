import { AnyPrincipal, Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';

/** The one stage of the API. */
export const stageName = 'live';

/** Who calls closed routes. */
export type Group = 'agent' | 'operator' | 'approver' | 'service';

/** A route, `GET /v1/leases/{id}`, and who calls it; what is for everybody takes no authorization. */
export type Called = { readonly route: string; readonly callers: 'everybody' | readonly Group[] };

/** The roles of each group, as ARNs, and the ARN pattern of every grant role, which is denied everywhere. */
export type Callers = {
  readonly agents: readonly string[];
  readonly operators: readonly string[];
  readonly approvers: readonly string[];
  /** Services that take tokens of this broker. */
  readonly services: readonly string[];
  readonly grantRoles: string;
};

/** Whether a group calls a route. */
export function calls(group: Group, { callers }: Called): boolean {
  return callers !== 'everybody' && callers.includes(group);
}

/** A route as ARNs name it, with a `*` for each path parameter, and for any method: `GET/v1/leases/*`. */
export function routePath(route: string): string {
  return route
    .replace(/\{[^}]*\}/g, '*')
    .replace(/^ANY /, '* ')
    .replace(' ', '');
}

/**
 * The API's resource policy. Whoever is in no list is denied everything under `/v1`, and whoever is in no list of a
 * group that calls a route, that route: by explicit Denies, as within one account an identity policy alone would open a
 * route. The one Allow for listed roles lets other accounts' in, which their own account must allow too.
 */
export function resourcePolicy(
  routes: readonly Called[],
  { agents, operators, approvers, services, grantRoles }: Callers,
): PolicyStatement[] {
  const listed = [...new Set([...agents, ...operators, ...approvers, ...services])];
  const closed = [resource('*/v1/*')];
  return [
    invoke(Effect.ALLOW, [resource('GET/.well-known/*')]),
    invoke(Effect.ALLOW, closed, { ArnLike: { 'aws:PrincipalArn': listed } }),
    denyAllBut(listed, closed),
    ...closings(
      routes,
      { agent: agents, operator: operators, approver: approvers, service: services },
      listed,
    ),
    invoke(Effect.DENY, ['execute-api:/*'], { ArnLike: { 'aws:PrincipalArn': grantRoles } }),
  ];
}

/** A Deny for each set of groups that call the same routes; none where everybody who is listed calls them. */
function closings(
  routes: readonly Called[],
  roles: Readonly<Record<Group, readonly string[]>>,
  listed: readonly string[],
): PolicyStatement[] {
  const sets = Map.groupBy(routes, ({ callers }) =>
    callers === 'everybody' ? '' : callers.toSorted().join(),
  );
  return [...sets.values()].flatMap((those) => {
    const callers = those[0]?.callers ?? 'everybody';
    if (callers === 'everybody') return [];
    const spared = [...new Set(callers.flatMap((group) => roles[group]))];
    const isAll = listed.length > 0 && listed.every((role) => spared.includes(role));
    return isAll
      ? []
      : [
          denyAllBut(
            spared,
            those.map(({ route }) => resource(routePath(route))),
          ),
        ];
  });
}

/** Where nobody is listed, nobody is spared: a condition without values is none that AWS takes. */
function denyAllBut(roles: readonly string[], resources: string[]): PolicyStatement {
  const others = roles.length > 0 ? { ArnNotLike: { 'aws:PrincipalArn': [...roles] } } : undefined;
  return invoke(Effect.DENY, resources, others);
}

function resource(path: string): string {
  return `execute-api:/${stageName}/${path}`;
}

function invoke(
  effect: Effect,
  resources: string[],
  conditions?: Record<string, Record<string, string | string[]>>,
): PolicyStatement {
  return new PolicyStatement({
    effect,
    principals: [new AnyPrincipal()],
    actions: ['execute-api:Invoke'],
    resources,
    ...(conditions && { conditions }),
  });
}
