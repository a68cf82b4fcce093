import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { GetScopedCredentialsCommand } from '@aws-sdk/client-sts';
import { expect, test } from 'vitest';
import { groupActions, renderPolicy, sessionPolicy } from '../../core/session-policy.ts';
import { after } from '../../core/time.ts';
import { addRole, allow, clientConfig, newAccount, stsOf } from './account.ts';

const groups = groupActions([
  { actions: ['s3:GetObject'], resources: ['arn:aws:s3:::acme-invoices/acme/4711.json'] },
]);

test('the deadline in the policy denies even where STS would still let the credentials live', async () => {
  const account = await newAccount();
  addRole(account, 'grant', allow(['s3:*', 'sts:GetScopedCredentials']));
  account.buckets.set('acme-invoices', { objects: new Map(), policy: undefined });
  account.buckets.get('acme-invoices')?.objects.set('acme/4711.json', {
    body: Buffer.from('{}'),
    type: 'application/json',
    modified: new Date(0),
  });
  const deadline = after(account.clock.now(), 144);
  const Policy = renderPolicy(sessionPolicy({ groups, keyUses: [] }, deadline));
  const scoped = await stsOf(account, 'grant').send(
    new GetScopedCredentialsCommand({ Policy, DurationSeconds: 900 }),
  );
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = scoped.Credentials ?? {};
  const keys = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
  const s3 = new S3Client({ ...clientConfig(account, keys), forcePathStyle: true });
  const read = () => s3.send(new GetObjectCommand({ Bucket: 'acme-invoices', Key: 'acme/4711.json' }));

  account.clock.advance(deadline - account.clock.now() - 1);
  await expect(read()).resolves.toBeDefined();
  account.clock.advance(1);
  await expect(read()).rejects.toMatchObject({ name: 'AccessDenied' });
  expect(account.decisions.at(-1)?.why).toContain('aws:CurrentTime');
  await account.stop();
});
