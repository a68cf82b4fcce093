import type { PostgresPrivileges } from '../policy/schema-capabilities.ts';
import { quoteIdentifier, quoteLiteral } from './quote.ts';

const name = /^[a-z_][a-z0-9_]{0,62}$/;
const known: ReadonlySet<string> = new Set(['SELECT', 'INSERT', 'UPDATE', 'DELETE']);
/** The server's own tables, and the one by which leases take turns. */
const reserved = /^(pg_.*|information_schema|mayfly)$/;

/** A grant whose parts are all names: what the schema of policies admits, checked again where it becomes SQL. */
export type CheckedGrant = {
  readonly schema: string;
  /** With its schema, quoted. */
  readonly table: string;
  readonly privileges: readonly string[];
  readonly columns: readonly string[] | undefined;
};

/** Checks a grant; throws a RangeError, which does not repeat it, for anything else than plain names and known privileges. */
export function checkGrant({ privileges, on, columns }: PostgresPrivileges): CheckedGrant {
  const [schema = '', table = '', ...more] = on.split('.');
  const names = [schema, table, ...(columns ?? [])];
  if (more.length > 0 || !names.every((each) => name.test(each)) || reserved.test(schema))
    throw new RangeError('no table or column that may be granted is named like that');
  if (privileges.length === 0 || !privileges.every((each) => known.has(each)) || columns?.length === 0)
    throw new RangeError('nothing, or no privilege on a table, is granted');
  if (columns && privileges.includes('DELETE')) throw new RangeError('DELETE has no columns');
  return { schema, table: `${quoteIdentifier(schema)}.${quoteIdentifier(table)}`, privileges, columns };
}

/** The SQL that gives a role what was checked, and nothing else. */
export function grantSql({ table, privileges, columns }: CheckedGrant, role: string): string {
  const only = columns ? ` (${columns.map(quoteIdentifier).join(', ')})` : '';
  const what = privileges.map((privilege) => `${privilege}${only}`).join(', ');
  return `GRANT ${what} ON TABLE ${table} TO ${quoteIdentifier(role)}`;
}

/** SQL conditions that hold when the role has what was checked: a GRANT of less than was asked is only a warning. */
export function heldConditions({ table, privileges, columns }: CheckedGrant, role: string): string[] {
  const of = `${quoteLiteral(role)}, ${quoteLiteral(table)}`;
  return privileges.flatMap((privilege) =>
    columns
      ? columns.map(
          (each) => `has_column_privilege(${of}, ${quoteLiteral(each)}, ${quoteLiteral(privilege)})`,
        )
      : [`has_table_privilege(${of}, ${quoteLiteral(privilege)})`],
  );
}
