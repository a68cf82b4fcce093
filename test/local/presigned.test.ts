import { AwsClient } from 'aws4fetch';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Account } from '../../local/account.ts';
import { addRole, credentialsOf, newAccount } from './account.ts';

let account: Account;
let keys: ReturnType<typeof credentialsOf>;

beforeAll(async () => {
  account = await newAccount();
  addRole(account, 'worker');
  keys = credentialsOf(account.iam.openServiceSession('worker', 'session', 3_600));
});
afterAll(() => account.stop());

const identityUrl = () => `${account.endpoint}/?Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Expires=60`;
const now = () => new Date(account.clock.now() * 1000);
const dated = (at: Date) => at.toISOString().replace(/[-:]|\.\d{3}/g, '');

/** A presigned GET by aws4fetch, an independent signer, with a header of one's own under the signature. */
async function presigned(url = identityUrl(), { at = now(), service = 'sts', region = account.region } = {}) {
  const client = new AwsClient({ ...keys, service, region, retries: 0 });
  const { url: signed } = await client.sign(url, {
    headers: { 'x-own': 'one' },
    aws: { signQuery: true, datetime: dated(at) },
  });
  return signed;
}

const get = (url: string, headers: Record<string, string> = { 'x-own': 'one' }) => fetch(url, { headers });
const codeOf = async (response: Response) =>
  /<Code>(\w+)<\/Code>/.exec(await response.text())?.[1] ?? response.status;

describe('a presigned GetCallerIdentity', () => {
  test('is answered in XML, as a signed one is', async () => {
    const response = await get(await presigned());
    expect(response.headers.get('content-type')).toBe('text/xml');
    expect(await response.text()).toContain(
      '<Arn>arn:aws:sts::111122223333:assumed-role/worker/session</Arn>',
    );
  });

  test('is answered in JSON to who accepts nothing else, in the shape of AWS', async () => {
    const response = await get(await presigned(), { 'x-own': 'one', Accept: 'application/json' });
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(await response.json()).toEqual({
      GetCallerIdentityResponse: {
        GetCallerIdentityResult: {
          Account: '111122223333',
          Arn: 'arn:aws:sts::111122223333:assumed-role/worker/session',
          UserId: `${account.iam.role('worker')?.id}:session`,
        },
        ResponseMetadata: { RequestId: expect.any(String) },
      },
    });
  });

  test('is on record as the call that it is', async () => {
    await get(await presigned());
    expect(account.calls.at(-1)).toMatchObject({
      service: 'sts',
      operation: 'GetCallerIdentity',
      status: 200,
    });
  });

  test.each<[string, string, (url: string) => string | Promise<string>]>([
    ['another parameter', 'SignatureDoesNotMatch', (url) => `${url}&RoleArn=x`],
    ['another action', 'SignatureDoesNotMatch', (url) => url.replace('GetCallerIdentity', 'AssumeRole')],
    ['a parameter twice', 'SignatureDoesNotMatch', (url) => `${url}&Version=2011-06-15`],
    ['a signature twice', 'IncompleteSignature', (url) => `${url}&X-Amz-Signature=${'0'.repeat(64)}`],
    ['another path', 'SignatureDoesNotMatch', (url) => url.replace('/?', '/x?')],
    ['another life', 'SignatureDoesNotMatch', (url) => url.replace('Expires=60', 'Expires=61')],
    ['no life', 'IncompleteSignature', (url) => url.replace('X-Amz-Expires=60&', '')],
    [
      'a life of more than a week',
      'IncompleteSignature',
      () => presigned(identityUrl().replace('=60', '=604801')),
    ],
    ['another token', 'InvalidClientTokenId', (url) => url.replace('Security-Token=', 'Security-Token=A')],
    ['no token', 'InvalidClientTokenId', (url) => url.replace(/&X-Amz-Security-Token=[^&]*/, '')],
    ['another algorithm', 'IncompleteSignature', (url) => url.replace('HMAC-SHA256', 'HMAC-SHA1')],
    ['an unknown key', 'InvalidClientTokenId', (url) => url.replace('Credential=ASIA', 'Credential=ASIB')],
    [
      'a region that is not signed for',
      'SignatureDoesNotMatch',
      () => presigned(identityUrl(), { region: 'us-east-1' }),
    ],
    [
      'a date that its scope does not name',
      'IncompleteSignature',
      (url) => url.replace(/Date=\d{8}/, 'Date=20200101'),
    ],
    [
      'a signed header left out of the list',
      'SignatureDoesNotMatch',
      (url) => url.replace('host%3Bx-own', 'host'),
    ],
  ])('with %s is refused', async (_, code, attack) => {
    expect(await codeOf(await get(await attack(await presigned())))).toBe(code);
  });

  test('with a signed header changed, absent or beside an unsigned one of AWS is refused', async () => {
    const url = await presigned();
    for (const headers of [{ 'x-own': 'two' }, {}, { 'x-own': 'one', 'x-amz-target': 'X.Y' }])
      expect(await codeOf(await get(url, headers as Record<string, string>))).toBe('SignatureDoesNotMatch');
  });

  test.each([
    [900, 200],
    [901, 'SignatureDoesNotMatch'],
    [-300, 200],
    [-301, 'SignatureDoesNotMatch'],
  ])('that is %i s old answers %s: its own life does not matter to STS', async (age, expected) => {
    const at = new Date(now().getTime() - age * 1000);
    expect(await codeOf(await get(await presigned(identityUrl(), { at })))).toBe(expected);
  });

  test('goes by the time of the account, so that a run whose time was moved has them too', async () => {
    const own = await newAccount();
    const role = addRole(own, 'worker');
    const session = credentialsOf(own.iam.openServiceSession(role.name, 'session', 3_600));
    own.clock.advance(1_800);
    const client = new AwsClient({ ...session, service: 'sts', region: own.region, retries: 0 });
    const datetime = dated(new Date(own.clock.now() * 1000));
    const url = identityUrl().replace(account.endpoint, own.endpoint);
    const { url: signed } = await client.sign(url, { aws: { signQuery: true, datetime } });
    expect((await fetch(signed)).status).toBe(200);
    await own.stop();
  });
});

describe('what is not emulated', () => {
  test('a presigned request to another service is refused instead of trusted', async () => {
    const url = await presigned(`${account.endpoint}/bucket/key?X-Amz-Expires=60`, { service: 's3' });
    expect(await codeOf(await get(url))).not.toBe(200);
  });
});
