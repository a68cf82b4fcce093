import { isMadeOrAlive, type Lease } from '../../core/lease.ts';
import type { ContextPolicy } from '../../core/policy/schema.ts';
import type { EpochSeconds } from '../../core/time.ts';
import type { Invoke } from '../aws/invoke.ts';
import { type JwtOptions, leaseAssertion } from './jwt.ts';

/** A call of the oauth function: say who works under this lease, for this grant of it. */
export type AssertionCall = { readonly lease: string; readonly assert: string };

/** Milliseconds that an assertion may take. */
export const assertionPatience = 5_000;

/** Whether the function is called for an assertion. */
export function isAssertionCall(event: object): event is AssertionCall {
  return 'assert' in event && typeof event.assert === 'string' && 'lease' in event;
}

/** Everything that an assertion touches. */
export type AssertingWorld = JwtOptions & {
  readonly leases: { find(id: string): Promise<Lease | undefined> };
  readonly policies: readonly ContextPolicy[];
  readonly clock: () => EpochSeconds;
};

/** Says of a lease that is in the making or alive who works under it. Throws for any other. */
export async function assertLease(world: AssertingWorld, { lease: id, assert }: AssertionCall) {
  const lease = await world.leases.find(String(id));
  const now = world.clock();
  const policy = world.policies.find(({ agent_type }) => agent_type === lease?.agent_type);
  if (!lease || !policy || !isMadeOrAlive(lease, now)) throw new Error('nothing is said of this lease now');
  return { assertion: await leaseAssertion(world, lease, policy, assert, now) };
}

/** The assertions of the function that signs them. */
export function assertions(invoke: Invoke, functionName: string) {
  return async (lease: string, assert: string): Promise<string> => {
    const answer = await invoke(functionName, { lease, assert } satisfies AssertionCall);
    const { assertion } = answer as { assertion?: unknown };
    if (typeof assertion !== 'string') throw new Error('no assertion was made');
    return assertion;
  };
}
