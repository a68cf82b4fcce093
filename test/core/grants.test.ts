import { describe, expect, it } from 'vitest';
import { awsGrantOf, type Grant, kindsToEnd, needsEnding, toBeMinted } from '../../core/grant.ts';
import { grantsOf } from '../../core/grants.ts';
import { leaseId } from '../../core/identity.ts';
import { grantingPolicy, grantNamed, oneOfEach, systems } from './granting.ts';
import { invoicePolicy, morning, planning } from './invoices.ts';

const id = leaseId('AROAAGENTONE', 'thumbprint', 'key');
const made = (capabilities: readonly string[], policy = grantingPolicy(), grantedFrom?: string) =>
  grantsOf(policy, capabilities, { id, grantedFrom }, { ...planning, systems });
const inWords = (grants: readonly Grant[]) =>
  grants.map((grant) => ['name' in grant ? `${grant.kind} ${grant.name}` : grant.kind, grant.capabilities]);

describe('the grants of a lease', () => {
  it('are the session of its role, one for each database, and one for each other capability', () => {
    const all = ['read_invoice', 'read_customer', 'read_contract', 'read_lake', 'check_vat', 'read_rates'];
    expect(inWords(made([...all, 'tell_ledger', 'post_message']))).toEqual([
      ['aws', ['read_invoice']],
      ['postgres crm', ['read_customer', 'read_contract']],
      ['postgres data-lake', ['read_lake']],
      ['oauth check_vat', ['check_vat']],
      ['oauth read_rates', ['read_rates']],
      ['jwt tell_ledger', ['tell_ledger']],
      ['proxy post_message', ['post_message']],
    ]);
  });

  it('begin with the role that denies it by its shard, also where nothing of AWS is wanted', () => {
    const [aws, ...others] = made(['tell_ledger']);
    expect(aws).toMatchObject({ kind: 'aws', capabilities: [] });
    expect(awsGrantOf({ id, grants: others.concat(aws ? [aws] : []) }).role_arn).toMatch(
      /invoice_processor-[0-3]$/,
    );
  });

  it('are of the role of the lease that it was delegated from', () => {
    const grants = made(['read_invoice'], grantingPolicy(), 'arn:aws:iam::111122223333:role/other-2');
    expect(awsGrantOf({ id, grants }).role_arn).toBe('arn:aws:iam::111122223333:role/other-2');
  });

  it('name a login role of the lease’s own, and the client that asks for a token', () => {
    const grants = made(['read_lake', 'check_vat']);
    expect(grantNamed({ grants }, 'postgres').user).toBe(`mayfly_${id.slice(2).toLowerCase()}_data_lake`);
    expect(grantNamed({ grants }, 'oauth').client).toBe('vat');
  });

  it('of IAM database authentication are an action of AWS, and a user that is there already', () => {
    const grants = made(['connect']);
    expect(awsGrantOf({ id, grants }).capabilities).toEqual(['connect']);
    expect(grantNamed({ grants }, 'postgres')).toMatchObject({ name: 'connect', user: 'reader', iam: true });
    expect(grantNamed({ grants }, 'postgres').guarantee.outlives).toEqual([
      { capability: 'connect', what: expect.stringContaining('stays connected') },
    ]);
  });

  it('hold no secret and no address, and nothing of capabilities that were not asked for', () => {
    const text = JSON.stringify(made([...oneOfEach]));
    expect(text).not.toMatch(/secretsmanager|https?:|example/);
    expect(text).not.toMatch(/read_contract|read_rates|file_result/);
  });

  it('throw for a lease that names no role', () => {
    expect(() => awsGrantOf({ id, grants: [] })).toThrow(id);
  });
});

describe('the guarantee', () => {
  const guaranteeOf = (capability: string) => made([capability])[1]?.guarantee;

  it('of a login role ends by the database at the deadline, and what is open by the broker', () => {
    expect(guaranteeOf('read_customer')).toEqual({
      ends: 'deadline',
      typical_seconds: 2,
      worst_seconds: 90,
      basis: 'assumed',
      enforced_by: ['valid_until', 'termination'],
      outlives: [],
    });
  });

  it('of a token ends by revocation where its server has that, else as late as tokens live that are taken', () => {
    expect(guaranteeOf('check_vat')).toMatchObject({
      ends: 'deadline',
      worst_seconds: 90,
      enforced_by: ['revocation', 'token_expiration'],
    });
    expect(guaranteeOf('read_rates')).toMatchObject({
      ends: 'own_expiry',
      typical_seconds: 1_200,
      worst_seconds: 1_200,
      enforced_by: ['token_expiration'],
    });
  });

  it('of a token of the broker allows for clocks of others, of a call for its patience', () => {
    expect(guaranteeOf('tell_ledger')).toMatchObject({ ends: 'deadline', worst_seconds: 60 });
    expect(guaranteeOf('post_message')).toMatchObject({ ends: 'immediate', worst_seconds: 10 });
  });

  it('repeats what its capabilities leave behind', () => {
    expect(guaranteeOf('post_message')?.outlives).toEqual([
      { capability: 'post_message', what: 'what was posted' },
    ]);
  });
});

describe('what has to be ended where it is', () => {
  it('is what somebody terminates or revokes, and nothing else', () => {
    const all = made([
      'read_invoice',
      'connect',
      'read_customer',
      'check_vat',
      'read_rates',
      'tell_ledger',
      'post_message',
    ]);
    expect(all.filter(needsEnding).map((grant) => 'name' in grant && grant.name)).toEqual([
      'crm',
      'check_vat',
    ]);
  });

  it('is named by kind, the last made first, until all of a kind has ended', () => {
    const grants = made([...oneOfEach, 'read_lake']);
    expect(kindsToEnd(grants)).toEqual(['oauth', 'postgres']);
    const ended = (name: string) => (grant: Grant) =>
      'name' in grant && grant.name === name ? { ...grant, ended_at: morning } : grant;
    const one = grants.map(ended('crm'));
    expect(kindsToEnd(one)).toEqual(['oauth', 'postgres']);
    expect(kindsToEnd(one.map(ended('data-lake')))).toEqual(['oauth']);
    expect(kindsToEnd(one.map(ended('data-lake')).map(ended('check_vat')))).toEqual([]);
  });

  it('is nothing of a lease of AWS alone, and nothing of tokens that nobody can revoke', () => {
    expect(kindsToEnd(made(['read_invoice'], invoicePolicy()))).toEqual([]);
    expect(kindsToEnd(made(['read_rates', 'connect', 'tell_ledger', 'post_message']))).toEqual([]);
  });
});

describe('what functions of their own make', () => {
  const names = (...asked: Parameters<typeof toBeMinted>) => Object.fromEntries(toBeMinted(...asked));

  it('are login roles, tokens of others and tokens of the broker, by their names', () => {
    expect(
      names(made([...oneOfEach, 'read_lake', 'connect']), [...oneOfEach, 'read_lake', 'connect']),
    ).toEqual({
      postgres: ['crm', 'data-lake'],
      oauth: ['check_vat'],
      jwt: ['tell_ledger'],
    });
  });

  it('are those of the wanted capabilities only', () => {
    expect(names(made([...oneOfEach]), ['read_invoice', 'tell_ledger'], oneOfEach)).toEqual({
      jwt: ['tell_ledger'],
    });
  });

  it('make a role for all that it may do or not at all: what is no longer granted takes the others of its database along', () => {
    const grants = made(['read_customer', 'read_contract', 'read_lake']);
    const granted = ['read_customer', 'read_lake'];
    expect(names(grants, granted, granted)).toEqual({ postgres: ['data-lake'] });
    expect(names(grants, ['read_customer'], ['read_customer', 'read_contract'])).toEqual({
      postgres: ['crm'],
    });
  });
});
