import type { BrokerError } from '../../../core/broker-error.ts';
import { isTerminal } from '../../../core/transitions.ts';
import type { JudgedLease } from '../../../core/use-cases/read-lease.ts';
import { ends } from '../people.ts';
import { leaseOf } from '../verdict.ts';
import type { FunctionName } from '../world.ts';
import type { WithLease } from './commands.ts';
import type { Ground } from './ground.ts';
import type { ModelLease } from './model.ts';

const answeredBy: Readonly<Record<WithLease['do'], FunctionName>> = {
  beat: 'lifecycle',
  release: 'lifecycle',
  renew: 'issuance',
  collect: 'issuance',
  'revoke lease': 'operations',
};

/** Does something with one of the leases that were given. */
export async function withLease(on: Ground, command: WithLease): Promise<void> {
  const all = [...on.model.leases.values()];
  const lease = all[command.lease % all.length];
  if (!lease) return;
  const holder = on.agent(lease.agent);
  const questions: Readonly<Record<WithLease['do'], () => Promise<unknown>>> = {
    beat: () => holder.beat(lease.id),
    collect: () => holder.collect(lease.id),
    renew: () => holder.collect(lease.id, 240),
    release: () => holder.release(lease.id),
    'revoke lease': () => on.operator.revoke(ends.lease(lease.id)),
  };
  const reply = await on.ask(answeredBy[command.do], command.crash, questions[command.do]);
  if (reply.answer) answered(on, command.do, lease, reply.answer as JudgedLease);
  else if (reply.refused) refused(on, command.do, lease, reply.refused);
  else await unanswered(on, command.do, lease);
}

function answered(on: Ground, what: WithLease['do'], lease: ModelLease, answer: JudgedLease): void {
  const isIt = ({ id }: ModelLease) => id === lease.id;
  if (what === 'revoke lease') {
    on.model.end(on.now(), isIt);
    return;
  }
  const { state, deadline, beat_due } = answer.lease;
  if (lease.died !== undefined) {
    if (!isTerminal(state)) on.fault(`${lease.id} was revived by ${what}`);
    return;
  }
  if (what === 'release') {
    if (state !== 'released' && lease.doubtSince === undefined)
      on.fault(`${lease.id} was released and is ${state}`);
    on.model.end(on.now(), isIt);
  }
  if (what === 'beat') lease.beatDue = beat_due ?? lease.beatDue;
  if (what === 'renew') lease.deadline = deadline;
}

function refused({ fault }: Ground, what: WithLease['do'], lease: ModelLease, why: BrokerError): void {
  if (lease.died !== undefined || lease.doubtSince !== undefined) return;
  // Whoever is kept out gets nothing new, and mints and renewals are counted.
  const isLimited = (what === 'renew' || what === 'collect') && why.code !== 'lease_ended';
  if (!isLimited) fault(`${what} of ${lease.id} was refused: ${why.message}`);
}

/** What the write was, if there was one, is on record; what was to follow from it may take its time. */
async function unanswered(on: Ground, what: WithLease['do'], lease: ModelLease): Promise<void> {
  if (what === 'release' || what === 'revoke lease') on.model.doubt(on.now(), ({ id }) => id === lease.id);
  const { deadline, beat_due } = await leaseOf(on.world, lease.id);
  lease.deadline = deadline;
  lease.beatDue = beat_due ?? deadline;
}
