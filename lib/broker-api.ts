import { AuthorizationType, EndpointType, LambdaIntegration, RestApi } from 'aws-cdk-lib/aws-apigateway';
import { AnyPrincipal, Effect, PolicyDocument, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';

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
};

/**
 * The REST API, closed twice: every route but `/.well-known/*` is AWS_IAM, and the resource policy denies
 * whoever is not listed, because within one account an identity policy alone would open it.
 */
export class BrokerApi extends Construct {
  readonly api: RestApi;

  constructor(scope: Construct, id: string, props: BrokerApiProps) {
    super(scope, id);
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
        methodOptions: {
          '/.well-known/jwks.json/GET': { throttlingRateLimit: 20, throttlingBurstLimit: 40 },
          '/.well-known/openid-configuration/GET': { throttlingRateLimit: 20, throttlingBurstLimit: 40 },
        },
      },
    });
  }

  /** Adds the routes; called once the functions exist, which need the API's address to be made. */
  serve(routes: readonly ApiRoute[]): void {
    for (const { route, fn, public: open } of routes) {
      const [method = '', path = ''] = route.split(' ');
      this.api.root
        .resourceForPath(path)
        .addMethod(method, new LambdaIntegration(fn, { allowTestInvoke: false }), {
          authorizationType: open ? AuthorizationType.NONE : AuthorizationType.IAM,
        });
    }
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
