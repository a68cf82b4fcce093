import { createServer } from 'node:net';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Connect } from '../../lambda/connectors/postgres-session.ts';
import { openSession } from '../../lambda/connectors/postgres-session.ts';
import {
  capabilities,
  codeFrom,
  grantingOf,
  now,
  policyWith,
  postgresWorld,
  signedIn,
} from './postgres-world.ts';

const log: string[] = [];
const world = postgresWorld({
  settings: { log_statement: 'all', log_min_error_statement: 'debug5', log_error_verbosity: 'verbose' },
  onLog: (text) => log.push(text),
});
const policy = policyWith(capabilities);

/** Sign-ins that the connector made, with the secrets that are answered one after the other. */
function reading(...texts: readonly string[]) {
  const asked: (string | undefined)[] = [];
  const secrets = {
    read: async (_: string, fresh?: 'fresh') => {
      asked.push(fresh);
      return texts[Math.min(asked.length, texts.length) - 1] ?? '';
    },
  };
  return { asked, secrets };
}

/** What the world's connector signs in with. */
async function rightSecret(): Promise<string> {
  let found = '';
  const connect: Connect = async (database, signIn) => {
    found = JSON.stringify(signIn);
    return openSession(database, signIn);
  };
  await world.connector({ connect }).end(grantingOf());
  return found;
}

const wrong = JSON.stringify({ username: 'mayfly', password: 'the-old-password' });

describe('the secret of a database', () => {
  it('is read afresh once where the database refuses it: it was rotated', async () => {
    const { asked, secrets } = reading(wrong, await rightSecret());
    await world.connector({ secrets }).mint(grantingOf(), policy, now());
    expect(asked).toEqual([undefined, 'fresh']);
  });

  it('is not asked for a third time', async () => {
    const { asked, secrets } = reading(wrong);
    const mint = world.connector({ secrets }).mint(grantingOf(), policy, now());
    await expect(mint).rejects.toThrow('the database crm: signing in was refused');
    expect(asked).toEqual([undefined, 'fresh']);
  });

  it.each([
    '',
    'secret-words',
    '{"username":"secret-words"',
    '{"username":"mayfly"}',
    'null',
    '[]',
    '{"username":1,"password":"secret-words"}',
    '{"username":"mayfly","password":"secret-words\\u0000"}',
  ])('is refused without being repeated where it is not what it should be: %j', async (text) => {
    const { secrets } = reading(text);
    const error: unknown = await world
      .connector({ secrets })
      .end(grantingOf())
      .catch((thrown) => thrown);
    expect(error).toMatchObject({
      message: 'the database crm: its secret is not JSON with username and password',
    });
    expect(inspect(error, { depth: 9 })).not.toContain('secret-words');
  });

  it('that cannot be had is said without the words of whoever keeps it', async () => {
    const secrets = { read: () => Promise.reject(new Error('words with secret-words')) };
    const error: unknown = await world
      .connector({ secrets })
      .end(grantingOf())
      .catch((thrown) => thrown);
    expect(inspect(error, { depth: 9 })).toMatch(/its secret could not be read/);
    expect(inspect(error, { depth: 9 })).not.toContain('secret-words');
  });
});

describe('the password of a lease', () => {
  it('is in no log of the server, which gets a verifier; nor is the broker’s', async () => {
    const granting = grantingOf();
    const connector = world.connector();
    const { password } = JSON.parse(await rightSecret()) as { password: string };
    const minted = await connector.mint(granting, policy, now());
    const again = await connector.mint(granting, policy, now());
    await (await signedIn(again.credential)).end();
    await connector.end(granting);
    const logged = log.join('');
    expect(logged.match(/SCRAM-SHA-256\$4096/g)?.length).toBeGreaterThan(2);
    for (const secret of [minted.credential.password, again.credential.password, password])
      expect(logged).not.toContain(secret);
  });

  it('is another one each time', async () => {
    const passwords = [];
    for (let i = 0; i < 3; i += 1)
      passwords.push((await world.connector().mint(grantingOf(), policy, now())).credential.password);
    expect(new Set(passwords).size).toBe(3);
    expect(passwords.every((each) => /^[A-Za-z0-9_-]{43}$/.test(each))).toBe(true);
  });

  it('is in no fault, whatever the server says', async () => {
    const seen: string[] = [];
    const connect: Connect = async (...to) => {
      const session = await openSession(...to);
      return {
        ...session,
        run: (all) => session.run([...all, `SELECT 'quoted' FROM "${all.join('').slice(0, 40)}"`]),
      };
    };
    const newPassword = () => seen[seen.push('a-password-of-a-lease-that-nobody-should-see') - 1] ?? '';
    const mint = world.connector({ connect, newPassword }).mint(grantingOf(), policy, now());
    const error: unknown = await mint.catch((thrown) => thrown);
    expect(error).toMatchObject({ message: 'the database crm: there is no such table' });
    expect(inspect(error, { depth: 9 })).not.toMatch(/quoted|nobody-should-see|SCRAM/);
  });
});

describe('a database that does not answer', () => {
  const silent = createServer();
  beforeAll(() => new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve)));
  afterAll(() => silent.close());

  it('is given up at mint and at end', async () => {
    const port = Object(silent.address()).port as number;
    const connector = world.connector({
      connect: (database, signIn) => openSession({ ...database, port }, signIn),
    });
    const both = [connector.mint(grantingOf(), policy, now()), connector.end(grantingOf())];
    for (const each of await Promise.allSettled(both))
      expect(each).toMatchObject({
        reason: { message: 'the database crm: it did not answer as a database does' },
      });
  });

  it('is given up where somebody keeps the broker’s turn', async () => {
    const holder = await signedIn({ ...world.server, ...world.server.superuser, database: 'crm' });
    await holder.query('BEGIN; LOCK TABLE mayfly.turn');
    const granting = grantingOf();
    for (const each of await Promise.allSettled([world.agent(granting), world.connector().end(granting)]))
      expect(each).toMatchObject({ reason: { message: 'the database crm: a lock was not had in time' } });
    await holder.query('ROLLBACK');
    expect(await codeFrom(world.connector().end(granting))).toBe('none');
    await holder.end();
  });
});
