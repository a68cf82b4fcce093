import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { AccessLogFormat, CfnAccount } from 'aws-cdk-lib/aws-apigateway';
import { Effect, PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';

/** What is written of each request. Headers, queries and bodies carry credentials and proofs: none of them. */
const fields = {
  request_id: '$context.requestId',
  time: '$context.requestTimeEpoch',
  method: '$context.httpMethod',
  resource: '$context.resourcePath',
  status: '$context.status',
  source_ip: '$context.identity.sourceIp',
  caller: '$context.identity.userArn',
  latency_ms: '$context.responseLatency',
  response_bytes: '$context.responseLength',
};

/** One JSON object per request; `time` in epoch milliseconds, `resource` as the route spells it, without ids. */
export const accessLogFormat = AccessLogFormat.custom(JSON.stringify(fields));

export type ApiAccessLogProps = {
  /** Whether API Gateway gets a role for its logs: an account and region has one, whichever API sets it. */
  readonly role: boolean;
};

/**
 * The access log of the API, and the role that API Gateway writes it with. That role is a setting of the
 * account in this region, for all of its APIs: the last stack that sets it wins. Where one is set already,
 * deploy with `-c apiLogRole=false`. Both outlive the stack, as other APIs' logs would stop without them.
 */
export class ApiAccessLog extends Construct {
  readonly logGroup: LogGroup;
  /** The account's setting, which a stage that logs needs to be there first. */
  readonly account: CfnAccount | undefined;

  constructor(scope: Construct, id: string, props: ApiAccessLogProps) {
    super(scope, id);
    this.logGroup = new LogGroup(this, 'Logs', {
      retention: RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    this.account = props.role ? this.accountWithRole() : undefined;
  }

  private accountWithRole(): CfnAccount {
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('apigateway.amazonaws.com'),
      description: 'API Gateway writes the logs of the APIs of this account and region',
      inlinePolicies: { logs: new PolicyDocument({ statements: [this.writesLogs()] }) },
    });
    role.applyRemovalPolicy(RemovalPolicy.RETAIN);
    const account = new CfnAccount(this, 'Account', { cloudWatchRoleArn: role.roleArn });
    account.applyRemovalPolicy(RemovalPolicy.RETAIN);
    return account;
  }

  /** As AmazonAPIGatewayPushToCloudWatchLogs, but in this account and region, and without reading logs. */
  private writesLogs(): PolicyStatement {
    const { partition, region, account } = Stack.of(this);
    return new PolicyStatement({
      effect: Effect.ALLOW,
      actions: [
        'logs:CreateLogGroup',
        'logs:CreateLogStream',
        'logs:DescribeLogGroups',
        'logs:DescribeLogStreams',
        'logs:PutLogEvents',
      ],
      resources: [`arn:${partition}:logs:${region}:${account}:log-group:*`],
    });
  }
}
