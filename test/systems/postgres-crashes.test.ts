import { describe, expect, it } from 'vitest';
import { type Connect, openSession, type Session } from '../../lambda/connectors/postgres-session.ts';
import {
  capabilities,
  codeFrom,
  grantingOf,
  now,
  policyWith,
  postgresWorld,
  signedIn,
} from './postgres-world.ts';

const world = postgresWorld();
const policy = policyWith(capabilities);
const nothing = { sessions: 0, roles: 0 };

/** Sessions that die after so many statements, wherever in a round trip that is; and how many there were. */
function dyingAfter(statements: number): { connect: Connect; sent(): number } {
  let sent = 0;
  const dying = (session: Session): Session => ({
    ...session,
    run: async (all) => {
      const some = all.slice(0, statements - sent);
      sent += all.length;
      const answers = some.length > 0 ? await session.run(some) : [];
      if (some.length === all.length) return answers;
      await session.close();
      throw new Error('cut off');
    },
  });
  return { connect: async (...to) => dying(await openSession(...to)), sent: () => sent };
}

/** How many statements something takes that is never cut off. */
async function statementsOf(work: (connect: Connect) => Promise<unknown>): Promise<number> {
  const counted = dyingAfter(Number.POSITIVE_INFINITY);
  await work(counted.connect);
  return counted.sent();
}

const mintWith =
  (granting = grantingOf()) =>
  (connect: Connect) =>
    world.connector({ connect }).mint(granting, policy, now());

describe('a mint that dies', () => {
  it('after any statement leaves what a first end removes', async () => {
    const all = await statementsOf(mintWith());
    expect(all).toBeGreaterThan(8);
    for (let statements = 0; statements < all; statements += 1) {
      const granting = grantingOf();
      await expect(mintWith(granting)(dyingAfter(statements).connect)).rejects.toThrow('the database crm');
      await world.connector().end(granting);
      expect(await world.left(granting.grant.user)).toEqual(nothing);
    }
  });

  it('after any statement is done again with success', async () => {
    const all = await statementsOf(mintWith());
    for (let statements = 0; statements < all; statements += 1) {
      const granting = grantingOf();
      await mintWith(granting)(dyingAfter(statements).connect).catch(() => {});
      const { credential } = await mintWith(granting)(openSession);
      const client = await signedIn(credential);
      expect(await codeFrom(client.query('SELECT id FROM crm.customers'))).toBe('none');
      await client.end();
    }
  });

  it('while it makes a role again leaves one that ends', async () => {
    const { granting } = await world.agent();
    const all = await statementsOf(mintWith(granting));
    for (let statements = 0; statements < all; statements += 1) {
      const again = (await world.agent()).granting;
      await expect(mintWith(again)(dyingAfter(statements).connect)).rejects.toThrow('the database crm');
      await world.connector().end(again);
      expect(await world.left(again.grant.user)).toEqual(nothing);
    }
  });
});

describe('an end that dies', () => {
  it('after any statement is finished by the next one, and never gives a right back', async () => {
    const first = await world.agent();
    const all = await statementsOf((connect) => world.connector({ connect }).end(first.granting));
    expect(all).toBeGreaterThan(10);
    for (let statements = 0; statements < all; statements += 1) {
      const { granting, credential } = await world.agent();
      const dying = world.connector({ connect: dyingAfter(statements).connect });
      await expect(dying.end(granting)).rejects.toThrow('the database crm');
      if (statements > 0) expect(await codeFrom(signedIn(credential))).toBe('28P01');
      await world.connector().end(granting);
      expect(await world.left(granting.grant.user)).toEqual(nothing);
    }
  });

  it('is not undone by a mint that comes late: a role that is being ended stays closed', async () => {
    const { granting } = await world.agent();
    await world
      .connector({ connect: dyingAfter(1).connect })
      .end(granting)
      .catch(() => {});
    await expect(mintWith(granting)(openSession)).rejects.toThrow('the role is being ended');
    await world.connector().end(granting);
    expect(await world.left(granting.grant.user)).toEqual(nothing);
  });
});

describe('at the same time', () => {
  it('several ends of one grant all succeed', async () => {
    const { granting } = await world.agent();
    const ends = Array.from({ length: 4 }, () => world.connector().end(granting));
    await Promise.all(ends);
    expect(await world.left(granting.grant.user)).toEqual(nothing);
  });

  it('several mints of one grant leave one role, and one end is enough', async () => {
    const granting = grantingOf();
    const mints = Array.from({ length: 4 }, () => world.connector().mint(granting, policy, now()));
    const made = (await Promise.allSettled(mints)).filter(({ status }) => status === 'fulfilled');
    expect(made.length).toBeGreaterThan(0);
    await world.connector().end(granting);
    expect(await world.left(granting.grant.user)).toEqual(nothing);
  });

  it('a mint and ends of one grant leave nothing that another end does not remove', async () => {
    for (let i = 0; i < 8; i += 1) {
      const granting = grantingOf();
      const connector = world.connector();
      const mint = connector.mint(granting, policy, now()).catch(() => {});
      await Promise.all([mint, connector.end(granting), world.connector().end(granting)]);
      await connector.end(granting);
      expect(await world.left(granting.grant.user)).toEqual(nothing);
    }
  });

  it('an end waits for whoever is making the role', async () => {
    const granting = grantingOf();
    let end: Promise<void> | undefined;
    const connect: Connect = async (...to) => {
      const session = await openSession(...to);
      return {
        ...session,
        run: async (statements) => {
          if (statements[0] === 'COMMIT') end = world.connector().end(granting);
          return session.run(statements);
        },
      };
    };
    await world.connector({ connect }).mint(granting, policy, now());
    await end;
    expect(await world.left(granting.grant.user)).toEqual(nothing);
  });
});

describe('what is not there', () => {
  it('is ended with success', async () => {
    await expect(world.connector().end(grantingOf())).resolves.toBeUndefined();
  });
});
