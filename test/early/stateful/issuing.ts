import type { JudgedLease } from '../../../core/use-cases/read-lease.ts';
import type { Issue } from './commands.ts';
import { type Ground, nthName, nthTask } from './ground.ts';
import { afterCrash } from './model.ts';

/** Asks for a lease, with a new key or with the one of the last question. */
export async function issue(on: Ground, command: Issue): Promise<void> {
  const { model } = on;
  const name = nthName(command.agent);
  const before = on.orders.get(name);
  const isAgain = command.do === 'ask again';
  if (isAgain && !before) return;
  const order = isAgain && before ? before : { key: (before?.key ?? 0) + 1, task: nthTask(command.task) };
  on.orders.set(name, order);
  const task = { name: order.task, estimated_seconds: 200 };
  const { answer, refused } = await on.ask('issuance', command.crash, () =>
    on.agent(name).issue(`${order.key}`, task),
  );
  if (answer) {
    if (model.keptOut.has(name)) on.fault(`${name} is kept out and was given a lease`);
    if (model.leases.get(answer.lease.id)?.died !== undefined) on.fault(`${answer.lease.id} was revived`);
    if (!model.leases.has(answer.lease.id)) keep(on, answer, name, isAgain);
  }
  // A lease that nobody was told of falls silent, and its agent is kept out for it.
  if (!answer && !refused) model.unsure.add(name);
  const mayBeRefused =
    isAgain || model.keptOut.has(name) || model.unsure.has(name) || on.revokedAt.broadly === on.now();
  if (refused && !mayBeRefused) on.fault(`${name} was refused a lease: ${refused.message}`);
}

function keep({ model, now }: Ground, { lease }: JudgedLease, agent: string, untimed: boolean): void {
  const { id, task, issued_at: issuedAt, deadline, beat_due: beatDue = deadline } = lease;
  model.leases.set(id, { id, agent, task: task.name, issuedAt, deadline, beatDue, untimed });
  // A revocation whose answer was lost may still be on its way.
  const isDoubtful = model.crashes.some(({ at, of }) => of === 'operations' && at + afterCrash > now());
  if (isDoubtful) model.doubt(now(), (each) => each.id === id);
}
