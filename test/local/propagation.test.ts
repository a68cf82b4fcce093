import {
  DeleteRolePolicyCommand,
  GetRolePolicyCommand,
  IAMClient,
  ListRolePoliciesCommand,
  ListRolesCommand,
  PutRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Account } from '../../local/account.ts';
import { addRole, allow, clientConfig, credentialsOf, newAccount, policy } from './account.ts';

let account: Account;
let iam: IAMClient;
const revocations = { RoleName: 'grant', PolicyName: 'revocations' };
const deny = JSON.stringify(policy({ Effect: 'Deny', Action: '*', Resource: '*' }));

beforeEach(async () => {
  account = await newAccount();
  addRole(account, 'grant', allow('s3:GetObject'));
  addRole(account, 'revoker', allow(['iam:*']));
  iam = clientOf('revoker');
});
afterEach(() => account.stop());

const clientOf = (role: string) =>
  new IAMClient(clientConfig(account, credentialsOf(account.iam.openServiceSession(role, 'session', 3_600))));
const put = (text = deny) => iam.send(new PutRolePolicyCommand({ ...revocations, PolicyDocument: text }));
const remove = () => iam.send(new DeleteRolePolicyCommand(revocations));
async function mayRead(): Promise<boolean> {
  const session = account.iam.openServiceSession('grant', 'session', 3_600);
  const question = { action: 's3:GetObject', resource: 'arn:aws:s3:::bucket/key' };
  return (await account.authorizer.decide(session, question)).allowed;
}

describe('what is written to a role', () => {
  test('counts at once where no delay is set', async () => {
    expect(await mayRead()).toBe(true);
    await put();
    expect(await mayRead()).toBe(false);
    await remove();
    expect(await mayRead()).toBe(true);
  });

  test('is read at once and counts on the second after the delay', async () => {
    account.iam.propagation = 4;
    await put();
    const { PolicyDocument = '' } = await iam.send(new GetRolePolicyCommand(revocations));
    expect(decodeURIComponent(PolicyDocument)).toBe(deny);
    account.clock.advance(3);
    expect(await mayRead()).toBe(true);
    account.clock.advance(1);
    expect(await mayRead()).toBe(false);
  });

  test('counts for sessions that were open before, also when it is taken away', async () => {
    const session = account.iam.openServiceSession('grant', 'session', 3_600);
    const question = { action: 's3:GetObject', resource: 'arn:aws:s3:::bucket/key' };
    await put();
    expect((await account.authorizer.decide(session, question)).allowed).toBe(false);
    account.iam.propagation = 4;
    await remove();
    await expect(iam.send(new GetRolePolicyCommand(revocations))).rejects.toThrow('cannot be found');
    expect((await account.authorizer.decide(session, question)).allowed).toBe(false);
    account.clock.advance(4);
    expect((await account.authorizer.decide(session, question)).allowed).toBe(true);
  });

  test('later is not undone by a slower write from before', async () => {
    account.iam.propagation = 60;
    await put();
    account.iam.propagation = 0;
    await put(JSON.stringify(policy({ Effect: 'Deny', Action: 's3:PutObject', Resource: '*' })));
    account.clock.advance(60);
    expect(await mayRead()).toBe(true);
  });

  test('outlives another deployment, which replaces only the policies that the template names', async () => {
    await put();
    await iam.send(new PutRolePolicyCommand({ RoleName: 'grant', PolicyName: 'own', PolicyDocument: deny }));
    addRole(account, 'grant', allow('s3:GetObject'));
    expect(await mayRead()).toBe(false);
    await remove();
    expect(await mayRead()).toBe(true);
  });
});

const calls: [string, string, (client: IAMClient) => Promise<unknown>][] = [
  [
    'iam:PutRolePolicy',
    'arn:aws:iam::111122223333:role/grant',
    (client) => client.send(new PutRolePolicyCommand({ ...revocations, PolicyDocument: deny })),
  ],
  [
    'iam:GetRolePolicy',
    'arn:aws:iam::111122223333:role/grant',
    (client) => client.send(new GetRolePolicyCommand(revocations)),
  ],
  [
    'iam:DeleteRolePolicy',
    'arn:aws:iam::111122223333:role/grant',
    (client) => client.send(new DeleteRolePolicyCommand(revocations)),
  ],
  [
    'iam:ListRolePolicies',
    'arn:aws:iam::111122223333:role/grant',
    (client) => client.send(new ListRolePoliciesCommand({ RoleName: 'grant' })),
  ],
  ['iam:ListRoles', '*', (client) => client.send(new ListRolesCommand({}))],
];

describe.each(calls)('%s', (action, resource, call) => {
  test('is decided on its resource, for who may and who may not', async () => {
    addRole(account, 'other', allow('iam:*', 'arn:aws:iam::111122223333:role/other'));
    await put();
    const before = account.decisions.length;
    await call(iam);
    await expect(call(clientOf('other'))).rejects.toMatchObject({ name: 'AccessDenied' });
    const decided = account.decisions.slice(before).map((each) => [each.action, each.resource, each.allowed]);
    expect(decided).toEqual([
      [action, resource, true],
      [action, resource, false],
    ]);
  });
});

test('a role that does not exist is refused in the words of one that may not be touched', async () => {
  addRole(account, 'other', allow('iam:*', 'arn:aws:iam::111122223333:role/other'));
  const gone = new GetRolePolicyCommand({ RoleName: 'gone', PolicyName: 'x' });
  await expect(clientOf('other').send(gone)).rejects.toMatchObject({ name: 'AccessDenied' });
});

test('calls to IAM may be signed for its home, as without an endpoint of its own; no other region', async () => {
  const credentials = credentialsOf(account.iam.openServiceSession('revoker', 'session', 3_600));
  const signedFor = (region: string) => new IAMClient({ ...clientConfig(account, credentials), region });
  await expect(signedFor('us-east-1').send(new ListRolesCommand({}))).resolves.toBeDefined();
  await expect(signedFor('us-west-2').send(new ListRolesCommand({}))).rejects.toMatchObject({
    name: 'SignatureDoesNotMatch',
  });
});
