import {
  AssumeRoleCommand,
  GetScopedCredentialsCommand,
  GetWebIdentityTokenCommand,
  type GetWebIdentityTokenCommandInput,
  STSClient,
  type Tag,
} from '@aws-sdk/client-sts';
import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Account } from '../../local/account.ts';
import { largestPayload } from '../../local/aws/sts-get-web-identity-token.ts';
import type { PolicyStatement } from '../../local/iam/document.ts';
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

/** A client of a role of its own that holds these statements. */
function stsWith(...statements: PolicyStatement[]): STSClient {
  addRole(account, 'limited', ...statements);
  return stsOf(account, 'limited');
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

const tags = (count: number, value = 'v'): Tag[] =>
  Array.from({ length: count }, (_, i) => ({ Key: `key${i}`, Value: value }));

describe('GetWebIdentityToken refuses', () => {
  test.each<[string, Partial<GetWebIdentityTokenCommandInput>]>([
    ['no audience', { Audience: [] }],
    ['11 audiences', { Audience: Array.from({ length: 11 }, (_, i) => `a${i}`) }],
    ['an empty audience', { Audience: [''] }],
    ['an audience of 1,001 characters', { Audience: ['a'.repeat(1_001)] }],
    ['another algorithm', { SigningAlgorithm: 'ES256' }],
    ['no algorithm', { SigningAlgorithm: '' }],
    ['59 seconds', { DurationSeconds: 59 }],
    ['3,601 seconds', { DurationSeconds: 3_601 }],
    ['51 tags', { Tags: tags(51) }],
    ['a tag key of AWS itself', { Tags: [{ Key: 'aws:x', Value: 'v' }] }],
    ['a tag value of 257 characters', { Tags: tags(1, 'v'.repeat(257)) }],
    ['the identity of somebody behind a session that has nobody', { SubjectMode: 'OriginIdentity' }],
    ['a scope without such an identity', { Scope: 'read' }],
  ])('%s', async (_, input) => {
    await expect(tokenFrom(stsOf(account, 'agent'), input)).rejects.toMatchObject({
      name: 'ValidationError',
    });
  });

  test('to let a token outlive the session that asks', async () => {
    const session = account.iam.openServiceSession('agent', 'session', 120);
    const sts = new STSClient(clientConfig(account, credentialsOf(session)));
    await expect(tokenFrom(sts, { DurationSeconds: 120 })).resolves.toBeTruthy();
    for (const input of [{ DurationSeconds: 121 }, {}]) {
      await expect(tokenFrom(sts, input)).rejects.toMatchObject({
        name: 'SessionDurationEscalationException',
        $metadata: { httpStatusCode: 403 },
      });
    }
  });

  test('one byte of payload too many', async () => {
    const sts = stsOf(account, 'agent');
    const filled = (last: number) => ({
      Audience: [...Array.from({ length: 9 }, () => 'a'.repeat(1_000)), 'a'.repeat(last)],
      Tags: tags(18, 'v'.repeat(256)),
    });
    const size = Buffer.from((await tokenFrom(sts, filled(1))).split('.')[1] ?? '', 'base64url').length;
    const room = largestPayload - size + 1;
    await expect(tokenFrom(sts, filled(room))).resolves.toBeTruthy();
    await expect(tokenFrom(sts, filled(room + 1))).rejects.toMatchObject({
      name: 'JWTPayloadSizeExceededException',
    });
  });

  test('an account that has not enabled it, and no other', async () => {
    account.issuers.disabled.add(account.account);
    await expect(tokenFrom(stsOf(account, 'agent'))).rejects.toMatchObject({
      name: 'OutboundWebIdentityFederationDisabledException',
      $metadata: { httpStatusCode: 403 },
    });
    account.issuers.disabled.delete(account.account);
    await expect(tokenFrom(stsOf(account, 'agent'))).resolves.toBeTruthy();
  });
});

const when = (Condition: NonNullable<PolicyStatement['Condition']>): PolicyStatement => ({
  ...allow('sts:GetWebIdentityToken'),
  Condition,
});

describe('what policies say of GetWebIdentityToken holds', () => {
  const Tags = [{ Key: 'mayfly-binding', Value: 'abc' }];
  const both = ['sts:GetWebIdentityToken', 'sts:TagGetWebIdentityToken'];
  const here = 'https://broker.example';

  test.each<[string, PolicyStatement[], Partial<GetWebIdentityTokenCommandInput>, 'allowed' | 'denied']>([
    ['nothing is allowed', [], {}, 'denied'],
    ['the token is allowed', [allow('sts:GetWebIdentityToken')], {}, 'allowed'],
    ['tags are not', [allow('sts:GetWebIdentityToken')], { Tags }, 'denied'],
    ['tags are allowed alone', [allow('sts:TagGetWebIdentityToken')], { Tags }, 'denied'],
    ['both are allowed', [allow(both)], { Tags }, 'allowed'],
    [
      'the audience is the one allowed',
      [when({ 'ForAllValues:StringEquals': { 'sts:IdentityTokenAudience': here } })],
      {},
      'allowed',
    ],
    [
      'one of the audiences is another',
      [when({ 'ForAllValues:StringEquals': { 'sts:IdentityTokenAudience': here } })],
      { Audience: [here, 'https://other.example'] },
      'denied',
    ],
    [
      'any audience is enough',
      [when({ 'ForAnyValue:StringEquals': { 'sts:IdentityTokenAudience': here } })],
      { Audience: ['https://other.example', here] },
      'allowed',
    ],
    [
      'the algorithm is the one allowed',
      [when({ StringEquals: { 'sts:SigningAlgorithm': 'ES384' } })],
      {},
      'allowed',
    ],
    [
      'the algorithm is another',
      [when({ StringEquals: { 'sts:SigningAlgorithm': 'ES384' } })],
      { SigningAlgorithm: 'RS256' },
      'denied',
    ],
    [
      'the duration is short enough',
      [when({ NumericLessThanEquals: { 'sts:DurationSeconds': '60' } })],
      { DurationSeconds: 60 },
      'allowed',
    ],
    [
      'the duration is the one of a request that names none',
      [when({ NumericLessThanEquals: { 'sts:DurationSeconds': '60' } })],
      {},
      'denied',
    ],
    [
      'the subject is the principal of AWS',
      [when({ StringEquals: { 'sts:SubjectMode': 'AWSIdentity' } })],
      {},
      'allowed',
    ],
    [
      'the subject must be another',
      [when({ StringEquals: { 'sts:SubjectMode': 'OriginIdentity' } })],
      {},
      'denied',
    ],
    [
      'the tag has another value',
      [
        allow('sts:GetWebIdentityToken'),
        {
          ...allow('sts:TagGetWebIdentityToken'),
          Condition: { StringEquals: { 'aws:RequestTag/mayfly-binding': 'other' } },
        },
      ],
      { Tags },
      'denied',
    ],
    [
      'the tags are the ones allowed',
      [
        allow('sts:GetWebIdentityToken'),
        {
          ...allow('sts:TagGetWebIdentityToken'),
          Condition: { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['mayfly-binding'] } },
        },
      ],
      { Tags },
      'allowed',
    ],
    [
      'there is a tag beside the ones allowed',
      [
        allow('sts:GetWebIdentityToken'),
        {
          ...allow('sts:TagGetWebIdentityToken'),
          Condition: { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['mayfly-binding'] } },
        },
      ],
      { Tags: [...Tags, { Key: 'other', Value: 'x' }] },
      'denied',
    ],
  ])('%s', async (_, statements, input, expected) => {
    const answer = tokenFrom(stsWith(...statements), input);
    if (expected === 'allowed') await expect(answer).resolves.toBeTruthy();
    else await expect(answer).rejects.toMatchObject({ name: 'AccessDenied' });
  });
});

describe('a condition on where credentials were delivered to', () => {
  const elsewhere = { StringNotEquals: { 'aws:Ec2InstanceSourceVpc': 'vpc-1' } };
  const other = { ArnNotEquals: { 'lambda:SourceFunctionArn': 'arn:aws:lambda:eu-central-1:1:function:x' } };
  const denying = (Condition: PolicyStatement['Condition']): PolicyStatement => ({
    Effect: 'Deny',
    Action: 'sts:GetWebIdentityToken',
    Resource: '*',
    ...(Condition && { Condition }),
  });
  const instanceArn = 'arn:aws:ec2:eu-central-1:111122223333:instance/i-1';

  test.each<[string, Place | undefined, PolicyStatement['Condition'], boolean]>([
    ['lets the VPC through', { instanceArn, vpc: 'vpc-1', privateIp: '10.0.0.1' }, elsewhere, true],
    ['stops another VPC', { instanceArn, vpc: 'vpc-2', privateIp: '10.0.0.1' }, elsewhere, false],
    ['stops what has no place', undefined, elsewhere, false],
    ['lets the function through', { functionArn: 'arn:aws:lambda:eu-central-1:1:function:x' }, other, true],
    ['stops another function', { functionArn: 'arn:aws:lambda:eu-central-1:1:function:y' }, other, false],
  ])('%s', async (_, place, Condition, passes) => {
    addRole(account, 'placed', allow('sts:GetWebIdentityToken'), denying(Condition));
    const session = account.iam.openServiceSession('placed', 'session', 3_600, account.account, place);
    const answer = tokenFrom(new STSClient(clientConfig(account, credentialsOf(session))));
    if (passes) await expect(answer).resolves.toBeTruthy();
    else await expect(answer).rejects.toMatchObject({ name: 'AccessDenied' });
  });
});
