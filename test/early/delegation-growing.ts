import type { Issued } from '../../core/use-cases/mint-again.ts';
import type { Command } from './delegation-commands.ts';
import {
  agentsOf,
  type Forest,
  isUnsettled,
  mayRefuse,
  mustRefuse,
  nameOf,
  newest,
  taskOf,
  totalOf,
} from './delegation-forest.ts';
import { deathOf, lineOf, lives, type Node, nodeOf } from './delegation-tree.ts';
import { deepest } from './delegation-world.ts';

type Issue = Command & { readonly do: 'issue' };
type Delegate = Command & { readonly do: 'delegate' };

/** An agent asks for a lease of its own. */
export async function issue(on: Forest, { agent: nth, task, capabilities, seconds }: Issue): Promise<void> {
  const agent = nameOf(nth);
  const asked = { name: taskOf(task), capabilities: [...capabilities], estimated_seconds: seconds };
  const { answer, refused } = await on.ask(() => on.agent(agent).issue(`${++on.count.asked}`, asked));
  if (refused && !mayRefuse(on, [agent])) on.fault(`${agent} was refused: ${refused.message}`);
  if (answer && mustRefuse(on, [agent])) on.fault(`${agent} is kept out and was given a lease`);
  if (answer) grow(on, answer, agent, undefined, seconds);
}

/** A sub-agent asks for a lease from another's, with what was signed for it. */
export async function delegate(on: Forest, command: Delegate): Promise<void> {
  const parent = newest(on, command.lease);
  if (!parent) return;
  const to = nameOf(command.to);
  const forbidden = whyNot(on, parent, to, command);
  const asks = { ...command, to, key: `${++on.count.asked}`, task: taskOf(command.task) };
  const { answer, refused } = await on.ask(() => on.delegate(parent, asks));
  if (refused) on.count.refused++;
  if (refused && !forbidden && !mayRefuse(on, [to, ...agentsOf(parent)]))
    on.fault(`a child of ${parent.id} was refused: ${refused.message}`);
  if (answer && forbidden) on.fault(`${to} was given a child of ${parent.id}: ${forbidden}`);
  if (answer) grow(on, answer, to, parent, command.seconds);
}

/** Why this must not be delegated; undefined where nothing stands against it. */
function whyNot(on: Forest, parent: Node, to: string, { signed, asked }: Delegate): string | undefined {
  if (!lives(parent, on.now())) return `it was dead at ${deathOf(parent)}`;
  if (lineOf(parent).length > deepest) return 'it is too deep';
  if (to === parent.agent) return 'it is its own';
  if (mustRefuse(on, [to, ...agentsOf(parent)])) return 'somebody is kept out';
  const wider = asked.find((name) => !signed.includes(name) || !parent.capabilities.includes(name));
  return wider && `${wider} was not delegated`;
}

function grow(on: Forest, { lease }: Issued, agent: string, parent: Node | undefined, seconds: number): void {
  const node = nodeOf(lease, agent, parent, totalOf(seconds));
  // Whatever was to be revoked as a whole may yet be, and this with it.
  node.doubtful = isUnsettled(on);
  on.nodes.push(node);
  within(on, node);
  if (!parent) return;
  const line = lineOf(parent).toReversed();
  const named = lease.ancestors.map((each) => each.lease);
  if (named.join() !== line.map(({ id }) => id).join()) on.fault(`${node.id} says it comes from ${named}`);
}

/** No lease passes its total, and none what it comes from, as that is now. */
export function within(on: Forest, { id, deadline, until, total, parent }: Node): void {
  if (deadline > total || until > deadline) on.fault(`${id} lives until ${deadline}, ${until} of ${total}`);
  if (parent && (deadline > parent.until || until > parent.until))
    on.fault(`${id} lives until ${deadline}, ${until}: longer than ${parent.id}, ${parent.until}`);
}
