import {
  AssumeRoleCommand,
  GetScopedCredentialsCommand,
  GetWebIdentityTokenCommand,
  type GetWebIdentityTokenCommandInput,
  STSClient,
} from '@aws-sdk/client-sts';
import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Account } from '../../local/account.ts';
import type { Place } from '../../local/iam/place.ts';
import { addRole, allow, clientConfig, credentialsOf, newAccount, policy, stsOf } from './account.ts';

let account: Account;
beforeAll(async () => {
  account = await newAccount();
  addRole(account, 'agent', allow(['sts:GetWebIdentityToken', 'sts:TagGetWebIdentityToken']));
});
afterAll(() => account.stop());

const namespace = 'https://sts.amazonaws.com/';
const asked = { Audience: ['https://broker.example'], SigningAlgorithm: 'ES384' };

async function tokenFrom(sts: STSClient, input: Partial<GetWebIdentityTokenCommandInput> = {}) {
  const { WebIdentityToken = '' } = await sts.send(new GetWebIdentityTokenCommand({ ...asked, ...input }));
  return WebIdentityToken;
}

const claimsFrom = async (sts: STSClient, input: Partial<GetWebIdentityTokenCommandInput> = {}) =>
  decodeJwt(await tokenFrom(sts, input));

/** What is said under the namespace of STS. */
const saidOf = async (sts: STSClient, input: Partial<GetWebIdentityTokenCommandInput> = {}) =>
  (await claimsFrom(sts, input))[namespace];

/** A client of a new session of the role, delivered to a place. */
function stsIn(place: Place): STSClient {
  const session = account.iam.openServiceSession('agent', 'session', 3_600, account.account, place);
  return new STSClient(clientConfig(account, credentialsOf(session)));
}

describe('a token of GetWebIdentityToken', () => {
  test.each(['RS256', 'ES384'])('is signed by a key that its issuer publishes, %s', async (alg) => {
    const token = await tokenFrom(stsOf(account, 'agent'), { SigningAlgorithm: alg });
    const issuer = account.issuers.issuer(account.account);
    const discovery = (await (await fetch(`${issuer}/.well-known/openid-configuration`)).json()) as {
      jwks_uri: string;
    };
    expect(discovery).toMatchObject({ issuer, jwks_uri: `${issuer}/.well-known/jwks.json` });
    const verified = await jwtVerify(token, createRemoteJWKSet(new URL(discovery.jwks_uri)), {
      issuer,
      algorithms: [alg],
      audience: 'https://broker.example',
      currentDate: new Date(account.clock.now() * 1_000),
    });
    expect(verified.protectedHeader).toEqual({ alg, typ: 'JWT', kid: expect.any(String) });
  });

  test('says who its caller is: the role with its path, for 300 seconds', async () => {
    const role = addRole(account, 'deep', allow('sts:GetWebIdentityToken'));
    account.iam.putRole({ ...role, path: '/agents/invoices/' });
    const session = account.iam.openServiceSession('deep', 'session', 3_600);
    const claims = await claimsFrom(new STSClient(clientConfig(account, credentialsOf(session))));
    const arn = 'arn:aws:iam::111122223333:role/agents/invoices/deep';
    const now = account.clock.now();
    expect(claims).toEqual({
      iss: account.issuers.issuer(account.account),
      sub: arn,
      aud: 'https://broker.example',
      iat: now,
      exp: now + 300,
      jti: expect.stringMatching(/^[0-9a-f-]{36}$/),
      [namespace]: {
        aws_account: '111122223333',
        source_region: 'eu-central-1',
        principal_id: arn,
        original_session_exp: new Date((now + 3_600) * 1_000).toISOString().replace('.000', ''),
      },
    });
  });

  test('is another one each time', async () => {
    const sts = stsOf(account, 'agent');
    const ids = [await claimsFrom(sts), await claimsFrom(sts)].map(({ jti }) => jti);
    expect(new Set(ids).size).toBe(2);
  });

  test('is for all audiences that were asked for', async () => {
    const Audience = ['https://one.example', 'two'];
    expect(await claimsFrom(stsOf(account, 'agent'), { Audience })).toHaveProperty('aud', Audience);
  });

  test('repeats the tags of the request', async () => {
    const Tags = [{ Key: 'mayfly-binding', Value: 'abc' }];
    expect(await saidOf(stsOf(account, 'agent'), { Tags })).toHaveProperty('request_tags', {
      'mayfly-binding': 'abc',
    });
  });

  test('tells the tags and the source identity of the session', async () => {
    addRole(account, 'issuer', allow(['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity']));
    const { Credentials } = await stsOf(account, 'issuer').send(
      new AssumeRoleCommand({
        RoleArn: 'arn:aws:iam::111122223333:role/agent',
        RoleSessionName: 'session',
        SourceIdentity: 'alice',
        Tags: [{ Key: 'team', Value: 'invoices' }],
      }),
    );
    const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = Credentials ?? {};
    const keys = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
    expect(await saidOf(new STSClient(clientConfig(account, keys)))).toMatchObject({
      source_identity: 'alice',
      principal_tags: { team: 'invoices' },
    });
  });

  const functionArn = 'arn:aws:lambda:eu-central-1:111122223333:function:extractor';
  const instanceArn = 'arn:aws:ec2:eu-central-1:111122223333:instance/i-0123456789abcdef0';

  test.each<[string, Place, object]>([
    ['the function', { functionArn }, { lambda_source_function_arn: functionArn }],
    [
      'the instance and its network',
      { instanceArn, vpc: 'vpc-1', privateIp: '10.0.0.10' },
      {
        ec2_source_instance_arn: instanceArn,
        ec2_instance_source_vpc: 'vpc-1',
        ec2_instance_source_private_ipv4: '10.0.0.10',
        ec2_role_delivery: '2.0',
      },
    ],
  ])('tells %s that the credentials were delivered to', async (_, place, said) => {
    expect(await saidOf(stsIn(place))).toMatchObject(said);
  });

  test('tells no place once the session was narrowed: those credentials were delivered nowhere', async () => {
    const scope = ['sts:GetScopedCredentials', 'sts:GetWebIdentityToken'];
    addRole(account, 'scoping', allow(scope));
    const session = account.iam.openServiceSession('scoping', 'session', 3_600, account.account, {
      functionArn,
    });
    const { Credentials } = await new STSClient(clientConfig(account, credentialsOf(session))).send(
      new GetScopedCredentialsCommand({ DurationSeconds: 900 }),
    );
    const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = Credentials ?? {};
    const keys = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
    expect(await saidOf(new STSClient(clientConfig(account, keys)))).not.toHaveProperty(
      'lambda_source_function_arn',
    );
  });

  test('of another account is of another issuer with other keys', async () => {
    const elsewhere = '444455556666';
    const inline = new Map([['own', policy(allow('sts:GetWebIdentityToken'))]]);
    const rest = { managed: [], boundary: undefined, maxSession: 3_600, trust: policy() };
    account.iam.putRole({ name: 'agent', path: '/', account: elsewhere, inline, ...rest });
    const session = account.iam.openServiceSession('agent', 'session', 3_600, elsewhere);
    const token = await tokenFrom(new STSClient(clientConfig(account, credentialsOf(session))));
    const [own, other] = [account.account, elsewhere].map((each) => account.issuers.issuer(each));
    expect(decodeJwt(token)).toMatchObject({ iss: other, [namespace]: { aws_account: elsewhere } });
    expect(decodeProtectedHeader(token)).toHaveProperty('kid');
    const keys = createRemoteJWKSet(new URL(`${own}/.well-known/jwks.json`));
    await expect(jwtVerify(token, keys)).rejects.toMatchObject({
      code: 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED',
    });
  });

  test.each([
    ['a path beside the keys', '/.well-known/keys'],
    ['the issuer itself', ''],
  ])('has nothing published at %s', async (_, path) => {
    const response = await fetch(`${account.issuers.issuer(account.account)}${path}`);
    expect(response.status).toBe(403);
  });
});
