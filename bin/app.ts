// The CDK app. Context: deployment, policies (a folder), trustDomain, shards, scopedCredentials.
import { App } from 'aws-cdk-lib';
import { PolicySourceError } from '../core/policy/source.ts';
import { BrokerStack } from '../lib/broker-stack.ts';
import { type PolicySet, readPolicies } from '../lib/policies.ts';

const app = new App();
const context = (name: string, otherwise: string): string =>
  String(app.node.tryGetContext(name) ?? otherwise);

function policiesOrExit(folder: string): PolicySet {
  try {
    return readPolicies(folder);
  } catch (error) {
    if (!(error instanceof PolicySourceError)) throw error;
    console.error(`The policies do not compile, so nothing was synthesized:\n${error.message}`);
    process.exit(1);
  }
}

const deployment = context('deployment', 'mayfly');
if (!/^[a-z][a-z0-9-]{0,11}$/.test(deployment)) {
  throw new Error(`deployment is ${deployment}: use at most 12 of a-z 0-9 -, a letter first`);
}
const shards = Number(context('shards', '4'));
if (!Number.isInteger(shards) || shards < 1 || shards > 16)
  throw new Error('shards is a whole number from 1 to 16');
const scoped = context('scopedCredentials', 'true');
if (scoped !== 'true' && scoped !== 'false') throw new Error('scopedCredentials is true or false');
const { CDK_DEFAULT_ACCOUNT: account, CDK_DEFAULT_REGION: region } = process.env;
new BrokerStack(app, deployment, {
  deployment,
  shards,
  narrowing: scoped === 'true' ? 'scoped_credentials' : 'session_policy',
  trustDomain: context('trustDomain', 'mayfly.local'),
  policySet: policiesOrExit(context('policies', 'policies')),
  ...(account && region && { env: { account, region } }),
});
