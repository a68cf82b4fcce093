import type { RevokedScope } from '../../core/revocation.ts';
import { after } from '../../core/time.ts';
import type { Issued } from '../../core/use-cases/mint-again.ts';
import type { JudgedLease } from '../../core/use-cases/read-lease.ts';
import type { Command } from './delegation-commands.ts';
import {
  agentsOf,
  type Forest,
  isUnsettled,
  mayRefuse,
  nameOf,
  newest,
  taskOf,
} from './delegation-forest.ts';
import { within } from './delegation-growing.ts';
import { isDoubtful, lives, type Node } from './delegation-tree.ts';
import { ends } from './people.ts';
import { leaseOf } from './verdict.ts';

type WithLease = Command & { readonly lease: number } & {
  readonly do: 'renew' | 'collect' | 'beat' | 'release' | 'revoke lease' | 'revoke chain';
};

/** Something is done with one lease. */
export async function withLease(on: Forest, command: WithLease): Promise<void> {
  const node = newest(on, command.lease);
  if (!node) return;
  switch (command.do) {
    case 'beat':
      return beat(on, node);
    case 'renew':
      return mint(on, node, command.seconds);
    case 'collect':
      return mint(on, node);
    case 'release':
      return release(on, node);
    default: {
      const scope = command.do === 'revoke lease' ? ends.lease(node.id) : ends.chain(node.id);
      return revoke(on, scope, (each) => each === node);
    }
  }
}

/** Its agent says that it is alive. */
export async function beat(on: Forest, node: Node): Promise<void> {
  const alive = lives(node, on.now());
  const { answer, refused } = await on.ask(() => on.agent(node.agent).beat(node.id));
  if (refused && alive && !isDoubtful(node))
    on.fault(`a heartbeat of ${node.id} was refused: ${refused.message}`);
  if (answer && !alive) on.fault(`${node.id} was dead, and its heartbeat heard`);
  if (answer) node.beatDue = answer.lease.beat_due ?? node.beatDue;
}

async function mint(on: Forest, node: Node, estimate?: number): Promise<void> {
  const alive = lives(node, on.now());
  const { answer, refused } = await on.ask<Issued>(() => on.agent(node.agent).collect(node.id, estimate));
  // Mints and renewals are counted.
  const counted = refused?.code === 'access_denied';
  if (refused && alive && !counted && !isDoubtful(node) && !mayRefuse(on, agentsOf(node)))
    on.fault(`credentials of ${node.id} were refused: ${refused.message}`);
  if (answer && !alive) on.fault(`${node.id} was dead, and its credentials made`);
  const lease = answer?.lease ?? (refused ? undefined : await leaseOf(on.world, node.id));
  if (!lease) return;
  if (lease.deadline < node.deadline || lease.credential_until < node.until) on.fault(`${node.id} went back`);
  node.deadline = lease.deadline;
  node.until = lease.credential_until;
  within(on, node);
}

async function release(on: Forest, node: Node): Promise<void> {
  const alive = lives(node, on.now());
  const { answer, refused } = await on.ask<JudgedLease>(() => on.agent(node.agent).release(node.id));
  if (refused) on.fault(`a release of ${node.id} was refused: ${refused.message}`);
  if (answer && alive && !isDoubtful(node) && answer.lease.state !== 'released')
    on.fault(`${node.id} was released, and is ${answer.lease.state}`);
  over(on, answer !== undefined, (each) => each === node);
}

/** What an operator does to more than one lease. */
export async function rule(on: Forest, command: Command): Promise<void> {
  switch (command.do) {
    case 'revoke agent': {
      const name = nameOf(command.agent);
      await revoke(on, ends.agent(on.agent(name).id), ({ agent }) => agent === name);
      return void (isUnsettled(on) ? on.unsure : on.keptOut).add(name);
    }
    case 'quarantine': {
      const name = nameOf(command.agent);
      await on.ask(() => on.operator.quarantine(on.agent(name).id));
      return void (isUnsettled(on) ? on.unsure : on.keptOut).add(name);
    }
    case 'revoke task': {
      const name = taskOf(command.task);
      return revoke(on, ends.task(name), ({ task }) => task === name);
    }
    case 'revoke type':
      return revoke(on, ends.type, () => true);
    case 'revoke before': {
      const before = after(on.now(), -command.ago);
      return revoke(on, ends.issuedBefore(before), ({ issuedAt }) => issuedAt < before);
    }
    default:
      throw new Error(`${command.do} is no ruling`);
  }
}

async function revoke(on: Forest, scope: RevokedScope, meant: (node: Node) => boolean): Promise<void> {
  on.broadly.at = on.now();
  const { answer, refused } = await on.ask(() => on.operator.revoke(scope));
  const isOver = scope.kind === 'lease' && refused?.code === 'lease_ended';
  if (refused && !isOver) on.fault(`a revocation was refused: ${refused.message}`);
  if (!isOver) over(on, answer !== undefined, meant);
}

/** These end now; or perhaps, where there was no answer. */
function over(on: Forest, certain: boolean, meant: (node: Node) => boolean): void {
  for (const node of on.nodes) {
    if (!meant(node)) continue;
    if (certain) node.ended = Math.min(node.ended, on.now());
    else node.doubtful = true;
  }
}
