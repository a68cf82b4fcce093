import { type Approval, freshSignIn, isSatisfied, type Vote } from '../approval.ts';
import { BrokerError } from '../broker-error.ts';
import type { Lease } from '../lease.ts';
import { collectBy } from '../lease-order.ts';
import { type Person, type PersonIdentity, samePerson } from '../person.ts';
import { judgedState } from '../standing.ts';
import type { EpochSeconds } from '../time.ts';
import { type JudgedLease, type Standings, standingOf } from './read-lease.ts';

/** Leases that people decide on. */
export type VotableLeases = {
  find(id: string): Promise<Lease | undefined>;
  /**
   * Counts a vote on a `pending` lease, and makes it `state`; false when it is pending no longer, asks something else, is
   * out of time, or somebody voted since it was read.
   */
  vote(lease: Lease, vote: Vote, next: AfterVote): Promise<boolean>;
};

/** What a lease is once a vote was counted. */
export type AfterVote =
  | { readonly state: 'pending' | 'denied' }
  | { readonly state: 'approved'; readonly collect_by: EpochSeconds };

/** Everything that voting touches. */
export type VotingWorld = {
  readonly leases: VotableLeases;
  readonly standings: Standings;
  readonly clock: () => EpochSeconds;
};

/** Somebody of whom only their session of the approver's role is known. */
export type RoleSession = PersonIdentity & { readonly role: true; readonly nonce: string };

/** Whoever came by a role: IAM is what vouches for them. */
export function roleSession(userId: string, hash: string): RoleSession {
  return { issuer: 'aws:iam', subject: userId, role: true, nonce: hash };
}

/** What somebody says about a lease, and how they proved who they are. */
export type Ballot = {
  readonly lease: string;
  /** The person, and the nonce that their provider signed; or whoever came by the approver's role, with the hash they saw. */
  readonly voter: (Person & { readonly nonce?: string | undefined }) | RoleSession;
  readonly decision: Vote['decision'];
  readonly reason?: string | undefined;
  /** The caller that brings it, by role and session. */
  readonly through: string;
};

/** How often a vote is tried again because another one was counted at the same moment. */
const tries = 8;

/**
 * Counts one person's vote. The proof is bound to the very request: another request's, an old or a foreign one counts for
 * nothing. One conditional write decides, so that of two votes at one moment both count or one is told why not. Throws
 * `not_found`, `approval_refused` for who may not vote, `approval_closed` for what is decided or over.
 */
export async function vote(world: VotingWorld, ballot: Ballot): Promise<JudgedLease> {
  for (let attempt = 0; attempt < tries; attempt++) {
    const lease = await world.leases.find(ballot.lease);
    if (!lease) throw new BrokerError('not_found', 'no such lease');
    const standing = await standingOf(world, lease);
    const now = world.clock();
    const state = judgedState(lease, standing, now);
    const cast = castVote(lease, ballot, now);
    const { approval } = lease;
    if (!approval || state !== 'pending') throw closed(lease, state);
    const before = approval.votes.find((each) => samePerson(each, cast));
    if (before) throw new BrokerError('approval_closed', `you said so before: ${before.decision}`);
    const votes = [...approval.votes, cast];
    const next = afterVote(approval, votes, now);
    if (await world.leases.vote(lease, cast, next)) return { lease: voted(lease, votes, next), standing };
  }
  throw new BrokerError('temporarily_unavailable', 'others say something at this moment: say it again', {
    retryAfter: 1,
  });
}

function voted(lease: Lease, votes: readonly Vote[], next: AfterVote): Lease {
  const { state, ...collect } = next;
  return { ...lease, state, ...(lease.approval && { approval: { ...lease.approval, votes, ...collect } }) };
}

/** One who says no is enough; a yes is enough when nobody is missing. */
function afterVote({ terms }: Approval, votes: readonly Vote[], now: EpochSeconds): AfterVote {
  if (votes.at(-1)?.decision === 'deny') return { state: 'denied' };
  return isSatisfied(terms, votes) ? { state: 'approved', collect_by: collectBy(now) } : { state: 'pending' };
}

function castVote({ approval, user, principal }: Lease, ballot: Ballot, now: EpochSeconds): Vote {
  const { voter, decision, reason, through } = ballot;
  if (!approval) throw new BrokerError('approval_closed', 'this lease asks nobody');
  if (voter.nonce !== approval.request_hash)
    throw refused('the ID token is not bound to this request: its nonce has to be the request_hash');
  const { issuer, subject } = voter;
  const said = { issuer, subject, decision, at: now, through, ...(reason !== undefined && { reason }) };
  return {
    ...said,
    terms: 'role' in voter ? termsOfRole(approval, voter, principal) : termsOf(approval, user, voter, now),
  };
}

/** Which terms take the approver's role for proof; never the role that the agent itself runs as. */
function termsOfRole({ terms }: Approval, { subject }: RoleSession, asking: Lease['principal']): number[] {
  if (subject.split(':')[0] === asking) throw refused('this role asked for it: others have to decide');
  const places = terms.flatMap(({ proof }, place) => (proof === 'role' ? [place] : []));
  if (places.length === 0) throw refused('sign in: this needs your ID token');
  return places;
}

/** Which terms a person counts for. */
function termsOf(approval: Approval, user: Lease['user'], voter: Person, now: EpochSeconds): number[] {
  const { authenticated_at: at } = voter;
  if (at === undefined || now - at > freshSignIn)
    throw refused(`sign in anew: auth_time has to be at most ${freshSignIn} s ago`);
  if (user && samePerson(user, voter)) throw refused('nobody decides on what is done on their own behalf');
  const asked = approval.terms.map(({ from }) => from.some((group) => voter.groups.includes(group)));
  if (!asked.includes(true)) throw refused('you are in none of the groups that are asked');
  const terms = approval.terms.flatMap(({ mfa }, place) =>
    asked[place] && (voter.mfa || mfa === 'not_required') ? [place] : [],
  );
  if (terms.length === 0) throw refused('sign in with MFA: the ID token does not say so');
  return terms;
}

function refused(detail: string): BrokerError {
  return new BrokerError('approval_refused', detail, { path: 'id_token' });
}

function closed({ approval }: Lease, state: Lease['state']): BrokerError {
  const after = state === 'approved' || state === 'active' ? ': revoke it, if it must not be' : '';
  return new BrokerError(
    'approval_closed',
    approval ? `this lease is ${state}, and waits for nobody${after}` : 'this lease asks nobody',
  );
}
