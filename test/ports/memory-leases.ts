import { type Lease, mintsAllowed } from '../../core/lease.ts';
import type { IssuanceLeases } from '../../core/use-cases/issue-lease.ts';

/** Leases in memory, with the conditions of the DynamoDB store, and what a test may ask beside the port. */
export type MemoryLeases = IssuanceLeases & {
  /** Every lease that is kept. */
  all(): Lease[];
  /** The verbs that were called, in order; another port may write its own into it. */
  readonly trail: string[];
};

/** Each verb is atomic, as one conditional write is; the contract suite runs against both implementations. */
export function memoryLeases(): MemoryLeases {
  const items = new Map<string, Lease>();
  const trail: string[] = [];
  const update = (id: string, condition: (lease: Lease) => boolean, changed: (lease: Lease) => Lease) => {
    const lease = items.get(id);
    if (!lease || !condition(lease)) return false;
    items.set(id, changed(lease));
    return true;
  };
  const isOurs = ({ id, attempt }: Lease) => {
    const current = items.get(id);
    return current?.state === 'active' && current.attempt === attempt;
  };
  const isIssuing = ({ state }: Lease) => state === 'issuing';
  return {
    trail,
    all: () => [...items.values()],
    async find(id) {
      trail.push('find');
      return items.get(id);
    },
    async reserve(lease) {
      trail.push('reserve');
      const existing = items.get(lease.id);
      if (existing) return existing.attempt === lease.attempt ? 'reserved' : existing;
      items.set(lease.id, lease);
      return 'reserved';
    },
    async activate(activated) {
      trail.push('activate');
      return update(activated.id, isIssuing, (lease) => ({ ...lease, state: 'active' })) || isOurs(activated);
    },
    async fail(id, failure) {
      trail.push('fail');
      return update(id, isIssuing, (lease) => ({ ...lease, state: 'failed', failure }));
    },
    async remint(reminted, proof, until) {
      trail.push('remint');
      const mayMint = (lease: Lease) =>
        lease.state === 'active' &&
        !lease.proofs.includes(proof) &&
        lease.proofs.length < mintsAllowed(lease) &&
        lease.credential_until <= until;
      const counted = update(reminted.id, mayMint, (lease) => ({
        ...lease,
        proofs: [...lease.proofs, proof],
        credential_until: until,
        attempt: reminted.attempt,
      }));
      return counted || isOurs(reminted);
    },
  };
}
