import { isLeaseId } from '../identity.ts';

const shape = /^mayfly_([a-z2-7]{16})_([a-z][a-z0-9_]{0,31})$/;

/**
 * The login role of a lease in a database of `systems.yaml`: of 56 bytes at most, so that the server never cuts it. Throws
 * a RangeError for what is no lease id or no name of a database.
 */
export function leaseRole(lease: string, database: string): string {
  const role = `mayfly_${lease.slice(2).toLowerCase()}_${database.replaceAll('-', '_')}`;
  if (!isLeaseId(lease) || !shape.test(role))
    throw new RangeError('no lease, or no database, is named like that');
  return role;
}

/** The lease that a role of a database was made for; none where it is no role of that database's leases. */
export function leaseOfRole(role: string, database: string): string | undefined {
  const id = shape.exec(role)?.[1];
  const lease = id && `L-${id.toUpperCase()}`;
  return lease && leaseRole(lease, database) === role ? lease : undefined;
}
