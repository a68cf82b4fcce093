import type { ParameterValues } from './decision.ts';
import type { Capability } from './policy/schema.ts';
import type {
  AwsCapability,
  Kind,
  OauthCapability,
  PostgresCapability,
  PostgresPrivileges,
  ProxyCapability,
} from './policy/schema-capabilities.ts';
import { expand, parametersOf } from './policy/template.ts';

/** The kind of a capability, of which it has exactly one; throws for one that was never compiled. */
export function kindOf({ outlives: _, ...kinds }: Capability): Kind {
  const [kind] = (Object.keys(kinds) as Kind[]).filter((each) => kinds[each] !== undefined);
  if (!kind) throw new Error('a capability of no kind');
  return kind;
}

/** What a capability wants of AWS: IAM database authentication is an action on a user or a cluster. */
export function awsPartOf({ aws, postgres }: Capability): AwsCapability | undefined {
  if (!postgres?.iam) return aws;
  const { resource } = postgres.iam;
  return {
    actions: [resource.includes(':dsql:') ? 'dsql:DbConnect' : 'rds-db:connect'],
    resources: [resource],
  };
}

/** Every text of a capability that parameters are put into. */
export function templatesOf({ aws, proxy, jwt }: Capability): string[] {
  return [
    ...(aws?.resources ?? []),
    ...(proxy?.allow ?? []),
    ...(jwt?.parameters ?? []).map((name) => `\${${name}}`),
  ];
}

/** The parameters that say how far a capability reaches. */
export function parametersIn(capability: Capability): string[] {
  return [...new Set(templatesOf(capability).flatMap(parametersOf))];
}

/** What a capability comes to for these values, for people to read. */
export function inWords(
  capability: Capability,
  parameters: ParameterValues,
): { readonly actions: readonly string[]; readonly resources: readonly string[] } {
  const values = textsOf(parameters);
  const { aws, postgres, oauth, jwt, proxy } = capability;
  if (aws) return { actions: aws.actions, resources: aws.resources.map((each) => expand(each, values)) };
  if (postgres) return databaseWords(capability, postgres);
  if (oauth) return { actions: [tokenWords(oauth)], resources: targetsOf(oauth) };
  if (jwt)
    return {
      actions: [`token of this broker${jwt.scope === undefined ? '' : ` for ${jwt.scope}`}`],
      resources: [jwt.audience],
    };
  return {
    actions: (proxy?.allow ?? []).map((call) => expand(call, values)),
    resources: proxy ? callWords(proxy) : [],
  };
}

function databaseWords(capability: Capability, { database, grants = [], iam }: PostgresCapability) {
  const aws = awsPartOf(capability);
  return aws
    ? { actions: aws.actions, resources: [...aws.resources, ...signInWords(iam)] }
    : { actions: grants.map(privilegeWords), resources: [`database ${database}`] };
}

function privilegeWords({ privileges, on, columns }: PostgresPrivileges): string {
  return `${privileges.join(', ')} on ${on}${columns ? ` (${columns.join(', ')})` : ''}`;
}

function tokenWords({ client, scope, exchange }: OauthCapability): string {
  const whose = exchange ? ` on behalf of the ${exchange.subject}` : '';
  return `token of ${client}${scope === undefined ? '' : ` for ${scope}`}${whose}`;
}

/** Whom a token is for, and who gives it. */
function targetsOf({ resource, audience, token_endpoint }: OauthCapability): string[] {
  return [...new Set([resource ?? audience ?? token_endpoint, `from ${token_endpoint}`])];
}

function callWords({ base_url, secret, query }: ProxyCapability): string[] {
  const asks = query.length > 0 ? ` and the queries ${query.join(', ')}` : '';
  return [`${base_url} with the secret ${secret}${asks}`];
}

function signInWords(iam: PostgresCapability['iam']): string[] {
  return iam ? [`${iam.user} of ${iam.database} at ${iam.host}:${iam.port}`] : [];
}

/** The values of parameters as they are put into texts. */
export function textsOf(parameters: ParameterValues): Record<string, string> {
  return Object.fromEntries(Object.entries(parameters).map(([key, value]) => [key, String(value)]));
}
