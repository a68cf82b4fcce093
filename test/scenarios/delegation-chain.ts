import { expect } from 'vitest';
import type { BrokerClient, IssuedLeaseResponse } from '../../client/index.ts';
import type { LocalBroker } from '../../local/start.ts';
import { newAgent } from '../broker.ts';
import type { EndingBroker } from './ended.ts';

/** A lease, its credentials, and who holds them. */
export type Held = IssuedLeaseResponse & { readonly agent: BrokerClient };

/** How a sub-agent asks. */
export type ChildAsks = {
  readonly agent?: BrokerClient;
  readonly task?: string;
  readonly capabilities?: readonly string[];
  readonly seconds?: number;
  readonly key?: string;
};

/** The holder of a lease signs, and a sub-agent, a new one unless it is named, asks for a lease of its own from it. */
export async function delegated(broker: LocalBroker, from: Held, asks: ChildAsks = {}): Promise<Held> {
  const { capabilities = ['read_invoice'], seconds = 120, task = 'read for another' } = asks;
  const agent = asks.agent ?? (await newAgent(broker, from.lease.agent_type));
  const { agent: id } = await agent.attest();
  const word = await from.agent.delegation(from.lease.id, id, capabilities);
  const asked = {
    name: task,
    purpose: 'a part of the work',
    capabilities: [...capabilities],
    estimated_seconds: seconds,
  };
  return { agent, ...(await agent.leaseFrom(from.lease.id, word, asked, asks.key)) };
}

/** Three levels, with a sibling of the middle one, and a lease that has nothing to do with them. */
export type Family = Readonly<Record<'root' | 'middle' | 'leaf' | 'sibling' | 'other', Held>>;

/** Makes one; the root is two seconds older than all the others, each task has a name of its own. */
export async function family(on: EndingBroker): Promise<Family> {
  const root = await on.agentWithLease();
  on.broker.advance(2);
  const middle = await delegated(on.broker, root, { task: `middle below ${root.lease.id}` });
  const leaf = await delegated(on.broker, middle, { task: `leaf below ${root.lease.id}` });
  const sibling = await delegated(on.broker, root, { task: `sibling below ${root.lease.id}` });
  const other = await on.agentWithLease();
  return { root, middle, leaf, sibling, other };
}

/**
 * Lets everything happen that an end brings about, waits for IAM, and expects that these are dead, their credentials tried,
 * and the others alive, on record too.
 */
export async function deadAlone(
  on: EndingBroker,
  all: Family,
  dead: readonly [keyof Family, ...(keyof Family)[]],
): Promise<void> {
  await on.deadSince(all[dead[0]], on.broker.now());
  const names = Object.keys(all) as (keyof Family)[];
  const seen = await Promise.all(
    names.map(async (name) => {
      const [used, { state }] = [await on.uses(all[name]), await on.operator.lease(all[name].lease.id)];
      return [name, used, state === 'active' ? 'alive' : 'dead'] as const;
    }),
  );
  const right = names.map((name) =>
    dead.includes(name) ? [name, 'AccessDenied', 'dead'] : [name, 'read', 'alive'],
  );
  expect(seen).toEqual(right);
}
