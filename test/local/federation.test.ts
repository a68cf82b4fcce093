import type { ServerResponse } from 'node:http';
import {
  type AssumeRoleWithWebIdentityCommandInput,
  type Credentials,
  GetCallerIdentityCommand,
  GetWebIdentityTokenCommand,
  STSClient,
} from '@aws-sdk/client-sts';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { TokenChanges } from '../../local/people/identity-provider.ts';
import { loopback, sendJson } from '../../local/people/loopback.ts';
import { clientConfig, stsOf } from './account.ts';
import { federatedEntry } from './federated-entry.ts';

let world: Awaited<ReturnType<typeof federatedEntry>>;
beforeAll(async () => {
  world = await federatedEntry();
});
afterAll(() => world.stop());

function as(credentials: Credentials | undefined): STSClient {
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = credentials ?? {};
  const keys = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
  return new STSClient(clientConfig(world.account, keys));
}

const secondsLeft = (credentials: Credentials | undefined) =>
  (credentials?.Expiration?.getTime() ?? 0) / 1_000 - world.account.clock.now();

describe('AssumeRoleWithWebIdentity', () => {
  beforeEach(() => {
    world.entry();
    world.provider.answerKeysWith();
  });

  test('opens a session for a token of a provider that the role trusts', async () => {
    const answer = await world.assume(world.provider.token());
    const { Arn } = await as(answer.Credentials).send(new GetCallerIdentityCommand({}));
    expect(Arn).toBe('arn:aws:sts::111122223333:assumed-role/entry/session');
    expect(answer).toMatchObject({
      SubjectFromWebIdentityToken: 'alice',
      Provider: world.provider.url,
      Audience: 'mayfly',
      AssumedRoleUser: { Arn },
    });
    expect(secondsLeft(answer.Credentials)).toBe(3_600);
    expect(world.account.calls).toContainEqual(
      expect.objectContaining({ operation: 'AssumeRoleWithWebIdentity', role: '', status: 200 }),
    );
  });

  test.each(['RS256', 'ES256'])('takes a token signed by %s', async (alg) => {
    await expect(world.assume(world.provider.token({ alg }))).resolves.toHaveProperty('Credentials');
  });

  test('the session tells the provider in tokens of its own', async () => {
    const { Credentials } = await world.assume(world.provider.token());
    const { WebIdentityToken = '' } = await as(Credentials).send(
      new GetWebIdentityTokenCommand({ Audience: ['x'], SigningAlgorithm: 'ES384' }),
    );
    const said = decodeJwt(WebIdentityToken)['https://sts.amazonaws.com/'];
    expect(said).toHaveProperty('federated_provider', world.providerArn);
  });

  test('lasts as long as was asked, within what the role allows', async () => {
    const role = world.account.iam.role('entry');
    if (role) world.account.iam.changeRole({ ...role, maxSession: 7_200 });
    const { Credentials } = await world.assume(world.provider.token(), { DurationSeconds: 7_200 });
    expect(secondsLeft(Credentials)).toBe(7_200);
    await expect(world.assume(world.provider.token(), { DurationSeconds: 7_201 })).rejects.toMatchObject({
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
    await expect(world.assume(world.provider.token(), input)).rejects.toMatchObject({
      name: 'ValidationError',
    });
  });

  const now = () => world.account.clock.now();

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
    ['of another algorithm than its key', () => ({ alg: 'ES384' }), 'InvalidIdentityTokenException'],
    ['by RSA-PSS', () => ({ alg: 'PS256' }), 'InvalidIdentityTokenException'],
    ['without signature', () => ({ header: { alg: 'none' } }), 'InvalidIdentityTokenException'],
  ])('refuses a token %s', async (_, changes, name) => {
    await expect(world.assume(world.provider.token(changes()))).rejects.toMatchObject({ name });
  });

  test('refuses claims that were changed after they were signed', async () => {
    const [header, , signature] = world.provider.token().split('.');
    const claims = Buffer.from(JSON.stringify({ ...decodeJwt(world.provider.token()), sub: 'mallory' }));
    const token = [header, claims.toString('base64url'), signature].join('.');
    await expect(world.assume(token)).rejects.toMatchObject({ name: 'InvalidIdentityTokenException' });
  });

  test.each([
    ['is not taken apart', 'not a token'],
    ['has five parts', 'a.b.c.d.e'],
    ['holds no JSON', 'YQ.YQ.YQ'],
    ['holds a list', 'W10.W10.YQ'],
    ['holds nothing', 'bnVsbA.bnVsbA.YQ'],
  ])('refuses a token that %s', async (_, token) => {
    await expect(world.assume(token)).rejects.toMatchObject({ name: 'InvalidIdentityTokenException' });
  });

  /** The right keys, as the provider publishes them. */
  const rightKeys = () => ({ keys: [world.provider.keyFor('ES256').jwk] });

  test.each<[string, (response: ServerResponse) => void]>([
    ['fails, whatever it says', (response) => sendJson(response, rightKeys(), 503)],
    ['answers no keys', (response) => sendJson(response, {})],
    ['cuts the connection', (response) => response.destroy()],
  ])('says so when the provider %s', async (_, answer) => {
    world.provider.answerKeysWith(answer);
    await expect(world.assume(world.provider.token())).rejects.toMatchObject({
      name: 'IDPCommunicationErrorException',
    });
  });

  test('follows the provider to no other place, were the right keys there', async () => {
    const elsewhere = await loopback((_, response) => sendJson(response, rightKeys()));
    world.provider.answerKeysWith((response) => response.writeHead(302, { Location: elsewhere.url }).end());
    await expect(world.assume(world.provider.token())).rejects.toMatchObject({
      name: 'IDPCommunicationErrorException',
    });
    expect(elsewhere.requests).toEqual([]);
    await elsewhere.close();
  });

  test('refuses a token that STS itself issued, whoever registered its issuer', async () => {
    const issuer = world.account.issuers.issuer(world.account.account);
    const jwksUri = `${issuer}/.well-known/jwks.json`;
    world.account.providers.put(world.account.account, { issuer, jwksUri, clientIds: ['mayfly'] });
    const { WebIdentityToken = '' } = await stsOf(world.account, 'entry').send(
      new GetWebIdentityTokenCommand({ Audience: ['mayfly'], SigningAlgorithm: 'ES384' }),
    );
    const Federated = world.account.providers.find(world.account.account, issuer)?.arn;
    world.entry({}, { Principal: { Federated } });
    await expect(world.assume(WebIdentityToken)).rejects.toMatchObject({
      name: 'InvalidIdentityTokenException',
    });
  });
});
