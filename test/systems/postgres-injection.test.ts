import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { Client } from 'pg';
import { beforeAll, describe, expect, it } from 'vitest';
import type { PostgresPrivileges } from '../../core/policy/schema-capabilities.ts';
import { databaseGrants } from '../../core/postgres/database-grants.ts';
import {
  closeRole,
  disown,
  dropRole,
  endSessions,
  findRole,
  unlinkObjects,
} from '../../core/postgres/ending.ts';
import { leaseOfRole, leaseRole } from '../../core/postgres/lease-role.ts';
import { makeRole, type RolePlan, remakeRole } from '../../core/postgres/making.ts';
import { quoteIdentifier, quoteLiteral } from '../../core/postgres/quote.ts';
import { scramVerifier } from '../../lambda/connectors/postgres-verifier.ts';
import { capabilities, grantingOf, now, policyWith, postgresWorld } from './postgres-world.ts';

const world = postgresWorld();
let verifier = '';
beforeAll(async () => {
  verifier = await scramVerifier('a'.repeat(43));
});

/** Texts that would be more than a name if anything took them as they are. */
const hostile: readonly string[] = [
  '',
  ' ',
  '"',
  '""',
  "'",
  "''",
  '\\',
  "\\'",
  ';',
  '--',
  '/*',
  '\0',
  'a\0b',
  '\n',
  '\u2028',
  '\uFF07',
  '\u02BC',
  '\uD800',
  '*',
  '%',
  '${x}',
  '$1',
  '$$x$$',
  'x; DROP TABLE crm.orders',
  "x'; DROP TABLE crm.orders; --",
  'x"; DROP TABLE crm.orders; --',
  'x" TO PUBLIC; --',
  'x") ON crm.salaries TO PUBLIC; --',
  "x' OR '1'='1",
  "E'\\x27'",
  "U&'\\0027'",
  'U&"\\0022"',
  'crm.customers',
  'customers, crm.salaries',
  'customers TO PUBLIC',
  'id, secret',
  'id) ON crm.salaries TO PUBLIC; --',
  'PUBLIC',
  'CURRENT_USER',
  'mayfly',
  'postgres',
  'pg_read_all_data',
  'Customers',
  'cüstomers',
  'a'.repeat(64),
  `${'a'.repeat(63)}"`,
  'SUPERUSER',
  "SUPERUSER PASSWORD 'x'",
  'infinity',
];

const right: RolePlan = {
  role: 'mayfly_aaaaaaaaaaaaaaaa_crm',
  verifier: '',
  until: now(),
  connections: 2,
  database: 'crm',
  grants: [{ privileges: ['SELECT'], on: 'crm.customers', columns: ['id'] }],
};
const plan = (changed: Partial<RolePlan>): RolePlan => ({ ...right, verifier, ...changed });
const grant = (changed: Readonly<Record<string, unknown>>) =>
  plan({ grants: [{ ...right.grants[0], ...changed } as PostgresPrivileges] });

/** What is left of SQL without its names and texts. */
const skeleton = (sql: readonly string[]) =>
  sql.map((each) => each.replaceAll(/"(?:[^"]|"")*"|E'(?:[^'\\]|''|\\.)*'|'(?:[^'\\]|'')*'/gs, '?'));

/** What takes a text, and one that it takes. */
type Field = readonly [string, (text: string) => readonly string[], string?];
const fields: readonly Field[] = [
  ['a table with its schema', (text) => makeRole(grant({ on: text })), 'crm.customers'],
  ['a schema', (text) => makeRole(grant({ on: `${text}.customers` }))],
  ['a table', (text) => makeRole(grant({ on: `crm.${text}` }))],
  ['a column', (text) => makeRole(grant({ columns: [text] }))],
  ['a privilege', (text) => makeRole(grant({ privileges: [text] })), 'SELECT'],
  ['a verifier', (text) => makeRole(plan({ verifier: text || verifier })), ''],
  ['a verifier in part', (text) => makeRole(plan({ verifier: `${verifier}${text}` })), ''],
  ['connections', (text) => makeRole(plan({ connections: (text || 2) as never })), ''],
  ['a deadline', (text) => makeRole(plan({ until: (text || now()) as never })), ''],
  ['a database', (text) => makeRole(plan({ database: text }))],
  ['a role that is made', (text) => makeRole(plan({ role: text }))],
  ['a role that is made again', (text) => remakeRole(plan({ role: text }))],
  ['a role that is closed', closeRole],
  ['a role that is looked for', findRole],
  ['a role whose sessions end', endSessions],
  ['a role whose objects go', unlinkObjects],
  ['a role whose rights go', disown],
  ['a role that is dropped', dropRole],
];

describe('hostile texts', () => {
  it('are many', () => expect(hostile.length * fields.length).toBeGreaterThan(700));

  it.each(
    fields.map(([field, sql, benign = 'benign']) => ({ field, sql, benign })),
  )('are refused without being repeated, or stay one name or text: $field', ({ sql, benign }) => {
    const harmless = skeleton(sql(benign));
    expect(harmless.length).toBeGreaterThan(0);
    for (const text of hostile) expect(outcomeOf(sql, text, harmless)).toBe('refused or harmless');
  });

  it.each(hostile)('name no role of a lease: %j', (text) => {
    expect(() => leaseRole(text, 'crm')).toThrow(RangeError);
    expect(() => leaseRole('L-AAAAAAAAAAAAAAAA', `${text} `)).toThrow(RangeError);
    expect(leaseOfRole(text, 'crm')).toBeUndefined();
    expect(leaseOfRole(`mayfly_aaaaaaaaaaaaaaaa_${text}`, 'crm')).toBeUndefined();
  });

  it.each(hostile)('reach no server through a grant: %j', async (text) => {
    let connections = 0;
    const connect = async () => {
      connections += 1;
      throw new Error('nobody connects');
    };
    const connector = world.connector({ connect });
    const { lease, grant } = grantingOf();
    const policy = policyWith(capabilities);
    for (const changed of [
      { lease, grant: { ...grant, user: text } },
      { lease, grant: { ...grant, user: `mayfly_${text}` } },
      { lease, grant: { ...grant, name: text } },
      { lease: { ...lease, id: text }, grant },
    ]) {
      await expect(connector.mint(changed, policy, now())).rejects.toThrow();
      await expect(connector.end(changed)).rejects.toThrow();
    }
    const named = { lease, grant: { ...grant, capabilities: [text] } };
    await expect(connector.mint(named, policy, now())).rejects.toThrow('no such capability');
    const password = world.connector({ connect, newPassword: () => `'${text}` });
    await expect(password.mint({ lease, grant }, policy, now())).rejects.toThrow(RangeError);
    expect(connections).toBe(0);
  });

  it('are no capability by the names that all objects have', () => {
    for (const name of ['__proto__', 'constructor', 'toString'])
      expect(() => databaseGrants(policyWith(capabilities), [name], 'crm')).toThrow('no such capability');
  });
});

function outcomeOf(sql: Field[1], text: string, harmless: readonly string[]): string {
  try {
    const made = skeleton(sql(text));
    return JSON.stringify(made) === JSON.stringify(harmless) ? 'refused or harmless' : made.join(';');
  } catch (error) {
    const said = error instanceof RangeError ? error.message : String(error);
    return text.length > 2 && said.includes(text) ? said : 'refused or harmless';
  }
}

describe('names and texts, asked of the server', () => {
  const text = fc.string({ unit: 'binary', maxLength: 40 }).map((each) => each.replaceAll('\0', ''));
  const awkward = fc.oneof(
    text,
    fc.string({ unit: fc.constantFrom('"', "'", '\\', ' ', 'a', ';', '-', '\n', 'é') }),
  );

  it.each(['on', 'off'])('are what was meant, with standard_conforming_strings %s', async (setting) => {
    const client = new Client({ ...world.server, ...world.server.superuser, database: 'crm' });
    await client.connect();
    await client.query(`SET standard_conforming_strings = ${setting}; SET escape_string_warning = off`);
    await fc.assert(
      fc.asyncProperty(awkward, async (each) => {
        const { rows } = await client.query({ text: `SELECT ${quoteLiteral(each)}`, rowMode: 'array' });
        expect(rows).toEqual([[each]]);
        if (each === '' || Buffer.byteLength(each) > 63)
          expect(() => quoteIdentifier(each)).toThrow(RangeError);
        else expect((await client.query(`SELECT 1 AS ${quoteIdentifier(each)}`)).fields[0]?.name).toBe(each);
      }),
      { numRuns: 150 },
    );
    const mine = await client.query(`SELECT quote_literal($1) AS theirs`, ["it's a \\ test"]);
    expect(mine.rows[0].theirs).toBe(quoteLiteral("it's a \\ test"));
    await client.end();
  });
});
