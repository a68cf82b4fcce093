import type { Command } from './delegation-commands.ts';
import { beat, rule, withLease } from './delegation-ending.ts';
import type { Forest } from './delegation-forest.ts';
import { delegate, issue } from './delegation-growing.ts';
import { deathOf, lives } from './delegation-tree.ts';

/** Does one command to the world and to what is on paper. */
export async function act(on: Forest, command: Command): Promise<void> {
  switch (command.do) {
    case 'pass':
      await on.world.sim.advance(command.seconds);
      break;
    case 'everybody beats':
      for (const node of on.nodes) if (lives(node, on.now())) await beat(on, node);
      break;
    case 'issue':
      await issue(on, command);
      break;
    case 'delegate':
      await delegate(on, command);
      break;
    case 'revoke agent':
    case 'quarantine':
    case 'revoke task':
    case 'revoke type':
    case 'revoke before':
      await rule(on, command);
      break;
    default:
      await withLease(on, command);
  }
  catchUp(on);
}

/** What is learned without asking: who fell silent may be kept out, and what the ladder did is on record. */
export function catchUp(on: Forest): void {
  const { nodes, unsure, world } = on;
  for (const node of nodes) if (node.beatDue <= on.now()) unsure.add(node.agent);
  for (const { by, scope, at } of world.books.revocations.all()) {
    if (by !== 'revoker' || scope.kind !== 'agent') continue;
    for (const node of nodes) {
      if (on.agent(node.agent).id !== scope.agent || node.issuedAt > at) continue;
      node.ended = Math.min(node.ended, at);
      unsure.add(node.agent);
    }
  }
}

/** Lets time pass until everything has ended by itself. */
export async function rest(on: Forest, minutes: number): Promise<void> {
  for (let i = 0; i < minutes; i++) {
    await on.world.sim.advance(60);
    catchUp(on);
  }
}

/** Holds all credentials that were shown against what is on paper; `slack` is what the broker may take beside IAM. */
export function judge(on: Forest, delay: number, slack: number): number {
  let worst = 0;
  const known = new Map(on.nodes.map((node) => [node.id, node]));
  const { aws } = on.world;
  for (const { session, lease, at } of on.shown) {
    const node = known.get(lease);
    if (!node) throw new Error('shown, and not on paper');
    const death = deathOf(node);
    const ended = Math.min(session.expiration, session.deadline);
    const marks = [at, ...aws.changes(session.role), death, ended].filter((s) => s >= at && s < ended);
    for (const second of marks) {
      if (second < death && second <= on.now() && !aws.works(session, second as typeof at))
        on.fault(`${session.accessKeyId} of ${lease} was refused at ${second}, dead at ${death}`);
    }
    const last = lastWorking(on, session, Math.max(at, death), ended);
    if (last === undefined) continue;
    worst = Math.max(worst, last - death - delay);
    if (last > death + delay + slack)
      on.fault(`${session.accessKeyId} of ${lease} worked at ${last}, dead at ${death}`);
  }
  return worst;
}

type Session = Forest['shown'][number]['session'];

/** The last second from `begin` on at which the credentials worked; what IAM says changes only when documents count. */
function lastWorking({ world: { aws } }: Forest, session: Session, begin: number, end: number) {
  if (begin >= end) return undefined;
  const changes = aws.changes(session.role).filter((each) => each > begin && each < end);
  const marks = [begin, ...changes, end];
  const i = marks.findLastIndex((mark) => mark < end && aws.works(session, mark as (typeof changes)[number]));
  return i < 0 ? undefined : (marks[i + 1] ?? end) - 1;
}
