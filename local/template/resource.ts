import { createHash } from 'node:crypto';
import { asPolicy, type PolicyDocument } from '../iam/document.ts';
import type { Model } from './model.ts';

/** Where a template is deployed. */
export type Place = {
  readonly account: string;
  readonly region: string;
  readonly stack: string;
  /** Address of all services, which is in the URLs of queues; AWS's own when absent. */
  readonly endpoint?: string;
};

/** A resource to deploy: its properties are resolved. */
export type Deploying = {
  readonly logicalId: string;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly place: Place;
  readonly model: Model;
  /** Folder of an asset by its key in the staging bucket. */
  readonly asset: (key: string) => string;
  /** Path of an API resource by its id, and the place to note new ones. */
  readonly paths: Map<string, string>;
};

/** What `Ref` and `Fn::GetAtt` answer for a resource. */
export type Deployed = { readonly ref: string; readonly attributes: Readonly<Record<string, string>> };

/** One kind of resource: adds itself to the model. */
export type Deploy = (resource: Deploying) => Deployed;

/** The policy document of a property; throws when it is none. */
export function policyOf(resource: Deploying, name: string): PolicyDocument {
  return document(resource, resource.properties[name]);
}

/** A value as a policy document; throws when it is none. */
export function document({ logicalId }: Deploying, value: unknown): PolicyDocument {
  const policy = asPolicy(value);
  if (!policy) throw new Error(`${logicalId} holds a policy that is none`);
  return policy;
}

/** A string property, undefined when absent. */
export function text(properties: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const value = properties[name];
  return typeof value === 'string' ? value : undefined;
}

/** A number property, which CloudFormation takes as text too; undefined when absent, throws when it is no number. */
export function number(properties: Readonly<Record<string, unknown>>, name: string): number | undefined {
  const value = properties[name];
  if (value === undefined) return undefined;
  if (value === '' || !Number.isFinite(Number(value))) throw new Error(`${name} is no number: ${value}`);
  return Number(value);
}

/** A property that may be one value or a list. */
export function list(value: unknown): readonly unknown[] {
  return value === undefined ? [] : Array.isArray(value) ? value : [value];
}

/** A name as CloudFormation makes them: stack, logical id and something unique. */
export function physicalName(resource: Deploying): string {
  const { place, logicalId } = resource;
  return `${place.stack}-${logicalId}-${digest(resource, 8)}`.slice(-64).replace(/^-+/, '');
}

/** Characters that are a resource's own and stay the same. */
export function digest({ place, logicalId }: Deploying, characters: number): string {
  return createHash('sha256').update(`${place.stack}/${logicalId}`).digest('hex').slice(0, characters);
}

/** Throws for a property that is not among those that are emulated or change nothing here. */
export function only({ logicalId, properties }: Deploying, ...known: readonly string[]): void {
  const unknown = Object.keys(properties).find((name) => !known.includes(name) && name !== 'Tags');
  if (unknown !== undefined) throw new Error(`${logicalId}: the property ${unknown} is not emulated`);
}

/** The ARN of a function that is named by it or by its name; throws for what is no function. */
export function functionArn({ logicalId, place }: Deploying, nameOrArn: string): string {
  const { region, account } = place;
  const arn = nameOrArn.includes(':')
    ? nameOrArn
    : `arn:aws:lambda:${region}:${account}:function:${nameOrArn}`;
  if (!/^arn:aws:lambda:[^:]+:\d{12}:function:[\w-]+$/.test(arn))
    throw new Error(`${logicalId}: only functions, without version or alias, not ${nameOrArn}`);
  return arn;
}
