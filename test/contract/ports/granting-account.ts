import { KMSClient } from '@aws-sdk/client-kms';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { createKmsKey } from '../../../local/aws/kms-keys.ts';
import { addRole, allow, clientConfig, credentialsOf, newAccount, policy } from '../../local/account.ts';
import { grantKeyArn } from '../../ports/memory-symmetric-kms.ts';

/** The embedded AWS with the key that seals and a secret, as a function that makes grants sees it; `stop` ends it. */
export async function grantingAccount(secretArn: string, secret: string) {
  const account = await newAccount();
  const root = { AWS: `arn:aws:iam::${account.account}:root` };
  const keyPolicy = policy({ Effect: 'Allow', Principal: root, Action: 'kms:*', Resource: '*' });
  account.keys.set(grantKeyArn, createKmsKey(grantKeyArn, keyPolicy, 'SYMMETRIC_DEFAULT'));
  account.secrets.create(secretArn, secret);
  addRole(account, 'oauth', allow(['kms:Encrypt', 'kms:Decrypt', 'secretsmanager:GetSecretValue']));
  const session = account.iam.openServiceSession('oauth', 'session', 3_600);
  const config = clientConfig(account, credentialsOf(session));
  return {
    kms: new KMSClient(config),
    secretsManager: new SecretsManagerClient(config),
    rotate: (text: string) => account.secrets.rotate(secretArn, text),
    stop: account.stop,
  };
}
