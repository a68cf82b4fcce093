import type { Lease } from '../../core/lease.ts';
import type { AwsPlan } from '../../core/plan.ts';
import { delegateLease } from '../../core/use-cases/delegate-lease.ts';
import type { Issued } from '../../core/use-cases/mint-again.ts';
import { invoicePolicy } from '../core/invoices.ts';
import { orderOf } from '../core/use-cases/world.ts';
import { attestedAgent, people } from './people.ts';
import { type Circumstances, earlyWorld } from './world.ts';

/** How often agents may delegate on here. */
export const deepest = 4;

const object = (bucket: string) => `arn:aws:s3:::acme-${bucket}/\${customer_id}/\${invoice_id}.json`;

/** What there is to delegate: capabilities that share actions and buckets, so that one too many would show. */
const capabilities = {
  read_invoice: { aws: { actions: ['s3:GetObject'], resources: [object('invoices')] } },
  file_result: { aws: { actions: ['s3:PutObject', 's3:GetObject'], resources: [object('results')] } },
  correct_invoice: {
    aws: { actions: ['s3:PutObject'], resources: [object('invoices'), object('corrections')] },
  },
};
export const capabilityNames = Object.keys(capabilities);

/** Seconds within which everybody is to be heard from, and what a lease may have. */
export const heartbeat = 40;
export const lifetime = { buffer: 1.2, floor: 100, maximum: '2x', longest: 900 } as const;

/** The policy of these agents: nothing but what a test is about stands in their way. */
export function delegatingPolicy(beating: boolean) {
  return invoicePolicy({
    capabilities,
    lifetime: { ...lifetime, ...(beating && { heartbeat }) },
    limits: { delegation_depth: deepest },
    risk: { weights: { delegated_agent: 0 } },
  });
}

/** How a sub-agent asks for a lease from another one's. */
export type ChildAsks = {
  readonly to: string;
  readonly key: string;
  readonly signed?: readonly string[];
  readonly asked?: readonly string[];
  readonly task?: string;
  readonly seconds?: number;
};

/** A world whose agents delegate, and who is there; `plans` are all that STS was asked for, by lease. */
export function delegatingWorld(circumstances: Circumstances & { readonly beating?: boolean } = {}) {
  const { beating = false, ...others } = circumstances;
  const world = earlyWorld({ policy: delegatingPolicy(beating), hidden: 90, ...others });
  const there = people(world);
  const plans = new Map<string, AwsPlan[]>();
  const { minter } = world.aws;
  world.aws.minter = (clock) => ({
    mint(plan, until) {
      plans.set(plan.sourceIdentity, [...(plans.get(plan.sourceIdentity) ?? []), plan]);
      return minter(clock).mint(plan, until);
    },
  });
  const delegate = async (
    from: Pick<Lease, 'id' | 'jkt'>,
    { to, key, signed = ['read_invoice'], asked = signed, task = 'delegated', seconds = 200 }: ChildAsks,
  ): Promise<Issued> => {
    const attested = attestedAgent(to);
    const delegation = { jkt: from.jkt, agent: attested.sub, capabilities: signed };
    const request = { name: task, capabilities: [...asked], parameters: {}, estimated_seconds: seconds };
    const order = orderOf(request, { attested, idempotencyKey: `${to}-${key}` });
    const granted = await world.invoke('issuance', (ports) =>
      delegateLease(ports, from.id, delegation, order),
    );
    return there.show(granted);
  };
  return { world, ...there, delegate, plans };
}

/** A world whose agents delegate. */
export type DelegatingWorld = ReturnType<typeof delegatingWorld>;
