import { describe, expect, it } from 'vitest';
import { isVerifier } from '../../../core/postgres/making.ts';
import { postgresConnector } from '../../../lambda/connectors/postgres.ts';
import { codeOf, faultOf } from '../../../lambda/connectors/postgres-faults.ts';
import { places } from '../../../lambda/connectors/postgres-places.ts';
import { randomPassword, scramVerifier } from '../../../lambda/connectors/postgres-verifier.ts';

describe('a verifier', () => {
  it('is what the server stores for the password and salt', async () => {
    const salt = Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64');
    const made = await scramVerifier('pencil-pencil-pencil-pencil-pencil', salt);
    expect(made).toMatch(/^SCRAM-SHA-256\$4096:W22ZaJ0SNY7soEsUEjb6gQ==\$/);
    expect(isVerifier(made)).toBe(true);
    expect(await scramVerifier('pencil-pencil-pencil-pencil-pencil', salt)).toBe(made);
  });

  it('has another salt each time', async () => {
    const password = randomPassword();
    expect(await scramVerifier(password)).not.toBe(await scramVerifier(password));
  });

  it.each([
    '',
    'short',
    'a'.repeat(31),
    'a'.repeat(129),
    `${'a'.repeat(40)}é`,
    `${'a'.repeat(40)} `,
  ])('is made of no password that is short or would have to be prepared: %j', async (password) => {
    await expect(scramVerifier(password)).rejects.toThrow('no password of a lease');
  });
});

describe('places', () => {
  it('are never more than they are, are given in turn, and are free again after a fault', async () => {
    const [place, open, order] = [places(2), { now: 0, most: 0 }, [] as number[]];
    const work = (i: number) =>
      place(async () => {
        order.push(i);
        open.now += 1;
        open.most = Math.max(open.most, open.now);
        await new Promise((resolve) => setImmediate(resolve));
        open.now -= 1;
        if (i % 3 === 0) throw new Error('a fault');
      });
    const done = await Promise.allSettled(Array.from({ length: 9 }, (_, i) => work(i)));
    expect(open).toEqual({ now: 0, most: 2 });
    expect(order).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    expect(done.filter(({ status }) => status === 'rejected')).toHaveLength(3);
  });
});

describe('a fault', () => {
  it('has the database and our words, never the server’s', () => {
    const theirs = Object.assign(new Error('permission denied for secret-words'), { code: '42501' });
    const fault = faultOf('crm', theirs);
    expect(fault.message).toBe('the database crm: the broker may not do what has to be done');
    expect(fault.cause).toBeUndefined();
    expect(faultOf('crm', fault)).toBe(fault);
    expect(faultOf('crm', Object.assign(new Error('x'), { code: 'XX001' })).message).toMatch(
      /it refused a statement$/,
    );
  });

  it.each([
    undefined,
    'text',
    null,
    new Error('x'),
    Object.assign(new Error('x'), { code: 5 }),
    Object.assign(new Error('x'), { code: 'ECONNREFUSED' }),
  ])('has no code of PostgreSQL where it did not say one', (error) => expect(codeOf(error)).toBeUndefined());
});

describe('databases whose roles would have one name', () => {
  it('are refused', () => {
    const databases = { 'a-b': {}, a_b: {} } as never;
    const secrets = { read: async () => '' };
    expect(() => postgresConnector({ systems: { databases }, secrets })).toThrow('differ in - and _ only');
  });
});
