import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Account } from '../../local/account.ts';
import { type Permission, withhold } from '../../local/iam/withhold.ts';
import { addRole, allow, newAccount, policy } from './account.ts';

let account: Account;
beforeAll(async () => {
  account = await newAccount();
});
afterAll(() => account.stop());

const [one, two] = ['arn:aws:s3:::one/*', 'arn:aws:s3:::two/*'];
const deny = { Effect: 'Deny', Action: 's3:GetObject', Resource: 'arn:aws:s3:::one/secret' } as const;

/** A role that reads two buckets by its own policy and writes one by a managed policy that another role shares. */
function role() {
  const reads = {
    Effect: 'Allow',
    Action: ['s3:GetObject', 's3:GetObjectTagging'],
    Resource: [one, two],
  } as const;
  account.iam.managedPolicies.set('managed', policy(allow('s3:PutObject', one)));
  account.iam.managedPolicies.set('boundary', policy(allow(['s3:GetObject', 's3:PutObject'])));
  const made = addRole(account, 'reader', reads, deny);
  account.iam.changeRole({ ...made, managed: ['managed'], boundary: 'boundary' });
}

async function may(action: string, resource: string): Promise<boolean> {
  const session = account.iam.openServiceSession('reader', 'session', 900);
  return (await account.authorizer.decide(session, { action, resource })).allowed;
}
const take = (permission: Omit<Permission, 'role'>) =>
  withhold(account.iam, { role: 'reader', ...permission });

test('what is withheld is refused until it is given back, and nothing else is', async () => {
  role();
  const restore = take({ part: 'permissions', action: 's3:GetObject', resource: one });
  expect(await may('s3:GetObject', 'arn:aws:s3:::one/key')).toBe(false);
  expect(await may('s3:GetObject', 'arn:aws:s3:::two/key')).toBe(true);
  expect(await may('s3:PutObject', 'arn:aws:s3:::one/key')).toBe(true);
  restore();
  expect(await may('s3:GetObject', 'arn:aws:s3:::one/key')).toBe(true);
  expect(await may('s3:GetObject', 'arn:aws:s3:::one/secret')).toBe(false);
});

test('a shared managed policy loses nothing for the roles that share it', async () => {
  role();
  take({ part: 'permissions', action: 's3:PutObject' });
  expect(await may('s3:PutObject', 'arn:aws:s3:::one/key')).toBe(false);
  expect(await may('s3:GetObject', 'arn:aws:s3:::two/key')).toBe(true);
  role();
  expect(await may('s3:PutObject', 'arn:aws:s3:::one/key')).toBe(true);
});

test('a boundary loses one action and stays a boundary', async () => {
  role();
  const restore = take({ part: 'boundary', action: 's3:PutObject' });
  expect(await may('s3:PutObject', 'arn:aws:s3:::one/key')).toBe(false);
  expect(await may('s3:GetObjectTagging', 'arn:aws:s3:::one/key')).toBe(false);
  expect(await may('s3:GetObject', 'arn:aws:s3:::one/key')).toBe(true);
  restore();
  expect(await may('s3:PutObject', 'arn:aws:s3:::one/key')).toBe(true);
});

test.each<[string, Omit<Permission, 'role'>]>([
  ['an action', { part: 'permissions', action: 's3:DeleteObject' }],
  ['an action there', { part: 'permissions', action: 's3:PutObject', resource: two }],
  ['an action in that part', { part: 'boundary', action: 's3:GetObjectTagging' }],
  ['what only a Deny names', { part: 'permissions', action: 's3:GetObject', resource: deny.Resource }],
])('%s that the role does not hold cannot be withheld', (_, permission) => {
  role();
  expect(() => take(permission)).toThrow('does not hold');
});

test('what calls wrote to the role meanwhile stays when the permission is given back', async () => {
  role();
  const restore = take({ part: 'permissions', action: 's3:GetObject', resource: one });
  const reader = account.iam.role('reader');
  if (!reader) throw new Error('there is no reader');
  account.iam.writeInline(
    reader,
    'revocations',
    JSON.stringify(policy({ Effect: 'Deny', Action: '*', Resource: two })),
  );
  restore();
  expect(await may('s3:GetObject', 'arn:aws:s3:::one/key')).toBe(true);
  expect(await may('s3:GetObject', 'arn:aws:s3:::two/key')).toBe(false);
});
