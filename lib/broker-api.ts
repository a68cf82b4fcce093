import {
  AuthorizationType,
  EndpointType,
  LambdaIntegration,
  LogGroupLogDestination,
  RestApi,
} from 'aws-cdk-lib/aws-apigateway';
import { AnyPrincipal, Effect, ManagedPolicy, PolicyDocument, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { ApiAccessLog, accessLogFormat } from './api-access-log.ts';

/** The one stage of the API. */
export const stageName = 'live';

/** A route: `GET /v1/leases/{id}`. Public routes take no authorization. */
export type ApiRoute = { readonly route: string; readonly fn: IFunction; readonly public?: boolean };

export type BrokerApiProps = {
  readonly deployment: string;
  /** ARN patterns of the roles that may call as agents. */
  readonly agents: readonly string[];
  /** ARN pattern of every grant role: denied everywhere. */
  readonly grantRoles: string;
  /** Whether to give API Gateway a role for its logs: {@link ApiAccessLog}. */
  readonly apiLogRole: boolean;
};

/**
 * The REST API, closed twice: every route but `/.well-known/*` is AWS_IAM, and the resource policy denies
 * whoever is not listed, because within one account an identity policy alone would open it.
 */
export class BrokerApi extends Construct {
  readonly api: RestApi;

  constructor(scope: Construct, id: string, props: BrokerApiProps) {
    super(scope, id);
    const accessLog = new ApiAccessLog(this, 'AccessLog', { role: props.apiLogRole });
    this.api = new RestApi(this, 'Api', {
      restApiName: props.deployment,
      description: 'Mayfly credential broker',
      endpointTypes: [EndpointType.REGIONAL],
      policy: new PolicyDocument({ statements: resourcePolicy(props) }),
      cloudWatchRole: false,
      deployOptions: {
        stageName,
        throttlingRateLimit: 200,
        throttlingBurstLimit: 400,
        accessLogDestination: new LogGroupLogDestination(accessLog.logGroup),
        accessLogFormat,
        tracingEnabled: true,
        methodOptions: {
          // Two STS calls each: together half of the 600 a second that an account has (IAM user guide, quotas).
          '/v1/leases/POST': { throttlingRateLimit: 100, throttlingBurstLimit: 200 },
          '/v1/leases/{id}/credentials/POST': { throttlingRateLimit: 50, throttlingBurstLimit: 100 },
          '/.well-known/jwks.json/GET': { throttlingRateLimit: 20, throttlingBurstLimit: 40 },
          '/.well-known/openid-configuration/GET': { throttlingRateLimit: 20, throttlingBurstLimit: 40 },
        },
      },
    });
    if (accessLog.account) this.api.deploymentStage.node.addDependency(accessLog.account);
  }

  /**
   * Adds the routes, and the policy `AgentAccess` for those that agents call; called once the functions exist,
   * which need the API's address to be made. Answers that policy.
   */
  serve(routes: readonly ApiRoute[]): ManagedPolicy {
    for (const { route, fn, public: open } of routes) {
      const [method = '', path = ''] = route.split(' ');
      this.api.root
        .resourceForPath(path)
        .addMethod(method, new LambdaIntegration(fn, { allowTestInvoke: false }), {
          authorizationType: open ? AuthorizationType.NONE : AuthorizationType.IAM,
        });
    }
    const called = routes.filter(({ public: open }) => !open).map(({ route }) => this.arnOf(route));
    return new ManagedPolicy(this, 'AgentAccess', {
      description: 'Lets an agent call the broker; the policies of the broker decide whom it answers',
      statements: [new PolicyStatement({ actions: ['execute-api:Invoke'], resources: called })],
    });
  }

  /** ARN of a route, with a `*` for each path parameter. */
  private arnOf(route: string): string {
    const { partition, region, account } = this.api.stack;
    const path = route.replace(/\{[^}]*\}/g, '*').replace(' ', '');
    return `arn:${partition}:execute-api:${region}:${account}:${this.api.restApiId}/${stageName}/${path}`;
  }
}

/** The address of an API, spelled out: `api.url` would make the functions depend on the deployment of their own routes. */
export function publicUrlOf(api: RestApi): string {
  const { region, urlSuffix } = api.stack;
  return `https://${api.restApiId}.execute-api.${region}.${urlSuffix}/${stageName}`;
}

function resourcePolicy({ agents, grantRoles }: BrokerApiProps): PolicyStatement[] {
  const agentRoutes = [`execute-api:/${stageName}/*/v1/*`];
  return [
    invoke(Effect.ALLOW, [`execute-api:/${stageName}/GET/.well-known/*`]),
    invoke(Effect.ALLOW, agentRoutes, { ArnLike: { 'aws:PrincipalArn': [...agents] } }),
    invoke(Effect.DENY, agentRoutes, { ArnNotLike: { 'aws:PrincipalArn': [...agents] } }),
    invoke(Effect.DENY, ['execute-api:/*'], { ArnLike: { 'aws:PrincipalArn': grantRoles } }),
  ];
}

function invoke(
  effect: Effect,
  resources: string[],
  conditions?: Record<string, Record<string, string | string[]>>,
): PolicyStatement {
  return new PolicyStatement({
    effect,
    principals: [new AnyPrincipal()],
    actions: ['execute-api:Invoke'],
    resources,
    ...(conditions && { conditions }),
  });
}
