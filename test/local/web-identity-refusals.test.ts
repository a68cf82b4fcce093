import {
  GetWebIdentityTokenCommand,
  type GetWebIdentityTokenCommandInput,
  STSClient,
  type Tag,
} from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Account } from '../../local/account.ts';
import { largestPayload } from '../../local/aws/sts-get-web-identity-token.ts';
import { addRole, allow, clientConfig, credentialsOf, newAccount, stsOf } from './account.ts';

let account: Account;
beforeAll(async () => {
  account = await newAccount();
  addRole(account, 'agent', allow(['sts:GetWebIdentityToken', 'sts:TagGetWebIdentityToken']));
});
afterAll(() => account.stop());

const asked = { Audience: ['https://broker.example'], SigningAlgorithm: 'ES384' };

async function tokenFrom(sts: STSClient, input: Partial<GetWebIdentityTokenCommandInput> = {}) {
  const { WebIdentityToken = '' } = await sts.send(new GetWebIdentityTokenCommand({ ...asked, ...input }));
  return WebIdentityToken;
}

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
