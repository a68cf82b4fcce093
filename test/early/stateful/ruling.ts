import type { RevokedScope } from '../../../core/revocation.ts';
import { after } from '../../../core/time.ts';
import { ends } from '../people.ts';
import type { Ruling } from './commands.ts';
import { type Ground, nthName, nthTask } from './ground.ts';
import type { ModelLease } from './model.ts';

/** Revokes, keeps out, lets in again. */
export async function rule(on: Ground, command: Ruling): Promise<void> {
  switch (command.do) {
    case 'revoke agent': {
      const name = nthName(command.agent);
      const done = await revoke(on, command, ends.agent(on.agent(name).id), ({ agent }) => agent === name);
      return keptOut(on, name, done);
    }
    case 'quarantine': {
      const name = nthName(command.agent);
      const { id } = on.agent(name);
      // It has nothing to say: that there was no refusal and no crash is the answer.
      const { answer } = await on.ask('operations', command.crash, async () => {
        await on.operator.quarantine(id);
        return true;
      });
      return keptOut(on, name, answer === true);
    }
    case 'lift': {
      const name = nthName(command.agent);
      await on.ask('operations', command.crash, () => on.operator.lift(on.agent(name).id));
      on.model.keptOut.delete(name);
      on.model.unsure.add(name);
      return;
    }
    case 'revoke task': {
      const task = nthTask(command.task);
      return void (await revoke(on, command, ends.task(task), (lease) => lease.task === task));
    }
    case 'revoke type':
      return void (await revoke(on, command, ends.type, () => true));
    case 'revoke before': {
      const before = after(on.now(), -command.ago);
      const isMeant = ({ issuedAt }: ModelLease) => issuedAt < before;
      return void (await revoke(on, command, ends.issuedBefore(before), isMeant));
    }
  }
}

function keptOut({ model }: Ground, name: string, isCertain: boolean): void {
  if (isCertain) model.keptOut.add(name);
  else model.unsure.add(name);
}

async function revoke(
  on: Ground,
  { crash }: Ruling,
  revoked: RevokedScope,
  isMeant: (lease: ModelLease) => boolean,
): Promise<boolean> {
  on.revokedAt.broadly = on.now();
  const isListed = revoked.kind === 'task' || revoked.kind === 'issued_before';
  for (const lease of on.model.living())
    if (isListed && isMeant(lease) && lease.issuedAt + on.indexLag > on.now()) lease.unlisted = true;
  const { answer, refused } = await on.ask('operations', crash, () => on.operator.revoke(revoked));
  if (refused) on.fault(`a revocation was refused: ${refused.message}`);
  if (answer) on.model.end(on.now(), isMeant);
  else on.model.doubt(on.now(), isMeant);
  return answer !== undefined;
}
