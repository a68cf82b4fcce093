import type { EndedKind, GrantOf, MintedKind } from '../grant.ts';
import type { Lease } from '../lease.ts';
import type { ContextPolicy } from '../policy/schema.ts';
import type { Credentials } from '../protocol/responses.ts';
import type { EpochSeconds } from '../time.ts';

/** One grant of a lease, as the lease says that was read a moment ago. */
export type Granting<Of extends MintedKind> = {
  readonly lease: Lease;
  readonly grant: GrantOf<Of>;
};

/** What a grant of a kind comes to, once. */
export type CredentialOf<Of extends MintedKind> = NonNullable<Credentials[Of]>[string];

/** What making a grant came to. */
export type Made<Of extends MintedKind> = {
  readonly credential: CredentialOf<Of>;
  /** What ending it will need, encrypted; kept with the lease. */
  readonly sealed?: string;
};

/**
 * Makes grants of one kind in the system that they are for. What it guarantees stands in the lease before anything is
 * made: `core/guarantees.ts`.
 */
export type Connector<Of extends MintedKind> = {
  readonly kind: Of;
  /**
   * Makes the grant by the policy of its agent type, to end at the lease's deadline. Made again, as for a renewal, it is
   * the same grant with a new secret. Throws when it cannot; something may be there then.
   */
  mint(granting: Granting<Of>, policy: ContextPolicy, now: EpochSeconds): Promise<Made<Of>>;
};

/** Makes grants, and ends them. */
export type EndingConnector<Of extends EndedKind> = Connector<Of> & {
  /** Leaves nothing of the grant, be it there in full, in part or not at all. Throws when it cannot be sure. */
  end(granting: Granting<Of>): Promise<void>;
};
