import { quoteLiteral } from './quote.ts';

/** What a role may do beyond its grants because everybody may, and the words that say so to an operator. */
const excesses = {
  elsewhere: 'PUBLIC may connect to other databases of the server',
  creates: 'PUBLIC may create objects or temporary tables',
  as_owner: 'PUBLIC may call functions that run as their owner (SECURITY DEFINER)',
  prepares: 'max_prepared_transactions is not 0',
} as const;
type Excess = keyof typeof excesses;

/** SQL that is true where a role may do more, or could leave something behind that cannot be ended. */
const conditions: Readonly<Record<Excess, (who: string) => string>> = {
  elsewhere: (who) =>
    `EXISTS (SELECT FROM pg_database WHERE datallowconn AND datname <> current_database() AND has_database_privilege(${who}, oid, 'CONNECT'))`,
  creates: (who) =>
    `has_database_privilege(${who}, current_database(), 'TEMPORARY, CREATE') OR EXISTS (SELECT FROM pg_namespace WHERE has_schema_privilege(${who}, oid, 'CREATE'))`,
  as_owner: (who) =>
    `EXISTS (SELECT FROM pg_proc WHERE prosecdef AND has_function_privilege(${who}, oid, 'EXECUTE') AND has_schema_privilege(${who}, pronamespace, 'USAGE'))`,
  // Only their owner or a superuser ends them; until then they hold their locks.
  prepares: () => `current_setting('max_prepared_transactions') <> '0'`,
};

/** Columns of a SELECT, by which {@link problemOf} reads whether the role is open and what it may do beyond its grants. */
export function excessColumns(role: string): string {
  const who = quoteLiteral(role);
  return [
    `(SELECT rolcanlogin FROM pg_roles WHERE rolname = ${who}) AS open`,
    ...Object.entries(conditions).map(([name, condition]) => `(${condition(who)}) AS ${name}`),
  ].join(', ');
}

/**
 * What is wrong with a role that was made, in words for an operator: it has less than its grants, or more. None when the
 * row says that it has exactly them; anything but that is wrong.
 */
export function problemOf(row: Readonly<Record<string, unknown>> = {}): string | undefined {
  if (row['open'] !== true) return 'the role is being ended';
  if (row['held'] !== true) return 'the broker may not grant what the policy says (docs/postgres.md)';
  const found = Object.entries(excesses).flatMap(([name, words]) => (row[name] === false ? [] : [words]));
  return found.length > 0 ? `${found.join('; ')} (docs/postgres.md)` : undefined;
}
