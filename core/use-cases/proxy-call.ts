import { policyOf } from '../admission.ts';
import type { AttestationResult } from '../attestation-result.ts';
import { BrokerError } from '../broker-error.ts';
import type { Caller } from '../identity.ts';
import type { Lease } from '../lease.ts';
import type { ContextPolicy } from '../policy/schema.ts';
import type { ProxyCapability } from '../policy/schema-capabilities.ts';
import type { Systems } from '../policy/schema-systems.ts';
import { isAllowed } from '../proxy/allowed-call.ts';
import type { ShownAnswer } from '../proxy/answer.ts';
import { type AskedCall, bodyProblem, pathProblem, queryProblem } from '../proxy/asked-call.ts';
import type { BegunCall, CallFault, CallOutcome, Calls } from '../proxy/call-record.ts';
import { secretIn, upstreamOf } from '../proxy/injected-secret.ts';
import { refuseQuarantined } from '../standing.ts';
import type { EpochSeconds } from '../time.ts';
import { ended } from './mint-again.ts';
import { type ReadableLeases, readOwnLease, refuseWeaker, type Standings } from './read-lease.ts';
import { answerTo, type SendingWorld } from './send-with-secret.ts';

/** What a call needs. */
export type ProxyWorld = SendingWorld & {
  readonly leases: ReadableLeases;
  readonly standings: Standings;
  readonly policies: readonly ContextPolicy[];
  readonly systems: Systems;
  readonly calls: Calls;
  readonly clock: () => EpochSeconds;
  /** An id for a call that sorts behind those before it. */
  readonly newCall: () => string;
};

/** Who asks for a call. */
export type ProxyCaller = { readonly attested: AttestationResult; readonly caller: Caller };

/**
 * Makes one call for an agent, with a secret that it never sees, and answers what came back. The call is on record before
 * it is made. Throws `not_found` for another's lease, `lease_ended`, `quarantined`, `access_denied` for what the lease or the policies and
 * systems of now do not allow, `invalid_request`, `slow_down`, and `upstream_failed` where there is nothing to show.
 */
export async function proxyCall(
  world: ProxyWorld,
  who: ProxyCaller,
  leaseId: string,
  capability: string,
  asked: AskedCall,
): Promise<ShownAnswer> {
  const lease = await activeLease(world, who, leaseId, 'this lease has ended');
  const proxy = capabilityOf(world, who, lease, capability);
  refuseCall(asked, proxy, lease);
  const upstream = upstreamOf(proxy, world.systems);
  const kept = await world.secrets.read(upstream.system.secret);
  // Before the call is counted: what cannot be used is said first.
  secretIn(kept, upstream.system);
  const call = await begun(world, lease, capability, asked, proxy);
  const start = world.stopwatch();
  const patience = Math.min(proxy.patience, lease.deadline - world.clock()) * 1_000;
  const result = await answerTo(world, asked, { ...upstream, proxy, kept, until: start + patience });
  const received = result.answer?.body.length ?? 0;
  const outcome: CallOutcome = {
    ...(result.answer && { status: result.answer.status }),
    ...('fault' in result && { fault: result.fault }),
    sent: new TextEncoder().encode(asked.body).length,
    received,
    milliseconds: Math.max(0, Math.round(world.stopwatch() - start)),
  };
  await settle(world, who, lease, call, outcome);
  if ('fault' in result) throw failed(result.fault, result.cause);
  return result.shown;
}

async function activeLease(
  world: ProxyWorld,
  { attested }: ProxyCaller,
  id: string,
  detail: string,
): Promise<Lease> {
  const { lease, standing } = await readOwnLease(world, attested, id, world.clock());
  if (lease.state === 'issuing')
    throw new BrokerError('lease_in_progress', 'this lease is being made', { retryAfter: 1 });
  if (lease.state !== 'active') throw ended(detail);
  refuseWeaker(lease, attested);
  // Each call is a new use of a secret: who gets no new lease gets none.
  refuseQuarantined(standing.controls);
  return lease;
}

/** What the lease was granted, as far as the policy of now still has it. */
function capabilityOf(
  { policies }: ProxyWorld,
  { attested, caller }: ProxyCaller,
  { grants }: Lease,
  capability: string,
): ProxyCapability {
  const granted = grants.some(
    (grant) => grant.kind === 'proxy' && grant.name === capability && grant.ended_at === undefined,
  );
  const { capabilities } = policyOf(policies, attested, caller);
  const proxy = Object.hasOwn(capabilities, capability) ? capabilities[capability]?.proxy : undefined;
  if (granted && proxy) return proxy;
  throw new BrokerError('access_denied', 'this lease has no calls under a capability of this name');
}

function refuseCall(asked: AskedCall, proxy: ProxyCapability, { task }: Lease): void {
  const wrong =
    pathProblem(asked.path) ?? queryProblem(asked.query, proxy.query) ?? bodyProblem(asked, proxy);
  if (wrong) throw new BrokerError('invalid_request', wrong);
  if (!isAllowed(proxy.allow, asked.method, asked.path, task.parameters))
    throw new BrokerError(
      'access_denied',
      'the capability does not allow this method and path for this task',
    );
}

async function begun(
  { calls, newCall, clock }: ProxyWorld,
  { id }: Lease,
  capability: string,
  { method, path }: AskedCall,
  { per_minute }: ProxyCapability,
): Promise<BegunCall> {
  const call = { id: newCall(), capability, method, path, at: clock() };
  const answer = await calls.begin(id, call, per_minute);
  if (answer === 'begun') return call;
  throw new BrokerError('slow_down', `this capability has ${per_minute} calls of a lease in a minute`, {
    retryAfter: answer.wait,
  });
}

/** What became of the call is on record, and the lease still active, before anything of an answer is shown. */
async function settle(
  world: ProxyWorld,
  who: ProxyCaller,
  { id }: Lease,
  call: BegunCall,
  outcome: CallOutcome,
): Promise<void> {
  const withheld = 'the lease ended while the call was under way, and its answer is withheld';
  try {
    await Promise.all([world.calls.end(id, call, outcome), activeLease(world, who, id, withheld)]);
  } catch (error) {
    if (error instanceof BrokerError) throw error;
    throw new BrokerError(
      'upstream_failed',
      'the call was made, but the broker could not finish: look before you repeat it',
      {},
      error,
    );
  }
}

function failed(fault: CallFault, cause: unknown): BrokerError {
  const details: Readonly<Record<CallFault, string>> = {
    no_answer: 'no answer came that could be read whole and in time; the call may have been made',
    redirected: 'the other side leads elsewhere, and nothing is followed; the call was made',
    unreadable: 'the answer is not text in UTF-8 of a type that is passed on; the call was made',
    showed_secret: 'the answer showed a secret, and is withheld; the call was made',
  };
  return new BrokerError('upstream_failed', details[fault], {}, cause);
}
