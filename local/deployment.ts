import { publicUrlVariable } from '../core/settings.ts';
import type { EpochSeconds } from '../core/time.ts';
import type { Account } from './account.ts';
import { createGateway } from './api/gateway.ts';
import { createKmsKey } from './aws/kms-keys.ts';
import { createSources, type Sources } from './events/sources.ts';
import { createFunctionHost, type FunctionHost, type HostWorld } from './functions/host.ts';
import type { Responder } from './http/serve.ts';
import type { FunctionDefinition, Model } from './template/model.ts';

/** A template at work in an account. */
export type Deployment = {
  /** Answers requests to the API. */
  readonly respond: Responder;
  /** What invokes functions beside the API; to be started. */
  readonly sources: Sources;
  /** Ends every environment of the functions whose name holds this text. */
  crash(functionName: string): Promise<void>;
};

/** What earlier deployments left in the account; each deployment brings it up to date. */
export type Deployed = {
  readonly tables: Set<string>;
  roles: ReadonlySet<string>;
  /** When each rule fired last, by ARN. */
  readonly fired: Map<string, EpochSeconds>;
};

/** What a deployment needs beside account and model. */
export type DeployWorld = {
  /** Address of the API. */
  readonly url: string;
  readonly onLog: HostWorld['onLog'];
  readonly report: (line: string) => void;
  /** Whether rules fire by themselves. */
  readonly schedules: boolean;
  /** Seconds by which a function's clock is ahead of the account's. */
  readonly skew: (functionName: string) => number;
};

/** Seconds that credentials delivered to functions and agents live, as Lambda's and EC2's do. */
export const deliveredSeconds = 6 * 3_600;

/**
 * Deploys a model into an account. What is there already is kept where it holds state (tables, keys, queues, what
 * calls wrote to roles, and the unique ids of roles) and replaced where it does not (policies, functions, routes).
 */
export async function deploy(
  account: Account,
  model: Model,
  previous: Deployed,
  world: DeployWorld,
): Promise<Deployment> {
  deployIam(account, model, previous);
  for (const { arn, policy, spec } of model.keys)
    if (!account.keys.has(arn)) account.keys.set(arn, createKmsKey(arn, policy, spec));
  for (const table of model.tables.filter(({ TableName }) => !previous.tables.has(TableName))) {
    await account.createTable(table);
    previous.tables.add(table.TableName);
  }
  deployQueues(account, model);
  account.topics.deploy(model);
  account.concurrency.deploy(model.functions);
  const { report, schedules } = world;
  const hosts = hostWorld(account, world);
  const functions = new Map<string, FunctionHost>(
    model.functions.map((each) => [each.arn, createFunctionHost(withPublicUrl(each, world.url), hosts)]),
  );
  const { api, stage } = onlyApi(model);
  const { routes, permissions } = model;
  const { openSession } = hosts;
  const { fired } = previous;
  const sources = createSources(model, { account, functions, schedules, fired, openSession, report });
  account.functions.deploy(functions, permissions);
  return {
    respond: createGateway({ ...account, api, stage, routes, permissions, functions, report }),
    sources,
    async crash(text) {
      const meant = [...functions.values()].filter(({ definition }) => definition.name.includes(text));
      if (text !== '' && meant.length === 0) throw new Error(`no name of a function holds ${text}`);
      await Promise.all(meant.map((host) => host.crash()));
    },
  };
}

function deployIam({ iam }: Account, model: Model, previous: Deployed): void {
  for (const { arn, document } of model.managedPolicies) iam.managedPolicies.set(arn, document);
  for (const role of model.roles) iam.putRole(role);
  const names = new Set(model.roles.map(({ name }) => name));
  for (const name of previous.roles) if (!names.has(name)) iam.removeRole(name);
  previous.roles = names;
}

function deployQueues({ queues }: Account, { queues: definitions, queuePolicies }: Model): void {
  for (const definition of definitions) {
    const { name, url, redrive } = definition;
    const policies = queuePolicies.filter(({ urls }) => urls.includes(url));
    if (policies.length > 1)
      throw new Error(`${name} has ${policies.length} policies, and only one would hold`);
    const known = definitions.some(({ arn }) => arn === redrive?.deadLetterArn);
    if (redrive && !known) throw new Error(`${name}: there is no dead-letter queue ${redrive.deadLetterArn}`);
    queues.deploy(definition, policies[0]?.policy);
  }
}

function hostWorld({ iam, clock, region, endpoint, concurrency }: Account, world: DeployWorld): HostWorld {
  return {
    clock,
    clockOffset: ({ name }) => clock.offset() + world.skew(name),
    reserved: (functionArn) => concurrency.reserved(functionArn),
    region,
    endpoint,
    openSession: ({ roleName, name, arn }) =>
      iam.openServiceSession(roleName, name, deliveredSeconds, iam.account, { functionArn: arn }),
    onLog: world.onLog,
  };
}

/** The one API of the model and its stage; throws when there are others. */
export function onlyApi(model: Model) {
  const [api, ...others] = model.apis;
  const stage = model.stages.find(({ apiId }) => apiId === api?.id)?.name;
  if (!api || others.length > 0 || stage === undefined)
    throw new Error('a template with one API and one stage is needed');
  return { api, stage };
}

/** The one setting that a local run overrides, and only where the template sets it: the address of the API. */
function withPublicUrl(definition: FunctionDefinition, url: string): FunctionDefinition {
  const { environment } = definition;
  return Object.hasOwn(environment, publicUrlVariable)
    ? { ...definition, environment: { ...environment, [publicUrlVariable]: url } }
    : definition;
}
