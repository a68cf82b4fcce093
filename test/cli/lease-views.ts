import type { LeaseView } from '../../core/protocol/responses.ts';
import { after, toIso } from '../../core/time.ts';
import { moment } from './run.ts';

/** The agent of {@link leaseViewed}. */
export const agent = 'spiffe://mayfly.test/agent/invoice_processor/aaaaaaaaaaaaaaaaaaaaaaaaaa';

/** The id of the `n`th lease. */
export function leaseIdOf(n: number): string {
  return `L-${n.toString(2).padStart(16, '0').replaceAll('0', 'A').replaceAll('1', 'B')}`;
}

/** A lease as the broker shows it, active for 125 seconds from {@link moment} on unless something else is said. */
export function leaseViewed(n: number, other: Partial<LeaseView> = {}): LeaseView {
  return {
    id: leaseIdOf(n),
    state: 'active',
    agent,
    agent_type: 'invoice_processor',
    task: {
      name: 'process invoice 4711',
      purpose: 'validate the invoice',
      capabilities: ['read_invoice'],
      parameters: { invoice_id: '4711' },
      sources: { invoice_id: 'claimed' },
      estimated_seconds: 120,
    },
    delegated_from: [],
    delegated: [],
    decision: { outcome: 'allow', risk: 0, reasons: [], without: [] },
    grants: [],
    issued_at: toIso(moment),
    deadline: toIso(after(moment, 125)),
    renewable_until: toIso(after(moment, 240)),
    ...other,
  };
}

/** The end of a lease at {@link moment}. */
export function ended(
  cause: NonNullable<LeaseView['end']>['cause'],
  by: string,
  reason?: string,
): NonNullable<LeaseView['end']> {
  return { at: toIso(moment), cause, by, ...(reason !== undefined && { reason }) };
}
