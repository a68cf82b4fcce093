import {
  AuthorizationType,
  EndpointType,
  LambdaIntegration,
  LogGroupLogDestination,
  RestApi,
} from 'aws-cdk-lib/aws-apigateway';
import { ManagedPolicy, PolicyDocument, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { ApiAccessLog, accessLogFormat } from './api-access-log.ts';
import {
  type Called,
  type Callers,
  calls,
  type Group,
  resourcePolicy,
  routePath,
  stageName,
} from './api-policy.ts';
import { everyRoute, throttles } from './throttles.ts';

/** A route with its callers, and the function that answers it. */
export type ApiRoute = Called & { readonly fn: IFunction };

export type BrokerApiProps = Callers & {
  readonly deployment: string;
  /** Whether to give API Gateway a role for its logs: {@link ApiAccessLog}. */
  readonly apiLogRole: boolean;
};

/**
 * The REST API, closed twice: every route but `/.well-known/*` is AWS_IAM, and the resource policy denies
 * whoever is not listed, because within one account an identity policy alone would open it.
 */
export class BrokerApi extends Construct {
  readonly api: RestApi;
  private readonly policy = new PolicyDocument();
  private readonly callers: Callers;

  constructor(scope: Construct, id: string, props: BrokerApiProps) {
    super(scope, id);
    this.callers = props;
    const accessLog = new ApiAccessLog(this, 'AccessLog', { role: props.apiLogRole });
    this.api = new RestApi(this, 'Api', {
      restApiName: props.deployment,
      description: 'Mayfly credential broker',
      endpointTypes: [EndpointType.REGIONAL],
      policy: this.policy,
      cloudWatchRole: false,
      deployOptions: {
        stageName,
        ...everyRoute,
        accessLogDestination: new LogGroupLogDestination(accessLog.logGroup),
        accessLogFormat,
        tracingEnabled: true,
        methodOptions: { ...throttles },
      },
    });
    if (accessLog.account) this.api.deploymentStage.node.addDependency(accessLog.account);
  }

  /**
   * Adds the routes, what the resource policy says of them, and a policy for each group of callers, to be attached
   * to their roles; called once the functions exist, which need the API's address to be made. Answers those policies.
   */
  serve(routes: readonly ApiRoute[]): Readonly<Record<Group, ManagedPolicy>> {
    for (const { route, fn, callers } of routes) {
      const [method = '', path = ''] = route.split(' ');
      this.api.root
        .resourceForPath(path)
        .addMethod(method, new LambdaIntegration(fn, { allowTestInvoke: false }), {
          authorizationType: callers === 'everybody' ? AuthorizationType.NONE : AuthorizationType.IAM,
        });
    }
    this.policy.addStatements(...resourcePolicy(routes, this.callers));
    return {
      agent: this.access('AgentAccess', 'agent', routes, 'Lets an agent call the broker'),
      operator: this.access('OperatorAccess', 'operator', routes, 'Lets an operator call the broker'),
      approver: this.access('ApproverAccess', 'approver', routes, 'Lets an approver call the broker'),
      service: this.access(
        'ServiceAccess',
        'service',
        routes,
        'Lets a service ask about tokens of the broker',
      ),
    };
  }

  private access(id: string, group: Group, routes: readonly ApiRoute[], what: string): ManagedPolicy {
    const called = routes.filter((each) => calls(group, each)).map(({ route }) => this.arnOf(route));
    return new ManagedPolicy(this, id, {
      description: `${what}; its own policies decide whom it answers`,
      statements: [new PolicyStatement({ actions: ['execute-api:Invoke'], resources: called })],
    });
  }

  private arnOf(route: string): string {
    const { partition, region, account } = this.api.stack;
    return `arn:${partition}:execute-api:${region}:${account}:${this.api.restApiId}/${stageName}/${routePath(route)}`;
  }
}

/** The address of an API, spelled out: `api.url` would make the functions depend on the deployment of their own routes. */
export function publicUrlOf(api: RestApi): string {
  const { region, urlSuffix } = api.stack;
  return `https://${api.restApiId}.execute-api.${region}.${urlSuffix}/${stageName}`;
}
