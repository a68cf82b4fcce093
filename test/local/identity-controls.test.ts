import {
  AssumeRoleWithWebIdentityCommand,
  GetCallerIdentityCommand,
  GetWebIdentityTokenCommand,
  STSClient,
} from '@aws-sdk/client-sts';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { awsWebIdentity, type WebIdentityTokenRequest } from '../../client/index.ts';
import { bindingTag } from '../../core/evidence.ts';
import { evidence } from '../../core/protocol/evidence.ts';
import type { Account } from '../../local/account.ts';
import { type IdentityControls, identityControls } from '../../local/identity-controls.ts';
import type { LocalCredentials } from '../../local/local-broker.ts';
import { startIdentityProvider } from '../../local/people/identity-provider.ts';
import { loadTemplate } from '../../local/template/load.ts';
import { allow, clientConfig, newAccount } from './account.ts';

let account: Account;
let broker: IdentityControls;
beforeAll(async () => {
  account = await newAccount();
  broker = identityControls(account);
});
afterAll(() => account.stop());

const stsWith = (keys: LocalCredentials) => new STSClient(clientConfig(account, keys));
const tokens = allow(['sts:GetWebIdentityToken', 'sts:TagGetWebIdentityToken']);

/** The token of a client, taken apart. */
async function tokenOf(keys: LocalCredentials) {
  const command = new GetWebIdentityTokenCommand({ Audience: ['x'], SigningAlgorithm: 'ES384' });
  const { WebIdentityToken = '' } = await stsWith(keys).send(command);
  return decodeJwt<{ 'https://sts.amazonaws.com/': Record<string, unknown> }>(WebIdentityToken);
}

test('a role stands below the path it was made with, and its tokens say so', async () => {
  broker.createRole('deep', [tokens], undefined, { path: '/agents/' });
  const claims = await tokenOf(broker.credentialsFor('deep', 'session'));
  expect(claims).toMatchObject({ sub: 'arn:aws:iam::111122223333:role/agents/deep' });
  expect(claims).toHaveProperty('iss', broker.webIdentityIssuer());
});

test('credentials delivered to a function and to an instance say where they are from', async () => {
  broker.createRole('placed', [tokens]);
  const inFunction = broker.credentialsIn({ lambda: 'extractor' }, 'placed');
  const inInstance = broker.credentialsIn({ instance: 'i-1', vpc: 'vpc-1' }, 'placed');
  const said = await Promise.all([inFunction, inInstance].map(tokenOf));
  expect(said.map((each) => each['https://sts.amazonaws.com/'])).toMatchObject([
    { lambda_source_function_arn: 'arn:aws:lambda:eu-central-1:111122223333:function:extractor' },
    {
      ec2_source_instance_arn: 'arn:aws:ec2:eu-central-1:111122223333:instance/i-1',
      ec2_instance_source_vpc: 'vpc-1',
    },
  ]);
  const { Arn } = await stsWith(inFunction).send(new GetCallerIdentityCommand({}));
  expect(Arn).toBe('arn:aws:sts::111122223333:assumed-role/placed/extractor');
});

test('an account disables its tokens and enables them again', async () => {
  broker.createRole('agent', [tokens]);
  const keys = broker.credentialsFor('agent', 'session');
  broker.outboundFederation(false);
  await expect(tokenOf(keys)).rejects.toMatchObject({
    name: 'OutboundWebIdentityFederationDisabledException',
  });
  broker.outboundFederation(true);
  await expect(tokenOf(keys)).resolves.toBeDefined();
});

test('a role is assumed by a token of an issuer that was registered, wherever its keys are', async () => {
  const provider = await startIdentityProvider(account.clock.now);
  const issuer = 'https://token.actions.githubusercontent.com';
  const Federated = broker.trustIssuer(issuer, `${provider.url}/keys`, ['mayfly']);
  expect(Federated).toBe('arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com');
  const trust = {
    Effect: 'Allow',
    Principal: { Federated },
    Action: 'sts:AssumeRoleWithWebIdentity',
  } as const;
  broker.createRole('entry', [], undefined, { trust: [trust] });
  const { region, endpoint } = account;
  const answer = await new STSClient({ region, endpoint }).send(
    new AssumeRoleWithWebIdentityCommand({
      RoleArn: 'arn:aws:iam::111122223333:role/entry',
      RoleSessionName: 'session',
      WebIdentityToken: provider.token({ claims: { iss: issuer } }),
    }),
  );
  expect(answer.AssumedRoleUser?.Arn).toBe('arn:aws:sts::111122223333:assumed-role/entry/session');
  await provider.close();
});

test('a role of a template that trusts a provider is assumed by its tokens', async () => {
  const provider = await startIdentityProvider(account.clock.now);
  const Federated = broker.trustIssuer(provider.url, `${provider.url}/keys`, ['mayfly']);
  const subject = `${provider.url.replace('http://', '')}:sub`;
  const statement = {
    Effect: 'Allow',
    Principal: { Federated },
    Action: 'sts:AssumeRoleWithWebIdentity',
    Condition: { StringEquals: { [subject]: 'alice' } },
  };
  const Properties = {
    RoleName: 'of-template',
    AssumeRolePolicyDocument: { Version: '2012-10-17', Statement: [statement] },
  };
  const Resources = { Entry: { Type: 'AWS::IAM::Role', Properties } };
  const { roles } = loadTemplate({ Resources }, { ...account, stack: 'federation' }, (key) => key);
  for (const role of roles) account.iam.putRole(role);
  const { region, endpoint } = account;
  const enter = (sub: string) =>
    new STSClient({ region, endpoint }).send(
      new AssumeRoleWithWebIdentityCommand({
        RoleArn: 'arn:aws:iam::111122223333:role/of-template',
        RoleSessionName: 'session',
        WebIdentityToken: provider.token({ claims: { sub } }),
      }),
    );
  await expect(enter('alice')).resolves.toHaveProperty('SubjectFromWebIdentityToken', 'alice');
  await expect(enter('bob')).rejects.toMatchObject({ name: 'AccessDenied' });
  await provider.close();
});

test('the client asks STS for a token that is bound to nonce and key, for the broker and for a minute', async () => {
  broker.createRole('agent', [tokens]);
  const sts = stsWith(broker.credentialsIn({ lambda: 'extractor' }, 'agent'));
  const produce = awsWebIdentity('https://broker.example', async (request) => {
    const { WebIdentityToken } = await sts.send(new GetWebIdentityTokenCommand(request));
    return WebIdentityToken;
  });
  const made = await produce('binding');
  expect(evidence.safeParse(made).success).toBe(true);
  const claims = decodeJwt(made.token);
  expect(claims).toMatchObject({
    aud: 'https://broker.example',
    'https://sts.amazonaws.com/': { request_tags: { [bindingTag]: 'binding' } },
  });
  expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBe(60);
});

test('the client has no evidence where STS answers no token', async () => {
  const requests: WebIdentityTokenRequest[] = [];
  const produce = awsWebIdentity('https://broker.example', async (request) => {
    requests.push(request);
    return undefined;
  });
  await expect(produce('binding')).rejects.toThrow('no web identity token');
  expect(requests).toHaveLength(1);
});
