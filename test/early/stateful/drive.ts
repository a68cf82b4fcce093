import { stateOf } from '../verdict.ts';
import type { Command } from './commands.ts';
import { type Ground, names } from './ground.ts';
import { withLease } from './holding.ts';
import { issue } from './issuing.ts';
import { rule } from './ruling.ts';

/** Does commands to a world and its model, and then lets time pass until everything has come to rest. */
export async function drive(on: Ground, commands: readonly Command[]): Promise<void> {
  for (const command of commands) {
    await act(on, command);
    await catchUp(on);
  }
  for (let minutes = 0; minutes < 15; minutes++) {
    await on.world.sim.advance(60);
    await catchUp(on);
  }
}

async function act(on: Ground, command: Command): Promise<void> {
  switch (command.do) {
    case 'pass':
      return on.world.sim.advance(command.seconds);
    case 'crash':
      return on.plan(command.of, command.crash);
    case 'everybody beats':
      return everybodyBeats(on);
    case 'issue':
    case 'ask again':
      return issue(on, command);
    case 'beat':
    case 'renew':
    case 'collect':
    case 'release':
    case 'revoke lease':
      return withLease(on, command);
    default:
      return rule(on, command);
  }
}

/** Who holds a lease that lives says so. */
async function everybodyBeats(on: Ground): Promise<void> {
  for (const [lease, { id }] of [...on.model.leases.values()].entries())
    if (on.model.living().some((each) => each.id === id)) await withLease(on, { do: 'beat', lease });
}

/** What the model learns without asking: that time has passed, what the ladder did, how doubts were resolved. */
async function catchUp(on: Ground): Promise<void> {
  const { model, now, world } = on;
  model.pass(now());
  for (const { by, scope, at } of world.books.revocations.all()) {
    if (by !== 'revoker' || scope.kind !== 'agent') continue;
    const name = names.find((each) => on.agent(each).id === scope.agent);
    model.end(at, ({ agent, issuedAt }) => agent === name && issuedAt <= at);
    if (name) model.unsure.add(name);
  }
  for (const lease of model.leases.values()) {
    if (lease.doubtSince === undefined || now() <= (lease.doubtUntil ?? 0)) continue;
    if ((await stateOf(world, lease.id)) === 'active') lease.doubtSince = undefined;
    else lease.died ??= lease.doubtSince;
  }
}
