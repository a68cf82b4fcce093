import type { AttestationResult } from '../../../core/attestation-result.ts';
import { BrokerError } from '../../../core/broker-error.ts';
import { sha256Base64Url } from '../../../core/hash.ts';
import type { LeaseOrder } from '../../../core/lease-order.ts';
import type { Narrowing } from '../../../core/lifetime.ts';
import type { LeaseRequest } from '../../../core/protocol/requests.ts';
import { after, type EpochSeconds } from '../../../core/time.ts';
import type { Granted } from '../../../core/use-cases/issue-lease.ts';
import type { Lookups } from '../../../core/use-cases/judge-task.ts';
import type { Issued } from '../../../core/use-cases/mint-again.ts';
import type { Minted } from '../../../core/use-cases/mint-all.ts';
import type { MintedCredentials } from '../../../core/use-cases/mint-checked.ts';
import type { Timer } from '../../../core/use-cases/timer.ts';
import { memoryBooks } from '../../ports/memory-books.ts';
import { obedientSts } from '../../ports/obedient-sts.ts';
import { invoice, invoicePolicy, morning, planning } from '../invoices.ts';

/** A time that only moves when a test moves it. */
export type ManualClock = { (): EpochSeconds; advance(seconds: number): void };

export function manualClock(): ManualClock {
  let now = morning;
  return Object.assign(() => now, {
    advance(seconds: number) {
      now = after(now, seconds);
    },
  });
}

/** Systems of record that know nothing. */
export const noRecords: Lookups = { find: async () => ({}) };

/** Everything issuance touches, in memory; STS writes into the trail of the leases. */
export function issuanceWorld(policy = invoicePolicy(), narrowing: Narrowing = planning.narrowing) {
  const clock = manualClock();
  const { leases, standings, controls, shards, quotas, grants, makers, enders } = memoryBooks();
  const sent: { timer: Timer; seconds: number }[] = [];
  return {
    clock,
    leases,
    standings,
    controls,
    shards,
    quotas,
    grants,
    makers,
    enders,
    lookups: noRecords,
    sent,
    timers: { send: async (timer: Timer, seconds: number) => void sent.push({ timer, seconds }) },
    minter: obedientSts(clock, leases.trail),
    policies: [policy],
    ...planning,
    narrowing,
  };
}

/** An attestation result of the agent with this key and principal. */
export function attestedAs(jkt = 'thumbprint-1', principal = 'AROAAGENTONE'): AttestationResult {
  return {
    sub: 'spiffe://mayfly.local/agent/invoice_processor/abc',
    agent_type: 'invoice_processor',
    principal,
    role_id: principal,
    methods: ['aws_iam'],
    facts: { aws_account: '111122223333', aws_role: 'invoice-agent', aws_session: 'session' },
    strength: 'principal',
    iat: morning,
    exp: after(morning, 600),
    cnf: { jkt },
  };
}

let proofs = 0;

/** An order for one invoice; each has a proof of its own unless it is given one. */
export function orderOf(
  changed: Partial<LeaseRequest['task']> = {},
  rest: Partial<Omit<LeaseOrder, 'request'>> = {},
): LeaseOrder {
  const task = {
    name: 'process invoice',
    purpose: 'file 4711',
    capabilities: ['read_invoice'],
    parameters: { ...invoice },
    estimated_seconds: 120,
    ...changed,
  };
  return {
    attested: attestedAs(),
    idempotencyKey: 'key-0001',
    request: { task },
    requestHash: sha256Base64Url(JSON.stringify(task)),
    proof: `proof-${++proofs}`,
    attempt: `attempt-${proofs}`,
    ...rest,
  };
}

/** What was granted at once; fails the test where people have to approve it first. */
export function issued(granted: Granted): Issued {
  if ('credentials' in granted) return granted;
  throw new Error(`the lease is ${granted.lease.state}, and has no credentials`);
}

/** What was made of AWS; fails the test where nothing was. */
export function awsOf({ aws }: Minted): MintedCredentials {
  if (aws) return aws;
  throw new Error('nothing of AWS was made');
}

/** The refusal that a promise ends in; fails the test when it ends otherwise. */
export async function refusalOf(promise: Promise<unknown>): Promise<BrokerError> {
  const outcome = await promise.catch((error: unknown) => error);
  if (outcome instanceof BrokerError) return outcome;
  throw new Error('it was not refused', { cause: outcome });
}

/** The refusal that a call throws at once. */
export function thrownRefusal(act: () => unknown): BrokerError {
  try {
    act();
  } catch (error) {
    if (error instanceof BrokerError) return error;
    throw error;
  }
  throw new Error('it was not refused');
}
