import { STSClient } from '@aws-sdk/client-sts';
import { type Account, startAccount } from '../../local/account.ts';
import { createClock } from '../../local/clock.ts';
import type { PolicyDocument, PolicyStatement } from '../../local/iam/document.ts';
import type { Session } from '../../local/iam/store.ts';

/** An empty account of the emulation, in which time stands still until a test moves it. */
export function newAccount(): Promise<Account> {
  const start = Date.now();
  return startAccount(
    { account: '111122223333', region: 'eu-central-1' },
    () => {},
    (line) => {
      throw new Error(line);
    },
    createClock(() => start),
  );
}

export function policy(...statements: PolicyStatement[]): PolicyDocument {
  return { Version: '2012-10-17', Statement: statements };
}

export function allow(action: string | string[], resource = '*'): PolicyStatement {
  return { Effect: 'Allow', Action: action, Resource: resource };
}

/** Adds a role that the account's principals may assume if their own policies let them. */
export function addRole(account: Account, name: string, ...statements: PolicyStatement[]) {
  return account.iam.putRole({
    name,
    path: '/',
    trust: policy({
      Effect: 'Allow',
      Principal: { AWS: 'arn:aws:iam::111122223333:root' },
      Action: ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'],
    }),
    inline: new Map(statements.length > 0 ? [['own', policy(...statements)]] : []),
    managed: [],
    boundary: undefined,
    maxSession: 3_600,
  });
}

/** Keys of a new session of a role, as an SDK takes them. */
export function credentialsOf({ accessKeyId, secretAccessKey, sessionToken }: Session) {
  return { accessKeyId, secretAccessKey, sessionToken };
}

type Keys = { accessKeyId: string; secretAccessKey: string; sessionToken: string };

/** What every SDK client needs to talk to the account with these keys; nothing is tried again. */
export function clientConfig(account: Account, credentials: Keys) {
  return { region: account.region, endpoint: account.endpoint, maxAttempts: 1, credentials };
}

/** An STS client for a new session of a role. */
export function stsOf(account: Account, roleName: string): STSClient {
  const session = account.iam.openServiceSession(roleName, 'session', 6 * 3_600);
  return new STSClient(clientConfig(account, credentialsOf(session)));
}
