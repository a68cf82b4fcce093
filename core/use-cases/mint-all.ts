import type { MintedKind } from '../grant.ts';
import type { Lease } from '../lease.ts';
import type { AwsPlan } from '../plan.ts';
import type { Credentials } from '../protocol/responses.ts';
import type { EpochSeconds } from '../time.ts';
import type { CredentialOf } from './connector.ts';
import { type MintedCredentials, type Minter, mintChecked } from './mint-checked.ts';

/** The functions that make grants beyond AWS: each re-reads the lease and believes nothing else. */
export type GrantMakers = {
  /** Makes these grants of a lease, by their names; throws when one cannot be made, though others may be there then. */
  mint<Of extends MintedKind>(
    kind: Of,
    lease: string,
    grants: readonly string[],
  ): Promise<Readonly<Record<string, CredentialOf<Of>>>>;
};

/** Everything that a lease comes to, once. */
export type Minted = { readonly aws?: MintedCredentials } & Pick<Credentials, MintedKind>;

/** What minting touches. */
export type MakingWorld = { readonly minter: Minter; readonly makers: GrantMakers };

/**
 * Makes all of a lease at the same time, so that it takes as long as its slowest system; without a plan nothing is asked
 * of STS. Throws what went wrong first, once everything has answered: whoever undoes it then meets nothing on its way.
 */
export async function mintAll(
  { minter, makers }: MakingWorld,
  plan: AwsPlan | undefined,
  { id }: Pick<Lease, 'id'>,
  grants: ReadonlyMap<MintedKind, readonly string[]>,
  until: EpochSeconds,
  now: EpochSeconds,
): Promise<Minted | 'too_large'> {
  const kinds = [...grants].map(async ([kind, names]) => [kind, await makers.mint(kind, id, names)] as const);
  const [aws, ...others] = await Promise.allSettled([
    plan && mintChecked(minter, plan, until, now),
    ...kinds,
  ] as const);
  const failed = [aws, ...others].find(({ status }) => status === 'rejected');
  if (failed?.status === 'rejected') throw failed.reason;
  const session = aws.status === 'fulfilled' ? aws.value : undefined;
  if (session === 'too_large') return session;
  const beyond = others.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  return { ...(session && { aws: session }), ...Object.fromEntries(beyond) };
}
