import type { EpochSeconds } from '../time.ts';

/** Calls of a lease that are kept in full: the last of them. */
export const keptCalls = 200;

/** Seconds of a window in which calls are counted against `per_minute`; it begins with its first call. */
export const callWindow = 60;

/** A call as it is on record before it is made: no values of its query, no headers, no body. */
export type BegunCall = {
  /** Its own; those that begin later sort behind. */
  readonly id: string;
  readonly capability: string;
  readonly method: string;
  readonly path: string;
  readonly at: EpochSeconds;
};

/** Why a call that was begun has no answer that the agent saw. */
export type CallFault = 'no_answer' | 'redirected' | 'unreadable' | 'showed_secret';

/** What became of a call. */
export type CallOutcome = {
  /** As the other side answered, if it did. */
  readonly status?: number;
  readonly fault?: CallFault;
  /** Bytes of the bodies. */
  readonly sent: number;
  readonly received: number;
  readonly milliseconds: number;
};

/** A call on record; without an outcome it is under way, or nobody knows. */
export type RecordedCall = BegunCall & { readonly outcome?: CallOutcome };

/** The calls of a lease: how many there were, in all and of each capability, and the last of them in full. */
export type CallRecord = {
  readonly total: number;
  readonly capabilities: Readonly<Record<string, number>>;
  /** Bytes of all bodies of calls that ended. */
  readonly sent: number;
  readonly received: number;
  /** The last {@link keptCalls}, the oldest first. */
  readonly last: readonly RecordedCall[];
};

/** What calls of a lease are on record with. */
export type Calls = {
  /**
   * Counts a call before it is made; answers the seconds to wait where its capability has had `most` calls in the window
   * that is running.
   */
  begin(lease: string, call: BegunCall, most: number): Promise<'begun' | { readonly wait: number }>;
  /** Says what became of a call, once. */
  end(lease: string, call: BegunCall, outcome: CallOutcome): Promise<void>;
  /** The calls of a lease, read consistently, for its receipt. */
  read(lease: string): Promise<CallRecord>;
};
