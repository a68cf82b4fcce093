import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { resolve } from './intrinsics.ts';
import type { Model } from './model.ts';
import type { Deployed, Place } from './resource.ts';
import { resourceTypes } from './resources.ts';

/** A CloudFormation template as JSON. */
export type Template = {
  readonly Resources: Record<string, { Type: string; Properties?: Record<string, unknown> }>;
  readonly Outputs?: Record<string, { Value: unknown }>;
};

/** Resource types that are left out, each with its reason. */
const leftOut: Readonly<Record<string, string>> = {
  'AWS::ApiGateway::Account':
    'it only says with which role API Gateway writes logs, and none are written here',
  'AWS::CDK::Metadata': 'it only tells AWS which constructs were used',
  'AWS::CloudWatch::Alarm': 'no metrics are kept here that could raise it',
  'AWS::CloudWatch::AnomalyDetector': 'no metrics are kept here that it could learn from',
  'AWS::CloudWatch::Dashboard': 'no metrics are kept here that it could show',
  'AWS::Logs::MetricFilter': 'log lines go to whoever runs this, and no metrics are kept',
  'AWS::Lambda::EventInvokeConfig': 'an asynchronous invocation that fails is not tried again here',
};

/** Reads the one stack of a cloud assembly and the folders of its assets. */
export function readAssembly(folder: string): {
  stack: string;
  template: Template;
  asset: (key: string) => string;
} {
  const json = (name: string) => JSON.parse(readFileSync(join(folder, name), 'utf8'));
  const artifacts: Record<string, { type: string }> = json('manifest.json').artifacts;
  const stacks = Object.keys(artifacts).filter((id) => artifacts[id]?.type === 'aws:cloudformation:stack');
  const [stack] = stacks;
  if (stack === undefined || stacks.length > 1)
    throw new Error(`${folder} holds ${stacks.length} stacks, not one`);
  const files: Record<string, { source: { path: string } }> = json(`${stack}.assets.json`).files;
  const asset = (key: string) => {
    const file = files[key.replace(/\.zip$/, '')];
    if (!file) throw new Error(`the assembly has no asset ${key}`);
    return join(folder, file.source.path);
  };
  return { stack, template: json(`${stack}.template.json`), asset };
}

/**
 * Turns a template into what it would deploy, every reference resolved. Throws on resource types, attributes
 * and intrinsic functions that are not emulated: what is loaded is what the template says, or nothing is.
 */
export function loadTemplate(template: Template, place: Place, asset: (key: string) => string): Model {
  const model: Model = {
    tables: [],
    roles: [],
    managedPolicies: [],
    keys: [],
    functions: [],
    apis: [],
    stages: [],
    routes: [],
    permissions: [],
    queues: [],
    queuePolicies: [],
    topics: [],
    topicPolicies: [],
    subscriptions: [],
    mappings: [],
    rules: [],
    outputs: {},
  };
  const paths = new Map<string, string>();
  const deployed = new Map<string, Deployed | 'deploying'>();
  const references = {
    ref: (name: string) => pseudoParameters(place)[name] ?? deploy(name).ref,
    attribute(logicalId: string, name: string) {
      const value = deploy(logicalId).attributes[name];
      if (value === undefined) throw new Error(`the attribute ${logicalId}.${name} is not emulated`);
      return value;
    },
  };
  const deploy = (logicalId: string): Deployed => {
    const known = deployed.get(logicalId);
    if (known === 'deploying') throw new Error(`${logicalId} depends on itself`);
    if (known) return known;
    const resource = template.Resources[logicalId];
    const kind = resource && resourceTypes[resource.Type];
    if (!kind) throw new Error(`the resource ${logicalId} of type ${resource?.Type} is not emulated`);
    deployed.set(logicalId, 'deploying');
    const properties = resolve(resource.Properties ?? {}, references) as Record<string, unknown>;
    const made = kind({ logicalId, properties, place, model, asset, paths });
    deployed.set(logicalId, made);
    return made;
  };
  for (const [logicalId, { Type }] of Object.entries(template.Resources)) {
    if (!Object.hasOwn(leftOut, Type)) deploy(logicalId);
  }
  for (const [name, { Value }] of Object.entries(template.Outputs ?? {}))
    model.outputs[name] = String(resolve(Value, references));
  return model;
}

function pseudoParameters({ account, region, stack }: Place): Readonly<Record<string, string>> {
  return {
    'AWS::AccountId': account,
    'AWS::Region': region,
    'AWS::Partition': 'aws',
    'AWS::URLSuffix': 'amazonaws.com',
    'AWS::StackName': stack,
  };
}
