import { describe, expect, it } from 'vitest';
import { leaseId } from '../../../core/identity.ts';
import { leaseListQuery } from '../../../core/protocol/requests.ts';
import { decodeCursor, encodeCursor } from '../../../lambda/http/cursor.ts';
import { morning } from '../../core/invoices.ts';
import { thrownRefusal } from '../../core/use-cases/world.ts';

const id = leaseId('role', 'key', 'k');
const place = { id, at: morning };

describe('a cursor', () => {
  it('leads back to its place, and fits into a query', () => {
    expect(decodeCursor(encodeCursor(place))).toEqual(place);
    const query = { agent_type: 'payer', cursor: encodeCursor(place) };
    expect(leaseListQuery.safeParse(query).success).toBe(true);
  });

  it('is not there at the beginning', () => {
    expect(decodeCursor(undefined)).toBeUndefined();
  });

  it.each([
    ['nothing', ''],
    ['a lease id alone', id],
    ['a lease id and no second', `${id}.`],
    ['a second alone', `.${morning}`],
    ['the id of something else', `shard#payer-0.${morning}`],
    ['an id in small letters', `${id.toLowerCase()}.${morning}`],
    ['a negative second', `${id}.-1`],
    ['half a second', `${id}.1.5`],
    ['a second in other words', `${id}.1e9`],
    ['a second with a sign', `${id}.+1`],
    ['more than a second', `${id}.${morning}.x`],
    ['a second beyond all clocks', `${id}.${'9'.repeat(13)}`],
    ['a space', `${id}. 1`],
    ['a line', `${id}.1\n`],
  ])('is not %s', (_, cursor) => {
    const refusal = thrownRefusal(() => decodeCursor(cursor));
    expect(refusal).toMatchObject({ code: 'invalid_request', evidence: { path: 'cursor' } });
  });
});
