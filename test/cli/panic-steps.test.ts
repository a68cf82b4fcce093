import { describe, expect, test } from 'vitest';
import { type GrantRole, rolesIn, rolesOf, typesOf } from '../../cli/grant-roles.ts';
import { carryOut, failuresOf } from '../../cli/panic-steps.ts';
import type { Switches } from '../../cli/panic-switches.ts';

const place = { deployment: 'mayfly', region: 'eu-central-1' };
const roleNames = (count: number) =>
  Array.from({ length: count }, (_, shard) => `mayfly-eu-central-1-invoice_processor-${shard}`);
const grantRoles = (count: number): GrantRole[] => rolesOf(place, roleNames(count));

/** An account as its agents feel it. */
class Account implements Switches {
  issuing = true;
  readonly denied = new Set<string>();
  /** Whether a lease could be minted for a role that denies everything. */
  deadOnArrival = false;
  busy = 0;
  busiest = 0;
  readonly failing: ReadonlySet<string>;

  constructor(failing: readonly string[] = []) {
    this.failing = new Set(failing);
  }

  grantRoles = async () => roleNames(4);
  deny = (role: string) => this.#step(role, () => this.denied.add(role));
  allow = async (role: string) => {
    const was = this.denied.has(role);
    await this.#step(role, () => this.denied.delete(role));
    return was;
  };
  stopIssuance = () => this.#step('issuance', () => this.#issue(false));
  startIssuance = () => this.#step('issuance', () => this.#issue(true));

  #issue(issuing: boolean) {
    this.issuing = issuing;
  }

  async #step(what: string, change: () => void): Promise<void> {
    this.busiest = Math.max(this.busiest, ++this.busy);
    await new Promise(setImmediate);
    this.busy--;
    if (this.failing.has(what)) throw new Error('no');
    change();
    this.deadOnArrival ||= this.issuing && this.denied.size > 0;
  }
}

describe('the grant roles that panic means', () => {
  const names = [
    'mayfly-eu-central-1-release_agent-0',
    'mayfly-eu-central-1-invoice_processor-1',
    'mayfly-eu-central-1-invoice_processor-0',
    'mayfly-eu-central-1-invoice_processor_2-0',
    'mayfly-eu-west-1-invoice_processor-0',
    'mayfly-eu-central-10-invoice_processor-0',
    'another-eu-central-1-invoice_processor-0',
  ];
  const roles = rolesOf(place, names);

  test('are those of this region, of all types for all', () => {
    expect(rolesIn('all', roles, place).map(({ name }) => name)).toEqual([
      'mayfly-eu-central-1-invoice_processor-0',
      'mayfly-eu-central-1-invoice_processor-1',
      'mayfly-eu-central-1-invoice_processor_2-0',
      'mayfly-eu-central-1-release_agent-0',
    ]);
    expect(typesOf(roles)).toEqual(['invoice_processor', 'invoice_processor_2', 'release_agent']);
  });

  test('are those of one type, and not of a type whose name only begins like it', () => {
    expect(rolesIn('invoice_processor', roles, place).map(({ name }) => name)).toEqual([
      'mayfly-eu-central-1-invoice_processor-0',
      'mayfly-eu-central-1-invoice_processor-1',
    ]);
  });

  test('are none for a type that is not there, and it says which are', () => {
    expect(() => rolesIn('invoice_procesor', roles, place)).toThrow(
      'mayfly in eu-central-1 has no agent type invoice_procesor, but invoice_processor, invoice_processor_2, release_agent; did you mean invoice_processor?',
    );
  });

  test('are none of another region, and that is not taken for success', () => {
    const elsewhere = { ...place, region: 'us-east-1' };
    expect(() => rolesIn('all', rolesOf(elsewhere, names), elsewhere)).toThrow('there are no grant roles');
  });
});

describe('the order', () => {
  test('panic stops issuance before any role, unpanic starts it after all: nothing is minted dead on arrival', async () => {
    const account = new Account();
    const work = { roles: grantRoles(20), issuance: true };
    await carryOut(account, 'panic', work);
    expect(account).toMatchObject({ issuing: false, deadOnArrival: false });
    expect([...account.denied].sort()).toEqual(roleNames(20).sort());
    await carryOut(account, 'unpanic', work);
    expect(account).toMatchObject({ issuing: true, deadOnArrival: false });
    expect(account.denied.size).toBe(0);
  });

  test('one type leaves issuance alone, both ways', async () => {
    const account = new Account();
    await carryOut(account, 'panic', { roles: grantRoles(4), issuance: false });
    expect(account.issuing).toBe(true);
    account.issuing = false;
    await carryOut(account, 'unpanic', { roles: grantRoles(4), issuance: false });
    expect(account.issuing).toBe(false);
  });
});

describe('what fails', () => {
  test('a role that fails keeps no other from being denied, and is named', async () => {
    const [, bad = ''] = roleNames(20);
    const account = new Account([bad]);
    const outcome = await carryOut(account, 'panic', { roles: grantRoles(20), issuance: true });
    expect(failuresOf(outcome)).toEqual([{ what: bad, error: new Error('no') }]);
    expect([...account.denied].sort()).toEqual(
      roleNames(20)
        .filter((name) => name !== bad)
        .sort(),
    );
  });

  test('issuance that does not stop keeps no role from being denied', async () => {
    const account = new Account(['issuance']);
    const outcome = await carryOut(account, 'panic', { roles: grantRoles(4), issuance: true });
    expect(failuresOf(outcome).map(({ what }) => what)).toEqual(['issuance']);
    expect(account.denied.size).toBe(4);
  });

  test('a role that stays denied keeps neither the others nor issuance from working again', async () => {
    const [bad = ''] = roleNames(1);
    const account = new Account([bad]);
    for (const role of roleNames(4)) account.denied.add(role);
    account.issuing = false;
    const outcome = await carryOut(account, 'unpanic', { roles: grantRoles(4), issuance: true });
    expect(failuresOf(outcome).map(({ what }) => what)).toEqual([bad]);
    expect([...account.denied]).toEqual([bad]);
    expect(account.issuing).toBe(true);
  });
});

test('many roles are written in parallel, but never more than eight at one time', async () => {
  const account = new Account();
  const { roles } = await carryOut(account, 'panic', { roles: grantRoles(50), issuance: false });
  expect(roles.map(({ role }) => role)).toEqual(grantRoles(50).map(({ name }) => name));
  expect(account.busiest).toBe(8);
});

test('letting a role work that was not denied is no failure, and is told from one that was', async () => {
  const account = new Account();
  const [first = ''] = roleNames(2);
  account.denied.add(first);
  const { roles } = await carryOut(account, 'unpanic', { roles: grantRoles(2), issuance: false });
  expect(roles.map(({ result }) => result)).toEqual([{ changed: true }, { changed: false }]);
});
