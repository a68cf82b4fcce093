import type { Account } from './account.ts';
import { deliveredSeconds } from './deployment.ts';
import type { PolicyDocument } from './iam/document.ts';
import type { Place } from './iam/place.ts';
import type { Session } from './iam/store.ts';
import type { LocalBroker, LocalCredentials, Runtime } from './local-broker.ts';

/** The controls of a local broker that say who there is: roles, their credentials, issuers and providers of tokens. */
export type IdentityControls = Pick<
  LocalBroker,
  | 'createRole'
  | 'credentialsFor'
  | 'credentialsIn'
  | 'webIdentityIssuer'
  | 'outboundFederation'
  | 'trustIssuer'
>;

/** The controls of who there is. */
export function identityControls({ iam, issuers, providers, region }: Account): IdentityControls {
  return {
    createRole(name, statements, account = iam.account, { path = '/', trust = [ec2Trust] } = {}) {
      const policies = statements.length > 0 ? [['inline', { Version, Statement: statements }] as const] : [];
      const rest = { managed: [], boundary: undefined, maxSession: 3_600, account };
      iam.putRole({ name, path, trust: { Version, Statement: trust }, inline: new Map(policies), ...rest });
    },
    credentialsFor: (roleName, sessionName, account = iam.account) =>
      keysOf(iam.openServiceSession(roleName, sessionName, deliveredSeconds, account)),
    credentialsIn(runtime, roleName, account = iam.account) {
      const name = 'lambda' in runtime ? runtime.lambda : runtime.instance;
      const place = placeOf(runtime, account, region);
      return keysOf(iam.openServiceSession(roleName, name, deliveredSeconds, account, place));
    },
    webIdentityIssuer: (account = iam.account) => issuers.issuer(account),
    outboundFederation(enabled, account = iam.account) {
      if (enabled) issuers.disabled.delete(account);
      else issuers.disabled.add(account);
    },
    trustIssuer: (issuer, jwksUri, clientIds, account = iam.account) =>
      providers.put(account, { issuer, jwksUri, clientIds }).arn,
  };
}

function keysOf({ accessKeyId, secretAccessKey, sessionToken }: Session): LocalCredentials {
  return { accessKeyId, secretAccessKey, sessionToken };
}

function placeOf(runtime: Runtime, account: string, region: string): Place {
  if ('lambda' in runtime)
    return { functionArn: `arn:aws:lambda:${region}:${account}:function:${runtime.lambda}` };
  const { instance, vpc, privateIp = '10.0.0.10' } = runtime;
  return { instanceArn: `arn:aws:ec2:${region}:${account}:instance/${instance}`, vpc, privateIp };
}

const Version = '2012-10-17';

const ec2Trust: PolicyDocument['Statement'][number] = {
  Effect: 'Allow',
  Principal: { Service: 'ec2.amazonaws.com' },
  Action: 'sts:AssumeRole',
};
