import type { Kind } from './policy/schema-capabilities.ts';
import type { EpochSeconds } from './time.ts';

/** What makes a grant end by itself. */
export type Enforcement =
  /** STS's own expiry, and the policy inside the token. */
  | 'sts_expiration'
  | 'session_policy'
  /** The database lets nobody sign in any more; the broker ends what is open. */
  | 'valid_until'
  | 'termination'
  /** The broker revokes the token; it says itself when it ends. */
  | 'revocation'
  | 'token_expiration'
  /** The broker makes no call any more. */
  | 'broker';

/** How a grant ends by itself and how fast; `basis` says how sure we are. */
export type Guarantee = {
  readonly ends: 'deadline' | 'immediate' | 'own_expiry';
  /** Seconds after the deadline. */
  readonly typical_seconds: number;
  readonly worst_seconds: number;
  readonly basis: 'measured' | 'documented' | 'assumed';
  readonly enforced_by: readonly Enforcement[];
  /** What its capabilities leave behind that does not end with it, in the policy's words. */
  readonly outlives: readonly { readonly capability: string; readonly what: string }[];
};

type AnyGrant<Of extends Kind> = {
  readonly kind: Of;
  readonly capabilities: readonly string[];
  readonly guarantee: Guarantee;
};

/** A grant that a function of its own makes and ends. */
type Connected<Of extends Kind> = AnyGrant<Of> & {
  /** One of its kind in the lease: a database, or a capability. */
  readonly name: string;
  /** When it was seen that nothing is left of it. */
  readonly ended_at?: EpochSeconds;
  /** Since when it cannot be ended; it is still tried. */
  readonly irrevocable_at?: EpochSeconds;
};

/**
 * The session of a grant role. Every lease has this grant, first of all, since it is judged by its role's shard; with
 * no capabilities nothing is asked of STS, and nobody is shown it.
 */
export type AwsGrant = AnyGrant<'aws'> & {
  readonly role_arn: string;
  /** Set when the release of the lease gave up its room in a full deny document: the deadline ends the credentials. */
  readonly enforcement?: 'left_to_expiry';
};

/** A login role in a database of `systems.yaml`, which is its `name`; or with `iam` a user that is there already. */
export type PostgresGrant = Connected<'postgres'> & { readonly user: string; readonly iam?: true };

/** A token of an authorization server. */
export type OauthGrant = Connected<'oauth'> & {
  /** The client of `systems.yaml` that asks for it. */
  readonly client: string;
  /** Tokens that were given out, each encrypted for the function that revokes them; gone when they are revoked. */
  readonly sealed?: readonly string[];
};

/** A token of this broker. */
export type JwtGrant = Connected<'jwt'>;

/** Calls that the broker makes. */
export type ProxyGrant = Connected<'proxy'>;

/** One concrete credential inside a lease, without its secrets. */
export type Grant = AwsGrant | PostgresGrant | OauthGrant | JwtGrant | ProxyGrant;
export type GrantOf<Of extends Kind> = Extract<Grant, { kind: Of }>;

/** Kinds whose grants a function of its own makes when the lease is made. */
export const mintedKinds = ['postgres', 'oauth', 'jwt'] as const;
export type MintedKind = (typeof mintedKinds)[number];

/** Kinds whose grants have to be ended where they are. */
export const endedKinds = ['postgres', 'oauth'] as const;
export type EndedKind = (typeof endedKinds)[number];

/** The session of a lease's grant role; throws for what is no lease's. */
export function awsGrantOf({
  id,
  grants,
}: {
  readonly id: string;
  readonly grants: readonly Grant[];
}): AwsGrant {
  for (const grant of grants) if (grant.kind === 'aws') return grant;
  throw new Error(`the lease ${id} names no grant role`);
}

/** Whether a grant has to be ended where it is. */
export function needsEnding({ kind, guarantee }: Pick<Grant, 'kind' | 'guarantee'>): boolean {
  const ended: readonly string[] = endedKinds;
  return (
    ended.includes(kind) &&
    guarantee.enforced_by.some((each) => each === 'termination' || each === 'revocation')
  );
}

/** Kinds of a lease's grants of which something may be left, the last made first. */
export function kindsToEnd(grants: readonly Grant[]): EndedKind[] {
  const open = grants.filter((grant) => needsEnding(grant) && !('ended_at' in grant && grant.ended_at));
  return endedKinds.filter((kind) => open.some((grant) => grant.kind === kind)).toReversed();
}

/**
 * The grants that functions of their own make for these capabilities, by kind: their names. A role is made for all that
 * it may do or not at all, so that all of that must be granted by now.
 */
export function toBeMinted(
  grants: readonly Grant[],
  wanted: readonly string[],
  granted: readonly string[] = wanted,
): ReadonlyMap<MintedKind, string[]> {
  const minted: readonly string[] = mintedKinds;
  const meant = grants.flatMap((grant) => {
    const isMeant =
      grant.capabilities.some((each) => wanted.includes(each)) &&
      grant.capabilities.every((each) => granted.includes(each));
    return minted.includes(grant.kind) && 'name' in grant && !('iam' in grant) && isMeant ? [grant] : [];
  });
  const byKind = Map.groupBy(meant, ({ kind }) => kind as MintedKind);
  return new Map([...byKind].map(([kind, those]) => [kind, those.map(({ name }) => name)]));
}
