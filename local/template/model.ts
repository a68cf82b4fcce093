import type { TableDefinition } from '../aws/dynamodb.ts';
import type { KeySpec } from '../aws/kms-keys.ts';
import type { Subscription, TopicDefinition, TopicPolicyDefinition } from '../aws/sns-topics.ts';
import type { QueueDefinition } from '../aws/sqs-message.ts';
import type { PolicyDocument } from '../iam/document.ts';
import type { NewRole } from '../iam/role.ts';

/** A function as the template describes it. */
export type FunctionDefinition = {
  readonly logicalId: string;
  readonly name: string;
  readonly arn: string;
  readonly roleName: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Seconds. */
  readonly timeout: number;
  /** Folder that holds the bundle. */
  readonly code: string;
  /** `<module>.<export>`. */
  readonly handler: string;
  /** Reserved concurrency, undefined where none is reserved. */
  readonly reserved: number | undefined;
};

/** One method of one resource of an API. */
export type RouteDefinition = {
  readonly apiId: string;
  readonly method: string;
  /** Path with parameters in braces, such as `/v1/leases/{id}`. */
  readonly resource: string;
  readonly authorization: 'AWS_IAM' | 'NONE';
  readonly functionArn: string;
};

/** A REST API and its one stage. */
export type ApiDefinition = { readonly id: string; readonly policy: PolicyDocument | undefined };

/** Who may invoke a function. */
export type InvokePermission = {
  readonly functionArn: string;
  /** A service, the number of an account, or the ARN of an IAM principal. */
  readonly principal: string;
  /** ARN pattern of the source, where one is required. */
  readonly sourceArn: string | undefined;
};

/** Who may use queues, beside those whom IAM lets: the resource policy of each queue with one of these URLs. */
export type QueuePolicyDefinition = { readonly urls: readonly string[]; readonly policy: PolicyDocument };

/** A queue whose messages a function is given. */
export type MappingDefinition = {
  readonly queueArn: string;
  readonly functionArn: string;
  /** Most messages of one invocation. */
  readonly batchSize: number;
  /** Whether the function may say which messages of a batch failed. */
  readonly reportsFailures: boolean;
  /** Most invocations at a time, undefined where the template sets none. */
  readonly concurrency: number | undefined;
  readonly enabled: boolean;
};

/** A rule that fires regularly, and the functions that it invokes. */
export type RuleDefinition = {
  readonly name: string;
  readonly arn: string;
  readonly seconds: number;
  readonly enabled: boolean;
  readonly targets: readonly {
    readonly functionArn: string;
    /** The event instead of the rule's own, as JSON. */
    readonly input: string | undefined;
  }[];
};

export type KeyDefinition = {
  readonly logicalId: string;
  readonly arn: string;
  readonly policy: PolicyDocument;
  readonly spec: KeySpec;
};
export type RoleDefinition = NewRole;
export type ManagedPolicyDefinition = { readonly arn: string; readonly document: PolicyDocument };

/** Everything a template deploys, with all references resolved. */
export type Model = {
  readonly tables: TableDefinition[];
  readonly roles: RoleDefinition[];
  readonly managedPolicies: ManagedPolicyDefinition[];
  readonly keys: KeyDefinition[];
  readonly functions: FunctionDefinition[];
  readonly apis: ApiDefinition[];
  readonly stages: { readonly apiId: string; readonly name: string }[];
  readonly routes: RouteDefinition[];
  readonly permissions: InvokePermission[];
  readonly queues: QueueDefinition[];
  readonly queuePolicies: QueuePolicyDefinition[];
  readonly topics: TopicDefinition[];
  readonly topicPolicies: TopicPolicyDefinition[];
  readonly subscriptions: Subscription[];
  readonly mappings: MappingDefinition[];
  readonly rules: RuleDefinition[];
  readonly outputs: Record<string, string>;
};
