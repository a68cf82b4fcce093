import { resolve } from 'node:path';
import { Duration, RemovalPolicy, Stack, Stage } from 'aws-cdk-lib';
import { Effect, PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Architecture,
  type CfnFunction,
  Code,
  Function as LambdaFunction,
  RecursiveLoop,
  Runtime,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { type BesideBundle, bundle } from './bundle.ts';

/** What one function may do: exact actions on exact ARNs. */
export type Permission = { readonly actions: readonly string[]; readonly resources: readonly string[] };

export type BrokerFunctionProps = {
  /** The folder below `lambda/`. */
  readonly name: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly permissions: readonly Permission[];
  readonly beside?: BesideBundle;
  /** Name of the function in AWS; CloudFormation makes one where it does not matter. */
  readonly functionName?: string;
  /** Seconds that one invocation may take; two calls of AWS in full patience (lambda/aws/patience.ts) and an answer fit in 20. */
  readonly seconds?: number;
  /** Where in a VPC it runs; outside of any when absent. */
  readonly network?: { readonly subnets: readonly string[]; readonly security_groups: readonly string[] };
  /** Whether it sends messages to its own queue by design: Lambda would stop the chain after about 16 of them. */
  readonly callsItself?: true;
};

/** One function with a role and a log group of its own; no AWS-managed policy. */
export class BrokerFunction extends Construct {
  readonly fn: LambdaFunction;
  readonly role: Role;
  readonly logGroup: LogGroup;

  constructor(scope: Construct, id: string, props: BrokerFunctionProps) {
    super(scope, id);
    this.logGroup = new LogGroup(this, 'Logs', {
      retention: RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    const permissions = [
      ...props.permissions,
      { actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], resources: [this.logGroup.logGroupArn] },
      { actions: ['xray:PutTelemetryRecords', 'xray:PutTraceSegments'], resources: ['*'] },
    ];
    this.role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: `Mayfly ${props.name} function`,
      inlinePolicies: { exact: new PolicyDocument({ statements: permissions.map(allow) }) },
    });
    this.fn = new LambdaFunction(this, 'Function', {
      description: `Mayfly ${props.name}`,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: 512,
      timeout: Duration.seconds(props.seconds ?? 20),
      handler: 'index.handler',
      code: Code.fromAsset(bundle(props.name, props.beside ?? {}, bundlesOf(this))),
      environment: { ...props.environment },
      // Imported, so that CDK adds no permission of its own: every permission of a function stands above.
      role: Role.fromRoleArn(this, 'Given', this.role.roleArn, { mutable: false }),
      logGroup: this.logGroup,
      tracing: Tracing.ACTIVE,
      ...(props.functionName !== undefined && { functionName: props.functionName }),
      // Lambda developer guide, recursive loop detection.
      ...(props.callsItself && { recursiveLoop: RecursiveLoop.ALLOW }),
    });
    this.fn.node.addDependency(this.role);
    const { network } = props;
    if (network)
      // By ids, as CDK would look up a VPC in the account.
      (this.fn.node.defaultChild as CfnFunction).vpcConfig = {
        subnetIds: [...network.subnets],
        securityGroupIds: [...network.security_groups],
      };
  }
}

/** Absolute, since the bundler works from the root of the project. */
function bundlesOf(scope: Construct): string {
  return resolve(Stage.of(scope)?.outdir ?? 'cdk.out', 'bundles');
}

function allow({ actions, resources }: Permission): PolicyStatement {
  return new PolicyStatement({ effect: Effect.ALLOW, actions: [...actions], resources: [...resources] });
}

/** The account, region and partition of a construct's stack, for ARNs. */
export function place(scope: Construct): { account: string; region: string; partition: string } {
  const { account, region, partition } = Stack.of(scope);
  return { account, region, partition };
}
