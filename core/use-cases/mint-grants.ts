import type { GrantOf, MintedKind } from '../grant.ts';
import { isMadeOrAlive, type Lease } from '../lease.ts';
import type { ContextPolicy } from '../policy/schema.ts';
import type { EpochSeconds } from '../time.ts';
import { isTerminal } from '../transitions.ts';
import type { Connector, CredentialOf, Granting, Made } from './connector.ts';

/** Leases as those read them who make grants. */
export type GrantingLeases = {
  find(id: string): Promise<Lease | undefined>;
  /**
   * Keeps with a grant what its end will need; false when the lease is over or the grant was ended, and where the lease
   * would hold more than {@link mostSealed} then. `index` is its place among the grants.
   */
  seal(lease: Lease, index: number, sealed: string): Promise<boolean>;
};

/**
 * Characters of what is sealed in one lease: half of the 400 KB that a record may have (DynamoDB, item size). One that was
 * filled to the brim with large tokens could not be ended any more, as that is written into it too.
 */
export const mostSealed = 200_000;

/** Everything that making grants of one kind touches. */
export type GrantingWorld<Of extends MintedKind> = {
  readonly connector: Connector<Of> & { readonly end?: (granting: Granting<Of>) => Promise<void> };
  readonly leases: GrantingLeases;
  readonly policies: readonly ContextPolicy[];
  readonly clock: () => EpochSeconds;
};

/**
 * Makes grants of a lease, by their names, at the same time. Only the lease that is read here says what they are: it must
 * be in the making, or alive. It is read once more before anything is answered, since whoever ended it meanwhile, or the
 * lease that it was delegated from, may have found nothing to end: what is too late is undone, whatever else failed. Throws
 * for a lease that has no such grant, and when one cannot be made.
 */
export async function mintGrants<Of extends MintedKind>(
  world: GrantingWorld<Of>,
  leaseId: string,
  names: readonly string[],
): Promise<Readonly<Record<string, CredentialOf<Of>>>> {
  const lease = await world.leases.find(leaseId);
  if (!lease || !(await areWanted(world, lease, names)))
    throw new Error('nothing is made for this lease now');
  const policy = world.policies.find(({ agent_type }) => agent_type === lease.agent_type);
  if (!policy) throw new Error(`no policy is deployed for ${lease.agent_type}`);
  const attempts = await Promise.allSettled(
    names.map(async (name) => [name, await mintOne(world, lease, policy, name)] as const),
  );
  const made = new Map(attempts.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : [])));
  const current = await world.leases.find(leaseId);
  if (!current || !(await areWanted(world, current, names))) {
    await Promise.all(names.map((name) => undo(world, current ?? lease, name, made.get(name)?.sealed)));
    throw new Error('the lease ended while its grants were made');
  }
  const failed = attempts.find(({ status }) => status === 'rejected');
  if (failed?.status === 'rejected') throw failed.reason;
  return Object.fromEntries([...made].map(([name, { credential }]) => [name, credential]));
}

/**
 * Whether these grants are made now: the lease is wanted, and none of them was ended with a lease above it. Throws for one
 * that the lease has not, before anything is made.
 */
async function areWanted<Of extends MintedKind>(
  world: GrantingWorld<Of>,
  lease: Lease,
  names: readonly string[],
): Promise<boolean> {
  const grants = names.map((name) => grantNamed(lease, world.connector.kind, name)[0]);
  return !grants.some((grant) => 'ended_at' in grant) && (await isWanted(world, lease));
}

/**
 * Whether grants are made for this lease now: it is, and no lease that it was delegated from is over by its record. Who ends
 * one of those ends the grants of this one, too, and may have done so before its own record says anything.
 */
async function isWanted<Of extends MintedKind>(
  { leases, clock }: Pick<GrantingWorld<Of>, 'leases' | 'clock'>,
  lease: Lease,
): Promise<boolean> {
  if (!isMadeOrAlive(lease, clock())) return false;
  const above = await Promise.all(lease.ancestors.map((each) => leases.find(each.lease)));
  return above.every((each) => each !== undefined && !isTerminal(each.state));
}

async function mintOne<Of extends MintedKind>(
  { connector, leases, clock }: GrantingWorld<Of>,
  lease: Lease,
  policy: ContextPolicy,
  name: string,
): Promise<Made<Of>> {
  const [grant, index] = grantNamed(lease, connector.kind, name);
  const made = await connector.mint({ lease, grant }, policy, clock());
  const { sealed } = made;
  if (sealed === undefined) return made;
  // Kept by nobody it could never be ended: not either where it cannot be told whether it was kept.
  const kept = await leases.seal(lease, index, sealed).catch(() => false);
  if (kept) return made;
  await connector.end?.({ lease, grant: { ...grant, sealed: [sealed] } }).catch(() => undefined);
  throw new Error('what was made could not be kept with the lease, and was undone');
}

/** The grant of this kind and name, and its place among the lease's grants; throws where there is none. */
function grantNamed<Of extends MintedKind>(
  { grants }: Lease,
  kind: Of,
  name: string,
): readonly [GrantOf<Of>, number] {
  const index = grants.findIndex((grant) => grant.kind === kind && 'name' in grant && grant.name === name);
  const grant = grants[index];
  if (!grant) throw new Error(`the lease has no grant of ${kind} for ${name}`);
  return [grant as GrantOf<Of>, index];
}

/** Best effort, with what was made here even where the record has lost it: what stays is ended once more by whoever ends the lease. */
async function undo<Of extends MintedKind>(
  { connector }: GrantingWorld<Of>,
  lease: Lease,
  name: string,
  sealed: string | undefined,
): Promise<void> {
  const [grant] = grantNamed(lease, connector.kind, name);
  const kept = 'sealed' in grant && Array.isArray(grant.sealed) ? grant.sealed : [];
  const all = sealed === undefined ? grant : { ...grant, sealed: [...new Set([...kept, sealed])] };
  await connector.end?.({ lease, grant: all }).catch(() => undefined);
}
