import type { MethodDeploymentOptions } from 'aws-cdk-lib/aws-apigateway';

/** Requests a second that a route takes over time, and twice as many at once. */
function perSecond(rate: number): MethodDeploymentOptions {
  return { throttlingRateLimit: rate, throttlingBurstLimit: 2 * rate };
}

/** What a route takes that has no throttle of its own. */
export const everyRoute = perSecond(200);

/**
 * The routes that take more or fewer requests than others, by method path, each with its reason. All together stay
 * below the 10,000 requests a second that an account has in a region (API Gateway developer guide, quotas).
 */
export const throttles: Readonly<Record<string, MethodDeploymentOptions>> = {
  // Two STS calls each: together half of the 600 a second that an account has (IAM user guide, quotas).
  '/v1/leases/POST': perSecond(100),
  '/v1/leases/{id}/credentials/POST': perSecond(50),
  '/v1/leases/{id}/delegations/POST': perSecond(50),
  // The most frequent request there is: 15,000 leases that are heard from every 30 s; a lost one may kill an agent.
  '/v1/leases/{id}/heartbeat/POST': perSecond(500),
  // What agents do, not what they ask for; each lease has a limit of its own.
  '/v1/leases/{id}/proxy/{capability}/{path+}/ANY': perSecond(200),
  // A service may ask at every request that it is sent.
  '/v1/introspections/POST': perSecond(200),
  // Nothing is released that was not issued.
  '/v1/leases/{id}/DELETE': perSecond(100),
  // People and their tools. Each may read a hundred leases, or end as many as there are.
  '/v1/leases/GET': perSecond(20),
  '/v1/revocations/POST': perSecond(20),
  '/v1/quarantines/POST': perSecond(20),
  '/v1/approvals/GET': perSecond(20),
  '/v1/leases/{id}/approval/POST': perSecond(20),
  // Whoever asks signs nothing; the answers may be cached.
  '/.well-known/jwks.json/GET': perSecond(20),
  '/.well-known/openid-configuration/GET': perSecond(20),
};
