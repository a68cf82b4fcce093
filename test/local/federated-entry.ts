import {
  AssumeRoleWithWebIdentityCommand,
  type AssumeRoleWithWebIdentityCommandInput,
  STSClient,
} from '@aws-sdk/client-sts';
import type { PolicyStatement } from '../../local/iam/document.ts';
import { startIdentityProvider } from '../../local/people/identity-provider.ts';
import { addRole, allow, newAccount, policy } from './account.ts';

/** The role that tokens open. */
export const entryArn = 'arn:aws:iam::111122223333:role/entry';

/** An account with a provider of tokens, and whoever comes with one. */
export async function federatedEntry() {
  const account = await newAccount();
  const provider = await startIdentityProvider(account.clock.now);
  const host = provider.url.replace('http://', '');
  const providerArn = `arn:aws:iam::${account.account}:oidc-provider/${host}`;
  // Without keys: the call is not signed, and must not need any.
  const credentials = () => Promise.reject(new Error('this call is not signed'));
  const { region, endpoint } = account;
  const anybody = new STSClient({ region, endpoint, maxAttempts: 1, credentials });
  return {
    account,
    provider,
    host,
    providerArn,
    /** Makes the role `entry`, guarded by these conditions, and registers the provider; `trusted` changes the trust. */
    entry(
      Condition: PolicyStatement['Condition'] = { StringEquals: { [`${host}:aud`]: 'mayfly' } },
      trusted: Partial<PolicyStatement> = {},
    ) {
      const role = addRole(account, 'entry', allow('sts:GetWebIdentityToken'));
      const Principal = { Federated: providerArn };
      const Action = 'sts:AssumeRoleWithWebIdentity';
      const trust = policy({ Effect: 'Allow', Principal, Action, Condition, ...trusted });
      account.iam.changeRole({ ...role, trust });
      const jwksUri = `${provider.url}/keys`;
      account.providers.put(account.account, { issuer: provider.url, jwksUri, clientIds: ['mayfly'] });
    },
    /** Assumes the role by a token. */
    assume: (token: string, input: Partial<AssumeRoleWithWebIdentityCommandInput> = {}) =>
      anybody.send(
        new AssumeRoleWithWebIdentityCommand({
          RoleArn: entryArn,
          RoleSessionName: 'session',
          WebIdentityToken: token,
          ...input,
        }),
      ),
    async stop() {
      await provider.close();
      await account.stop();
    },
  };
}
