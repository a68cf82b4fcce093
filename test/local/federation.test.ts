import {
  AssumeRoleCommand,
  AssumeRoleWithWebIdentityCommand,
  type AssumeRoleWithWebIdentityCommandInput,
  type Credentials,
  GetCallerIdentityCommand,
  GetWebIdentityTokenCommand,
  STSClient,
} from '@aws-sdk/client-sts';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Account } from '../../local/account.ts';
import type { PolicyStatement } from '../../local/iam/document.ts';
import {
  type LocalIdentityProvider,
  startIdentityProvider,
  type TokenChanges,
} from '../../local/people/identity-provider.ts';
import { addRole, allow, clientConfig, newAccount, policy, stsOf } from './account.ts';

let account: Account;
let provider: LocalIdentityProvider;
let anybody: STSClient;

beforeAll(async () => {
  account = await newAccount();
  provider = await startIdentityProvider(() => account.clock.now());
  // Without keys: the call is not signed, and must not need any.
  const { region, endpoint } = account;
  anybody = new STSClient({ region, endpoint, maxAttempts: 1, credentials: noKeys });
});
afterAll(async () => {
  await provider.close();
  await account.stop();
});

const noKeys = () => Promise.reject(new Error('this call is not signed'));
const host = () => provider.url.replace('http://', '');
const providerArn = () => `arn:aws:iam::${account.account}:oidc-provider/${host()}`;
const roleArn = 'arn:aws:iam::111122223333:role/entry';

/** Makes the role `entry`, which these conditions guard, and the provider, which `trusting` may change. */
function entry(
  Condition: PolicyStatement['Condition'] = { StringEquals: { [`${host()}:aud`]: 'mayfly' } },
  trusted: Partial<PolicyStatement> = {},
) {
  const role = addRole(account, 'entry', allow(['sts:GetWebIdentityToken', 's3:GetObject']));
  const trust = policy({
    Effect: 'Allow',
    Principal: { Federated: providerArn() },
    Action: 'sts:AssumeRoleWithWebIdentity',
    ...(Condition && { Condition }),
    ...trusted,
  });
  account.iam.changeRole({ ...role, trust });
  account.providers.put(account.account, {
    issuer: provider.url,
    jwksUri: `${provider.url}/keys`,
    clientIds: ['mayfly'],
  });
}

const assume = (token: string, input: Partial<AssumeRoleWithWebIdentityCommandInput> = {}) =>
  anybody.send(
    new AssumeRoleWithWebIdentityCommand({
      RoleArn: roleArn,
      RoleSessionName: 'session',
      WebIdentityToken: token,
      ...input,
    }),
  );

function as(credentials: Credentials | undefined): STSClient {
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = credentials ?? {};
  const keys = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
  return new STSClient(clientConfig(account, keys));
}

const secondsLeft = (credentials: Credentials | undefined) =>
  (credentials?.Expiration?.getTime() ?? 0) / 1_000 - account.clock.now();

describe('AssumeRoleWithWebIdentity', () => {
  beforeEach(() => {
    entry();
    provider.answerKeysWith();
  });

  test('opens a session for a token of a provider that the role trusts', async () => {
    const answer = await assume(provider.token());
    const { Arn } = await as(answer.Credentials).send(new GetCallerIdentityCommand({}));
    expect(Arn).toBe('arn:aws:sts::111122223333:assumed-role/entry/session');
    expect(answer).toMatchObject({
      SubjectFromWebIdentityToken: 'alice',
      Provider: provider.url,
      Audience: 'mayfly',
      AssumedRoleUser: { Arn },
    });
    expect(secondsLeft(answer.Credentials)).toBe(3_600);
    expect(account.calls).toContainEqual(
      expect.objectContaining({ operation: 'AssumeRoleWithWebIdentity', role: '', status: 200 }),
    );
  });

  test.each(['RS256', 'ES256'])('takes a token signed by %s', async (alg) => {
    await expect(assume(provider.token({ alg }))).resolves.toHaveProperty('Credentials');
  });

  test('the session tells the provider in tokens of its own', async () => {
    const { Credentials } = await assume(provider.token());
    const { WebIdentityToken = '' } = await as(Credentials).send(
      new GetWebIdentityTokenCommand({ Audience: ['x'], SigningAlgorithm: 'ES384' }),
    );
    const said = decodeJwt(WebIdentityToken)['https://sts.amazonaws.com/'];
    expect(said).toHaveProperty('federated_provider', providerArn());
  });

  test('lasts as long as was asked, within what the role allows', async () => {
    const role = account.iam.role('entry');
    if (role) account.iam.changeRole({ ...role, maxSession: 7_200 });
    const { Credentials } = await assume(provider.token(), { DurationSeconds: 7_200 });
    expect(secondsLeft(Credentials)).toBe(7_200);
    await expect(assume(provider.token(), { DurationSeconds: 7_201 })).rejects.toMatchObject({
      name: 'ValidationError',
    });
  });

  test.each<[string, Partial<AssumeRoleWithWebIdentityCommandInput>]>([
    ['899 s', { DurationSeconds: 899 }],
    ['43,201 s', { DurationSeconds: 43_201 }],
    ['a session name of one character', { RoleSessionName: 'x' }],
    ['a role ARN that is none', { RoleArn: 'entry-of-the-account' }],
    ['a token of three characters', { WebIdentityToken: 'a.b' }],
    ['a token of 20,001 characters', { WebIdentityToken: 'a'.repeat(20_001) }],
    ['a provider of OAuth 2.0', { ProviderId: 'www.amazon.com' }],
  ])('refuses %s', async (_, input) => {
    await expect(assume(provider.token(), input)).rejects.toMatchObject({ name: 'ValidationError' });
  });

  const now = () => account.clock.now();

  test.each<[string, () => TokenChanges, string]>([
    ['for another audience', () => ({ claims: { aud: 'other' } }), 'InvalidIdentityTokenException'],
    ['for several audiences', () => ({ claims: { aud: ['mayfly', 'x'] } }), 'InvalidIdentityTokenException'],
    ['given to another party', () => ({ claims: { azp: 'other' } }), 'InvalidIdentityTokenException'],
    ['that is over', () => ({ claims: { exp: now() } }), 'ExpiredTokenException'],
    ['without an end', () => ({ claims: { exp: undefined } }), 'InvalidIdentityTokenException'],
    ['without a beginning', () => ({ claims: { iat: undefined } }), 'InvalidIdentityTokenException'],
    ['of a fraction of a second', () => ({ claims: { iat: now() - 0.5 } }), 'InvalidIdentityTokenException'],
    ['of the future', () => ({ claims: { iat: now() + 301 } }), 'InvalidIdentityTokenException'],
    ['not valid yet', () => ({ claims: { nbf: now() + 301 } }), 'InvalidIdentityTokenException'],
    ['of nobody', () => ({ claims: { sub: undefined } }), 'InvalidIdentityTokenException'],
    [
      'of an issuer without provider',
      () => ({ claims: { iss: 'https://else' } }),
      'InvalidIdentityTokenException',
    ],
    ['of no issuer', () => ({ claims: { iss: undefined } }), 'InvalidIdentityTokenException'],
    [
      'signed by a key of that name only',
      () => ({ header: { kid: 'rsa-1' } }),
      'InvalidIdentityTokenException',
    ],
    ['signed by an unknown key', () => ({ header: { kid: 'none' } }), 'InvalidIdentityTokenException'],
    [
      'of another algorithm than its key',
      () => ({ header: { alg: 'ES384' } }),
      'InvalidIdentityTokenException',
    ],
    ['by RSA-PSS', () => ({ alg: 'PS256' }), 'InvalidIdentityTokenException'],
    ['without signature', () => ({ header: { alg: 'none' } }), 'InvalidIdentityTokenException'],
  ])('refuses a token %s', async (_, changes, name) => {
    await expect(assume(provider.token(changes()))).rejects.toMatchObject({ name });
  });

  test('refuses claims that were changed after they were signed', async () => {
    const [header, , signature] = provider.token().split('.');
    const claims = Buffer.from(JSON.stringify({ ...decodeJwt(provider.token()), sub: 'mallory' }));
    const token = [header, claims.toString('base64url'), signature].join('.');
    await expect(assume(token)).rejects.toMatchObject({ name: 'InvalidIdentityTokenException' });
  });

  test.each([
    ['is not taken apart', 'not a token'],
    ['has five parts', 'a.b.c.d.e'],
    ['holds no JSON', 'YQ.YQ.YQ'],
    ['holds a list', 'W10.W10.YQ'],
  ])('refuses a token that %s', async (_, token) => {
    await expect(assume(token)).rejects.toMatchObject({ name: 'InvalidIdentityTokenException' });
  });

  test.each<[string, () => void]>([
    ['fails', () => provider.answerKeysWith((response) => response.writeHead(503).end())],
    ['answers no keys', () => provider.answerKeysWith((response) => response.end('{}'))],
    ['cuts the connection', () => provider.answerKeysWith((response) => response.destroy())],
    [
      'sends elsewhere',
      () => provider.answerKeysWith((response) => response.writeHead(302, { Location: '/token' }).end()),
    ],
  ])('says so when the provider %s', async (_, fail) => {
    fail();
    await expect(assume(provider.token())).rejects.toMatchObject({ name: 'IDPCommunicationErrorException' });
  });

  test('refuses a token that STS itself issued, whoever registered its issuer', async () => {
    const issuer = account.issuers.issuer(account.account);
    const jwksUri = `${issuer}/.well-known/jwks.json`;
    account.providers.put(account.account, { issuer, jwksUri, clientIds: ['mayfly'] });
    const { WebIdentityToken = '' } = await stsOf(account, 'entry').send(
      new GetWebIdentityTokenCommand({ Audience: ['mayfly'], SigningAlgorithm: 'ES384' }),
    );
    const Federated = account.providers.find(account.account, issuer)?.arn;
    entry({}, { Principal: { Federated } });
    await expect(assume(WebIdentityToken)).rejects.toMatchObject({ name: 'InvalidIdentityTokenException' });
  });
});

describe('the trust policy', () => {
  beforeEach(() => provider.answerKeysWith());

  const denied = { name: 'AccessDenied', $metadata: expect.objectContaining({ httpStatusCode: 403 }) };

  test.each<[string, () => PolicyStatement['Condition'], TokenChanges, 'allowed' | 'denied']>([
    ['no condition', () => ({}), {}, 'allowed'],
    ['the subject', () => ({ StringEquals: { [`${host()}:sub`]: 'alice' } }), {}, 'allowed'],
    ['another subject', () => ({ StringEquals: { [`${host()}:sub`]: 'bob' } }), {}, 'denied'],
    ['a pattern', () => ({ StringLike: { [`${host()}:sub`]: 'repo:acme/*' } }), {}, 'denied'],
    [
      'a pattern that holds',
      () => ({ StringLike: { [`${host()}:sub`]: 'repo:acme/*' } }),
      { claims: { sub: 'repo:acme/app:ref:refs/heads/main' } },
      'allowed',
    ],
    ['another audience', () => ({ StringEquals: { [`${host()}:aud`]: 'other' } }), {}, 'denied'],
    [
      'the authorized party as audience',
      () => ({ StringEquals: { [`${host()}:aud`]: 'mayfly', [`${host()}:oaud`]: 'original' } }),
      { claims: { aud: 'original', azp: 'mayfly' } },
      'allowed',
    ],
    [
      'a claim that is no key',
      () => ({ StringEquals: { [`${host()}:groups`]: 'staff' } }),
      { claims: { groups: 'staff' } },
      'denied',
    ],
    [
      'the subject of another provider',
      () => ({ StringEquals: { 'else.example:sub': 'alice' } }),
      {},
      'denied',
    ],
    [
      'that the subject is not one',
      () => ({ StringNotEquals: { [`${host()}:sub`]: 'alice' } }),
      {},
      'denied',
    ],
    ['the session name', () => ({ StringEquals: { 'sts:RoleSessionName': 'session' } }), {}, 'allowed'],
    ['another session name', () => ({ StringEquals: { 'sts:RoleSessionName': 'other' } }), {}, 'denied'],
    [
      'methods of authentication, which cannot be judged here',
      () => ({ 'ForAnyValue:StringEquals': { [`${host()}:amr`]: 'mfa' } }),
      {},
      'denied',
    ],
  ])('demands %s', async (_, condition, changes, expected) => {
    entry(condition());
    const answer = assume(provider.token(changes));
    if (expected === 'allowed') await expect(answer).resolves.toHaveProperty('Credentials');
    else await expect(answer).rejects.toMatchObject(denied);
  });

  test.each<[string, () => Partial<PolicyStatement>]>([
    ['of another provider', () => ({ Principal: { Federated: `${providerArn()}/else` } })],
    [
      'of the same provider in another account',
      () => ({
        Principal: { Federated: providerArn().replace('111122223333', '444455556666') },
      }),
    ],
    ['of the account', () => ({ Principal: { AWS: 'arn:aws:iam::111122223333:root' } })],
    ['of sessions of AWS', () => ({ Action: 'sts:AssumeRole' })],
  ])('that speaks %s lets nobody in', async (_, trusted) => {
    entry({}, trusted());
    await expect(assume(provider.token())).rejects.toMatchObject(denied);
  });

  test('a role that does not exist is refused in the words of one that may not be assumed', async () => {
    entry();
    await expect(assume(provider.token(), { RoleArn: `${roleArn}-gone` })).rejects.toMatchObject(denied);
  });

  test('a role of an account that has no such provider takes none of its tokens', async () => {
    entry();
    const RoleArn = roleArn.replace('111122223333', '444455556666');
    await expect(assume(provider.token(), { RoleArn })).rejects.toMatchObject({
      name: 'InvalidIdentityTokenException',
    });
  });

  test('no session of AWS gets in by the trust in a provider', async () => {
    entry({});
    addRole(account, 'caller', allow('sts:*'));
    const command = new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: 'session' });
    await expect(stsOf(account, 'caller').send(command)).rejects.toMatchObject({ name: 'AccessDenied' });
  });
});

describe('GitHub', () => {
  const github = 'https://token.actions.githubusercontent.com';
  const claims = {
    iss: github,
    sub: 'repo:acme/app:ref:refs/heads/main',
    repository_id: '42',
    job_workflow_ref: 'acme/app/.github/workflows/deploy.yml@refs/heads/main',
  };

  test.each([
    ['its own claims', 'repository_id', '42', true],
    ['its own claims, and another value', 'repository_id', '43', false],
    ['the workflow', 'job_workflow_ref', claims.job_workflow_ref, true],
  ])('is known by name: a condition on %s', async (_, key, value, passes) => {
    const { arn } = account.providers.put(account.account, {
      issuer: github,
      jwksUri: `${provider.url}/keys`,
      clientIds: ['mayfly'],
    });
    entry(
      { StringEquals: { [`token.actions.githubusercontent.com:${key}`]: value } },
      { Principal: { Federated: arn } },
    );
    const answer = assume(provider.token({ claims }));
    if (passes) await expect(answer).resolves.toHaveProperty('Credentials');
    else await expect(answer).rejects.toMatchObject({ name: 'AccessDenied' });
  });
});

describe('what a provider says of the session', () => {
  const tags = { principal_tags: { team: ['invoices'] }, transitive_tag_keys: ['team'] };
  const said = {
    'https://aws.amazon.com/tags': tags,
    'https://aws.amazon.com/source_identity': 'alice',
  };
  const actions = ['sts:AssumeRoleWithWebIdentity', 'sts:TagSession', 'sts:SetSourceIdentity'];

  test('becomes tags and source identity where the trust policy lets it', async () => {
    entry({}, { Action: actions });
    const { SourceIdentity, Credentials } = await assume(provider.token({ claims: said }));
    expect(SourceIdentity).toBe('alice');
    const session = account.iam.find(Credentials?.AccessKeyId ?? '');
    expect(session).toMatchObject({
      sourceIdentity: 'alice',
      transitive: ['team'],
      tags: new Map([['team', 'invoices']]),
    });
  });

  test.each(['sts:TagSession', 'sts:SetSourceIdentity'])('needs %s', async (missing) => {
    entry({}, { Action: actions.filter((action) => action !== missing) });
    await expect(assume(provider.token({ claims: said }))).rejects.toMatchObject({ name: 'AccessDenied' });
  });

  test.each<[string, object]>([
    ['tags that are no object', { 'https://aws.amazon.com/tags': 'team' }],
    ['two values of a tag', { 'https://aws.amazon.com/tags': { principal_tags: { team: ['a', 'b'] } } }],
    ['transitive keys that are no list', { 'https://aws.amazon.com/tags': { transitive_tag_keys: 'team' } }],
    ['a source identity that is no text', { 'https://aws.amazon.com/source_identity': ['alice'] }],
  ])('is refused when it holds %s', async (_, claims) => {
    entry({}, { Action: actions });
    await expect(assume(provider.token({ claims: { ...claims } }))).rejects.toMatchObject({
      name: 'InvalidIdentityTokenException',
    });
  });
});
