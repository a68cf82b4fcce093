import { expect } from 'vitest';
import type { Lease } from '../../../core/lease.ts';
import type { LeaseOrder } from '../../../core/lease-order.ts';
import { collectCredentials } from '../../../core/use-cases/collect-credentials.ts';
import { type Delegation, delegateLease } from '../../../core/use-cases/delegate-lease.ts';
import type { Issued } from '../../../core/use-cases/mint-again.ts';
import { invoicePolicy } from '../invoices.ts';
import { agentNamed, type EarlyWorld, earlyWorld, issueTo, recorded } from './early-world.ts';
import { orderOf, refusalOf } from './world.ts';

type Changed = Parameters<typeof invoicePolicy>[0];

/** Both capabilities of the invoice agent. */
export const both = ['read_invoice', 'file_result'] as const;

/** A world whose agents may delegate twice, under a policy changed as a test needs. */
export function delegatingWorld({ limits, ...changed }: Changed = {}): EarlyWorld {
  const policy = invoicePolicy({ ...changed, limits: { delegation_depth: 2, ...limits } });
  return { ...earlyWorld(), policies: [policy] };
}

/** How a sub-agent asks; it wants what was delegated to it, for two minutes, unless it is said. */
export type ChildAsks = {
  readonly to?: string;
  /** Who signs; the holder of the lease. */
  readonly by?: string;
  /** What is signed. */
  readonly capabilities?: readonly string[];
  readonly task?: Partial<LeaseOrder['request']['task']>;
  readonly order?: Partial<Omit<LeaseOrder, 'request'>>;
  /** What is signed otherwise. */
  readonly signed?: Partial<Delegation>;
};

let keys = 0;

/** A sub-agent asks for a lease from another one's. */
export async function delegate(
  world: EarlyWorld,
  { id, jkt }: Pick<Lease, 'id' | 'jkt'>,
  { to = 'bert', by = jkt, capabilities = ['read_invoice'], task, order, signed }: ChildAsks = {},
): Promise<Issued> {
  const attested = agentNamed(to);
  const delegation = { jkt: by, agent: attested.sub, capabilities, ...signed };
  const asked = { name: 'read for another', capabilities: [...capabilities], parameters: {}, ...task };
  const right = orderOf(asked, { attested, idempotencyKey: `child-${++keys}` });
  return delegateLease(world, id, delegation, { ...right, ...order });
}

/** The same, answering the lease alone. */
export async function childOf(world: EarlyWorld, parent: Lease, asks: ChildAsks = {}): Promise<Lease> {
  return (await delegate(world, parent, asks)).lease;
}

/** An agent renews its lease, as if so many seconds were left to do. */
export function renew(world: EarlyWorld, { id, jkt }: Lease, estimate?: number): Promise<Issued> {
  const request = { proof: `renewal-${++keys}`, attempt: `renewal-${keys}`, estimate };
  return collectCredentials(world, agentNamed(jkt), id, request);
}

/** All that a refusal must leave as it is: the leases and what counts against limits. */
async function keptBy(world: EarlyWorld) {
  return structuredClone({
    leases: world.leases.all(),
    quotas: [...world.quotas.all()].filter(([, of]) => of.length > 0),
  });
}

/** The leases that were delegated from one, as its record names them. */
export async function childrenOf(world: EarlyWorld, lease: Lease): Promise<readonly string[]> {
  return (await recorded(world, lease)).children ?? [];
}

/** Limits that count, and that nobody reaches. */
export const counting = { concurrent_leases: 50, per_hour: 100 };

/** Tries it on a lease of anna with one capability, and expects that nothing came of it. */
export async function refused(asks: ChildAsks, world = delegatingWorld({ limits: counting }), of?: Lease) {
  const parent = of ?? (await issueTo(world, 'anna'));
  const before = await keptBy(world);
  const minted = world.minter.plans.length;
  const { code, message, evidence } = await refusalOf(delegate(world, parent, asks));
  expect(await keptBy(world)).toEqual(before);
  expect(world.minter.plans).toHaveLength(minted);
  return { code, message, ...evidence };
}
