import type { IdentityProvider } from '../policy/identity-providers.ts';
import type { ContextPolicy, Guardrail } from '../policy/schema.ts';
import type { TrustSources } from '../policy/schema-trust.ts';
import { type Change, listChanges } from './change.ts';
import { comparePolicies } from './compare-policies.ts';

/** Everything that is deployed from one folder. */
export type Deployment = {
  readonly policies: readonly ContextPolicy[];
  readonly guardrail?: Guardrail | undefined;
  readonly providers?: readonly IdentityProvider[] | undefined;
  readonly trust?: TrustSources | undefined;
};

/** The changes of one thing, by its name. */
export type Compared = { readonly name: string; readonly changes: readonly Change[] };

/** What two folders come to otherwise: agent types one by one, the guardrail, who may say who a person is, and what runs where. */
export function compareDeployments(before: Deployment, after: Deployment): Compared[] {
  const types = [...before.policies, ...after.policies].map(({ agent_type }) => agent_type);
  const compared = [
    ...[...new Set(types)].map((type) => ({ name: type, changes: typeChanges(type, before, after) })),
    { name: 'guardrail', changes: guardrailChanges(before.guardrail, after.guardrail) },
    {
      name: 'identity providers',
      changes: providerChanges(before.providers ?? [], after.providers ?? []),
    },
    { name: 'trust sources', changes: trustChanges(before.trust, after.trust) },
  ];
  return compared.filter(({ changes }) => changes.length > 0);
}

function typeChanges(type: string, before: Deployment, after: Deployment): Change[] {
  const [old, now] = [before, after].map(({ policies }) =>
    policies.find(({ agent_type }) => agent_type === type),
  );
  if (old && now) return comparePolicies(old, now);
  const what = `policy with ${Object.keys((old ?? now)?.capabilities ?? {}).join(', ')}`;
  return [
    now ? { direction: 'wider', what: `new ${what}` } : { direction: 'narrower', what: `gone ${what}` },
  ];
}

function guardrailChanges(before: Guardrail | undefined, after: Guardrail | undefined): Change[] {
  if (!before || !after) return [];
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])] as (keyof Guardrail)[];
  return names.flatMap((name) => listChanges(name, before[name] ?? [], after[name] ?? []));
}

/** Each source is one thing that is trusted; the entry proves nothing, and lets in whom it names. */
function trustChanges(before: TrustSources | undefined, after: TrustSources | undefined): Change[] {
  const names = [
    ...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})]),
  ] as (keyof TrustSources)[];
  return names.flatMap((name) =>
    listChanges(`${name} trusts`, sourcesIn(before?.[name]), sourcesIn(after?.[name])),
  );
}

function sourcesIn(section: unknown): string[] {
  if (section === undefined) return [];
  if (Array.isArray(section)) return section.map((each) => JSON.stringify(each));
  return Object.entries(section as Readonly<Record<string, unknown>>).flatMap(([name, each]) =>
    sourcesIn(each).map((text) => `${name} ${text}`),
  );
}

function providerChanges(before: readonly IdentityProvider[], after: readonly IdentityProvider[]): Change[] {
  const issuers = (all: readonly IdentityProvider[]) => all.map(({ issuer }) => issuer);
  return [
    ...listChanges('vouches for people', issuers(before), issuers(after)),
    ...after.flatMap((now) => {
      const old = before.find(({ issuer }) => issuer === now.issuer);
      return old ? oneProviderChanges(old, now) : [];
    }),
  ];
}

function oneProviderChanges(old: IdentityProvider, now: IdentityProvider): Change[] {
  const other = (['jwks_uri', 'audience', 'groups', 'sign_in'] as const).filter(
    (name) => JSON.stringify(old[name]) !== JSON.stringify(now[name]),
  );
  return [
    ...other.map((name): Change => {
      const text = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value ?? 'none'));
      const direction = name === 'sign_in' ? 'neutral' : 'unclear';
      return { direction, what: `${now.issuer}: ${name} ${text(old[name])} → ${text(now[name])}` };
    }),
    ...listChanges(`${now.issuer}: signs with`, old.algorithms, now.algorithms),
    ...listChanges(`${now.issuer}: amr that counts as MFA`, old.mfa.amr, now.mfa.amr),
    ...listChanges(`${now.issuer}: acr that counts as MFA`, old.mfa.acr, now.mfa.acr),
  ];
}
