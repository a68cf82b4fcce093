import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Vote } from '../../../core/approval.ts';
import { agentId } from '../../../core/identity.ts';
import type { Lease } from '../../../core/lease.ts';
import { after, type EpochSeconds } from '../../../core/time.ts';
import type { Mint } from '../../../core/use-cases/mint-again.ts';
import type { Due } from '../../../core/use-cases/sweep.ts';
import { leaseGrants } from '../../../lambda/aws/lease-grants.ts';
import { dueShards } from '../../../lambda/aws/lease-records.ts';
import { leaseChildren, leaseVotes } from '../../../lambda/aws/lease-votes.ts';
import { leasePorts } from '../../../lambda/aws/revoking-ports.ts';
import { grantingPolicy, oneOfEach, systems } from '../../core/granting.ts';
import { invoicePolicy, morning } from '../../core/invoices.ts';
import { askingPolicy, preparedLease, waitingLease } from '../../core/use-cases/prepared.ts';
import { attestedAs, orderOf } from '../../core/use-cases/world.ts';
import { memoryBooks } from '../../ports/memory-books.ts';

/** Leases in DynamoDB with every verb there is. */
export function dynamoLeases(dynamo: DynamoDBDocumentClient) {
  return {
    ...leasePorts(dynamo, 'leases'),
    ...leaseVotes(dynamo, 'leases'),
    ...leaseChildren(dynamo, 'leases'),
    ...leaseGrants(dynamo, 'leases'),
  };
}

/** Every verb of the leases, as each implementation must have it. */
export type LeasePorts = ReturnType<typeof dynamoLeases>;

/** Both implementations; `dynamo` has a table `leases`. */
export function leaseImplementations(dynamo: DynamoDBDocumentClient): readonly [string, LeasePorts][] {
  return [
    ['in memory', memoryBooks().leases],
    ['in DynamoDB', dynamoLeases(dynamo)],
  ];
}

let keys = 0;

/** A name that no test used. */
export function fresh(prefix: string): string {
  return `${prefix}-${++keys}`;
}

/** The id of an agent that has no lease. */
export function newAgent(agentType = 'invoice_processor'): string {
  return agentId('mayfly.local', agentType, 'AROAAGENTONE', fresh('jkt'));
}

/** A lease that nobody reserved yet, with the proof `proof-of-reserve`. */
export function newLease(changed: Partial<Lease> = {}): Lease {
  const order = orderOf(
    {},
    { attested: attestedAs(), idempotencyKey: fresh('key'), proof: 'proof-of-reserve' },
  );
  return { ...preparedLease(order), ...changed };
}

/** A lease that nobody reserved yet, whose agent is to be heard from every `heartbeat` seconds. */
export function heardLease(heartbeat = 30): Lease {
  const lifetime = { buffer: 1.2, floor: 300, maximum: '2x', longest: 900, heartbeat } as const;
  const order = orderOf({}, { idempotencyKey: fresh('key'), proof: 'proof-of-reserve' });
  return preparedLease(order, invoicePolicy({ lifetime }));
}

/** A lease that nobody reserved yet, with a grant of each kind: that of AWS first, then postgres, oauth, jwt and proxy. */
export function grantingLease(changed: Partial<Lease> = {}): Lease {
  const order = orderOf(
    { capabilities: [...oneOfEach] },
    { idempotencyKey: fresh('key'), proof: 'proof-of-reserve' },
  );
  return { ...preparedLease(order, grantingPolicy(), undefined, systems), ...changed };
}

/** A `pending` lease that nobody reserved yet: people have 300 s. Its agent is to be heard from once it is made. */
export function pendingLease(heartbeat = 30): Lease {
  const lifetime = { buffer: 1.2, floor: 300, maximum: '2x', longest: 900, heartbeat } as const;
  const order = orderOf({}, { idempotencyKey: fresh('key'), proof: 'proof-of-reserve' });
  return waitingLease(order, askingPolicy({ within: '300s', count: 2 }, { lifetime }));
}

/** What a person of the finance managers says, `seconds` after the lease was asked for. */
export function voteOf(subject: string, seconds = 0, decision: Vote['decision'] = 'approve'): Vote {
  const at = after(morning, seconds);
  return { issuer: 'https://idp.example', subject, decision, at, terms: [0], through: 'role/approver as x' };
}

/** The lease as it would be if it asked people for something else. */
export function askingElse(lease: Lease): Lease {
  if (!lease.approval) throw new Error('the lease asks nobody');
  return { ...lease, approval: { ...lease.approval, request_hash: 'another request' } };
}

/** The lease in the hands of another invocation. */
export function again(lease: Lease): Lease {
  return { ...lease, attempt: fresh('attempt-of-contract') };
}

/** A mint under the deadline there is. */
export function mintOf(
  { credential_until, issued_at, deadline }: Lease,
  proof: string,
  until = credential_until,
): Mint {
  return { proof, at: issued_at, until, deadline };
}

/** All that is due now, over all partitions. */
export async function dueNow(leases: Pick<LeasePorts, 'due'>, now: EpochSeconds): Promise<Due[]> {
  const found: Due[] = [];
  for (let partition = 0; partition < dueShards; partition++)
    for await (const page of leases.due(partition, now)) found.push(...page);
  return found;
}

/** Whether a lease is due now. */
export async function isDue(
  leases: Pick<LeasePorts, 'due'>,
  id: string,
  now: EpochSeconds,
): Promise<boolean> {
  return (await dueNow(leases, now)).some((each) => each.kind === 'lease' && each.id === id);
}
