/** The states of a lease; `core/transitions.ts` says which may follow which. */
export const leaseStates = [
  'pending',
  'approved',
  'denied',
  'issuing',
  'active',
  'failed',
  'released',
  'expired',
  'revoked',
] as const;
export type LeaseState = (typeof leaseStates)[number];
