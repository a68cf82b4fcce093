import { publicUrlVariable } from '../core/settings.ts';
import type { Account } from './account.ts';
import { createGateway } from './api/gateway.ts';
import { createKmsKey } from './aws/kms.ts';
import { createFunctionHost, type FunctionHost, type HostWorld } from './functions/host.ts';
import type { Responder } from './http/serve.ts';
import type { FunctionDefinition, Model } from './template/model.ts';

/** A template at work in an account. */
export type Deployment = {
  /** Answers requests to the API. */
  readonly respond: Responder;
  /** Ends every environment of the functions whose name holds this text. */
  crash(functionName: string): Promise<void>;
};

/** What earlier deployments left in the account; each deployment brings it up to date. */
export type Deployed = { readonly tables: Set<string>; roles: ReadonlySet<string> };

/** Seconds that credentials delivered to functions and agents live, as Lambda's and EC2's do. */
export const deliveredSeconds = 6 * 3_600;

/**
 * Deploys a model into an account. What is there already is kept where it holds state (tables, keys, and the
 * unique ids of roles) and replaced where it does not (policies, functions, routes).
 */
export async function deploy(
  account: Account,
  model: Model,
  previous: Deployed,
  url: string,
  onLog: HostWorld['onLog'],
  report: (line: string) => void,
): Promise<Deployment> {
  const { iam, clock, region, endpoint } = account;
  for (const { arn, document } of model.managedPolicies) iam.managedPolicies.set(arn, document);
  for (const role of model.roles) iam.putRole(role);
  const names = new Set(model.roles.map(({ name }) => name));
  for (const name of previous.roles) if (!names.has(name)) iam.removeRole(name);
  previous.roles = names;
  for (const { arn, policy } of model.keys)
    if (!account.keys.has(arn)) account.keys.set(arn, createKmsKey(arn, policy));
  for (const table of model.tables.filter(({ TableName }) => !previous.tables.has(TableName))) {
    await account.createTable(table);
    previous.tables.add(table.TableName);
  }
  const world: HostWorld = {
    clock,
    region,
    endpoint,
    openSession: ({ roleName, name }) => iam.openServiceSession(roleName, name, deliveredSeconds),
    onLog,
  };
  const functions = new Map<string, FunctionHost>(
    model.functions.map((each) => [each.arn, createFunctionHost(withPublicUrl(each, url), world)]),
  );
  const { api, stage } = onlyApi(model);
  const { routes, permissions } = model;
  return {
    respond: createGateway({ ...account, api, stage, routes, permissions, functions, report }),
    async crash(text) {
      const meant = [...functions.values()].filter(({ definition }) => definition.name.includes(text));
      await Promise.all(meant.map((host) => host.crash()));
    },
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
