import { BrokerError } from '../../core/broker-error.ts';
import { isLeaseId } from '../../core/identity.ts';
import { type EpochSeconds, epochSeconds } from '../../core/time.ts';
import type { Place } from '../../core/use-cases/list-leases.ts';

/** A place in a list as the wire shows it: nothing that a caller could not know from the list itself. */
export function encodeCursor({ id, issued_at }: Place): string {
  return `${id}.${issued_at}`;
}

/** Reads a cursor; throws `invalid_request` for what {@link encodeCursor} did not make. */
export function decodeCursor(cursor: string | undefined): Place | undefined {
  if (cursor === undefined) return undefined;
  const [id = '', seconds = '', ...more] = cursor.split('.');
  if (more.length > 0 || !isLeaseId(id) || !/^\d{1,12}$/.test(seconds))
    throw new BrokerError('invalid_request', 'not a cursor of this list', { path: 'cursor' });
  return { id, issued_at: epochSeconds(Number(seconds)) satisfies EpochSeconds };
}
