/** By whom a role was assumed with a web identity, and what was said of them. */
export type Federation = {
  /** ARN of the provider in IAM. */
  readonly provider: string;
  /** Condition keys of the token, `<host and path of the issuer>:sub` and the like. */
  readonly context: Readonly<Record<string, string>>;
};

/** Claims of any provider that are condition keys (IAM user guide, keys for OIDC federation). */
const everywhere = ['sub', 'email'];

/** Claims of single providers that are condition keys too (service authorization reference, STS), by host. */
const ofProviders: Readonly<Record<string, readonly string[]>> = {
  'token.actions.githubusercontent.com': [
    'actor',
    'actor_id',
    'enterprise_id',
    'environment',
    'job_workflow_ref',
    'ref',
    'repository',
    'repository_id',
    'repository_owner_id',
    'workflow',
  ],
};

/** An issuer as ARNs of providers and condition keys write it: without the scheme. */
export function hostAndPath(issuer: string): string {
  return issuer.replace(/^https?:\/\//, '');
}

/**
 * The condition keys of a verified token. `aud` is who the token was given to: the authorized party where it names one,
 * and then the audience is `oaud`.
 */
export function federationContext(
  issuer: string,
  claims: Readonly<Record<string, unknown>>,
): Record<string, string> {
  const { aud, azp } = claims;
  const provider = hostAndPath(issuer);
  const named = [...everywhere, ...(ofProviders[provider.split('/')[0] ?? ''] ?? [])];
  const values: (readonly [string, unknown])[] = [
    ...named.map((name) => [name, claims[name]] as const),
    ['aud', azp ?? aud],
    ...(azp === undefined ? [] : [['oaud', aud] as const]),
  ];
  return Object.fromEntries(values.flatMap(([name, value]) => keyOf(`${provider}:${name}`, value)));
}

function keyOf(key: string, value: unknown): [string, string][] {
  if (typeof value === 'string') return [[key, value]];
  if (typeof value === 'number' || typeof value === 'boolean') return [[key, String(value)]];
  return [];
}
