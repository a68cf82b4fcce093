// The CDK app. Context: deployment, policies (a folder), trustDomain, shards, publicUrl (of a custom domain), operators and
// approvers and services (ARNs of roles, with commas between); true or false: scopedCredentials, apiLogRole, nag.
import { App } from 'aws-cdk-lib';
import { PolicySourceError } from '../core/policy/source.ts';
import { BrokerStack } from '../lib/broker-stack.ts';
import { checkedSynth } from '../lib/checked-synth.ts';
import { exceptionsFor } from '../lib/exceptions.ts';
import { type PolicySet, readPolicies } from '../lib/policies.ts';
import { agentsAmong, readRoles } from '../lib/role-lists.ts';

const app = new App();
const context = (name: string, otherwise: string): string =>
  String(app.node.tryGetContext(name) ?? otherwise);

function exit(message: string): never {
  console.error(message);
  process.exit(1);
}

function flag(name: string): boolean {
  const value = context(name, 'true');
  if (value !== 'true' && value !== 'false') exit(`${name} is ${value}: use true or false`);
  return value === 'true';
}

function policiesOrExit(folder: string): PolicySet {
  try {
    return readPolicies(folder);
  } catch (error) {
    if (!(error instanceof PolicySourceError)) throw error;
    return exit(`The policies do not compile, so nothing was synthesized:\n${error.message}`);
  }
}

function rolesOrExit(group: 'operators' | 'approvers' | 'services'): string[] {
  try {
    return readRoles(group, context(group, 'none'));
  } catch (error) {
    return exit(error instanceof Error ? error.message : String(error));
  }
}

function publicUrlOrExit(): string | undefined {
  const url = context('publicUrl', 'own');
  if (url === 'own') return undefined;
  // Proofs name it character by character, so it is written as agents will write it.
  if (!/^https:\/\/(?:[a-z0-9-]{1,63}\.){1,8}[a-z]{2,63}(?:\/[A-Za-z0-9_-]{1,64})?$/.test(url))
    exit(
      `publicUrl is ${url}: use https://<domain> or https://<domain>/<base path>, without a slash at the end`,
    );
  return url;
}

function problemsOrExit(): string[] {
  const { policies, systems } = policySet;
  const inNetwork = systems.network !== undefined;
  try {
    return checkedSynth(app, { exceptions: exceptionsFor({ apiLogRole, policies, inNetwork }), policies });
  } catch (error) {
    // What validation plugins found; the report is printed or in the message, and a trace would bury it.
    if (!(error instanceof Error && error.name === 'ValidationFailed')) throw error;
    return exit(error.message);
  }
}

const deployment = context('deployment', 'mayfly');
if (!/^[a-z][a-z0-9-]{0,11}$/.test(deployment)) {
  throw new Error(`deployment is ${deployment}: use at most 12 of a-z 0-9 -, a letter first`);
}
const shards = Number(context('shards', '4'));
if (!Number.isInteger(shards) || shards < 1 || shards > 16)
  throw new Error('shards is a whole number from 1 to 16');
const apiLogRole = flag('apiLogRole');
const policySet = policiesOrExit(context('policies', 'policies'));
const [operators, approvers] = [rolesOrExit('operators'), rolesOrExit('approvers')];
const services = rolesOrExit('services');
const both = agentsAmong([...operators, ...approvers, ...services], policySet.policies);
if (both.length > 0)
  exit(
    `${both.join(', ')}: an agent's role never operates the broker, never decides, and never asks about tokens`,
  );
const { CDK_DEFAULT_ACCOUNT: account, CDK_DEFAULT_REGION: region } = process.env;
const stack = new BrokerStack(app, deployment, {
  deployment,
  shards,
  narrowing: flag('scopedCredentials') ? 'scoped_credentials' : 'session_policy',
  trustDomain: context('trustDomain', 'mayfly.local'),
  policySet,
  operators,
  approvers,
  services,
  apiLogRole,
  publicUrl: publicUrlOrExit(),
  ...(account && region && { env: { account, region } }),
});
if (flag('nag')) (await import('../lib/nag.ts')).addNag(app, stack);
const problems = problemsOrExit();
if (problems.length > 0)
  exit(`The stack holds what must not or cannot be deployed:

${problems.map((problem) => `  ${problem}`).join('\n')}

Statements name exact actions, resources and principals. Only where AWS leaves no other way, add an exception with its
reason to lib/exceptions.ts.`);
