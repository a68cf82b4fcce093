import { BrokerError } from '../../core/broker-error.ts';
import { isLeaseId } from '../../core/identity.ts';
import { type EpochSeconds, epochSeconds } from '../../core/time.ts';

/** A place in a list of leases: one of them, and the second that the list is ordered by. */
export type ListPlace = { readonly id: string; readonly at: EpochSeconds };

/** A place in a list as the wire shows it: nothing that a caller could not know from the list itself. */
export function encodeCursor({ id, at }: ListPlace): string {
  return `${id}.${at}`;
}

/** Reads a cursor; throws `invalid_request` for what {@link encodeCursor} did not make. */
export function decodeCursor(cursor: string | undefined): ListPlace | undefined {
  if (cursor === undefined) return undefined;
  const [id = '', seconds = '', ...more] = cursor.split('.');
  if (more.length > 0 || !isLeaseId(id) || !/^\d{1,12}$/.test(seconds))
    throw new BrokerError('invalid_request', 'not a cursor of this list', { path: 'cursor' });
  return { id, at: epochSeconds(Number(seconds)) };
}
