import type { Lease } from '../../core/lease.ts';
import type { EpochSeconds } from '../../core/time.ts';

/** A lease of a tree of delegations, as somebody would keep it on paper who sees only questions, answers and the clock. */
export type Node = {
  readonly id: string;
  readonly jkt: string;
  /** The name of its agent. */
  readonly agent: string;
  readonly task: string;
  readonly capabilities: readonly string[];
  readonly parent: Node | undefined;
  readonly issuedAt: EpochSeconds;
  /** The second that no renewal may pass. */
  readonly total: number;
  deadline: number;
  /** When it would be taken for silent; never where nobody has to be heard from. */
  beatDue: number;
  /** `credential_until`, which never falls. */
  until: number;
  /** When somebody ended it, or all that it falls under. */
  ended: number;
  /** Whoever wanted to end it had no answer. */
  doubtful: boolean;
};

/** What a lease is on paper; what it may have in all is counted anew, by its estimate. */
export function nodeOf(
  { id, jkt, task, issued_at, deadline, beat_due, credential_until }: Lease,
  agent: string,
  parent: Node | undefined,
  most: number,
): Node {
  const never = Number.POSITIVE_INFINITY;
  return {
    id,
    jkt,
    agent,
    task: task.name,
    capabilities: task.capabilities,
    parent,
    issuedAt: issued_at,
    total: issued_at + most,
    deadline,
    beatDue: beat_due ?? never,
    until: credential_until,
    ended: never,
    doubtful: false,
  };
}

/** The lease and all that it was delegated from, itself first. */
export function lineOf(node: Node): Node[] {
  return node.parent ? [node, ...lineOf(node.parent)] : [node];
}

/** The second at which it is dead: whatever it was delegated from takes it along. */
export function deathOf(node: Node): number {
  return Math.min(...lineOf(node).map(({ deadline, beatDue, ended }) => Math.min(deadline, beatDue, ended)));
}

/** Whether it is alive. */
export function lives(node: Node, now: number): boolean {
  return now < deathOf(node);
}

/** Whether nobody can be sure that it lives: somebody who wanted to end it, or what it comes from, had no answer. */
export function isDoubtful(node: Node): boolean {
  return lineOf(node).some(({ doubtful }) => doubtful);
}
