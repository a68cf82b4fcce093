import { agentId } from '../identity.ts';
import type { Lease, Task } from '../lease.ts';
import { type LeaseOrder, prepareLease } from '../lease-order.ts';
import { after } from '../time.ts';
import type { Circumstances, Judged } from '../use-cases/judge-task.ts';
import type { Given } from './given.ts';

/** Where the made-up lease would be granted from: nothing that is decided depends on it. */
export const planning = {
  roles: { arnPrefix: 'arn:aws:iam::000000000000:role/mayfly/mayfly/grant/mayfly-eu-central-1-', shards: 1 },
  narrowing: 'scoped_credentials',
  systems: { databases: {}, clients: {}, secrets: {} },
} as const;

/** The task as an agent would ask for it. */
export function askedOf({ task }: Given): Omit<Task, 'sources'> {
  return { name: 'case', purpose: 'case', ...task };
}

/** The lease that a broker would prepare for a judged case, of an agent and a principal that there are not. */
export function leaseOf(judged: Judged, given: Given, circumstances: Circumstances): Lease {
  const principal = 'AROAEXAMPLEEXAMPLEEXA';
  const sub = agentId('example.com', judged.policy.agent_type, principal, 'key');
  const ancestor = { lease: 'L-AAAAAAAAAAAAAAAA', agent: sub, task: 'case' };
  const order: LeaseOrder = {
    attested: {
      sub,
      agent_type: judged.policy.agent_type,
      principal,
      role_id: principal,
      methods: ['aws_iam'],
      facts: given.facts,
      strength: 'principal',
      iat: given.at,
      exp: after(given.at, 600),
      cnf: { jkt: 'key' },
    },
    idempotencyKey: 'case',
    request: { task: { ...askedOf(given), capabilities: [...given.task.capabilities] } },
    requestHash: 'case',
    user: given.user,
    proof: 'case',
    attempt: 'case',
  };
  const ancestors = Array.from({ length: given.depth }, () => ancestor);
  return prepareLease(order, judged, circumstances, planning, { ancestors });
}
