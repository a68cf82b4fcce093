import { randomUUID } from 'node:crypto';
import { Logger } from '@aws-lambda-powertools/logger';
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { createAgentKey } from '../client/key.ts';
import type { AttestationResult } from '../core/attestation-result.ts';
import { agentId } from '../core/identity.ts';
import type { GrantRoles } from '../core/plan.ts';
import { after, type EpochSeconds, fromDate } from '../core/time.ts';
import { resultSigner } from '../lambda/evidence/result-token.ts';
import { serve } from '../lambda/http/serve.ts';
import { issuanceRoutes } from '../lambda/issuance/routes.ts';
import { readPolicies } from '../lib/policies.ts';
import { proxyEvent } from '../local/api/proxy-event.ts';
import { memoryBooks } from '../test/ports/memory-books.ts';
import { attestationKeyArn, memoryKms } from '../test/ports/memory-kms.ts';
import type { MemoryLeases } from '../test/ports/memory-leases.ts';
import { type ObedientSts, obedientSts } from '../test/ports/obedient-sts.ts';
import { policyFolder } from './assembly.ts';
import { agentType, invoiceTask } from './task.ts';

/** An agent's request as it reaches the function, and the attestation result that it carries. */
export type MadeRequest = { readonly event: APIGatewayProxyEvent; readonly token: string };

/** The issuance function over ports in memory. */
export type MemoryBroker = {
  readonly handler: (event: APIGatewayProxyEvent) => Promise<APIGatewayProxyResult>;
  readonly leases: MemoryLeases;
  readonly sts: ObedientSts;
  readonly publicKey: ReturnType<typeof memoryKms>['publicKey'];
  /** What a newborn agent with a key of its own sends for its first lease. */
  request(): Promise<MadeRequest>;
};

const publicUrl = 'https://a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com/live';
const roleId = 'AROAINVOICEAGENT0001';
const account = '111122223333';

/** Composes issuance as its `main.ts` does, but with ports in memory. Its time stands still, so that what is made beforehand stays fresh. */
export function memoryBroker(roles: GrantRoles): MemoryBroker {
  const moment = fromDate(new Date());
  const clock = () => moment;
  const { kms, publicKey } = memoryKms();
  const signer = resultSigner(kms, attestationKeyArn, publicUrl);
  const { leases, standings, quotas, makers, enders } = memoryBooks();
  const sts = obedientSts(clock);
  const { policies } = readPolicies(policyFolder);
  const routes = issuanceRoutes({
    leases,
    standings,
    quotas,
    makers,
    enders,
    systems: { databases: {}, clients: {}, secrets: {} },
    lookups: { find: async () => ({}) },
    identify: () => Promise.reject(new Error('no person stands behind these tasks')),
    timers: { send: async () => {} },
    minter: sts,
    policies,
    roles,
    publicUrl,
    publicKey: async () => publicKey,
    narrowing: 'scoped_credentials',
    clock,
    newAttempt: randomUUID,
  });
  return {
    handler: serve(routes, new Logger({ serviceName: 'bench' })),
    leases,
    sts,
    publicKey,
    async request() {
      const key = await createAgentKey();
      const token = await signer.sign(resultFor(key.thumbprint, moment));
      const idempotencyKey = randomUUID();
      const target = { method: 'POST', url: `${publicUrl}/v1/leases`, token, idempotencyKey, body };
      const proof = await key.prove(target, moment);
      return { event: eventOf(token, proof, idempotencyKey), token };
    },
  };
}

function resultFor(jkt: string, now: EpochSeconds): AttestationResult {
  return {
    sub: agentId('mayfly.local', agentType, roleId, jkt),
    agent_type: agentType,
    principal: roleId,
    role_id: roleId,
    methods: ['aws_iam'],
    facts: { aws_account: account, aws_role: 'invoice-agent', aws_session: 'session-1' },
    strength: 'principal',
    iat: now,
    exp: after(now, 600),
    cnf: { jkt },
  };
}

const body = JSON.stringify({ task: invoiceTask });

/** The whole event that API Gateway sends for a signed request, with the headers an SDK's signer and a load balancer add. */
function eventOf(token: string, proof: string, idempotencyKey: string): APIGatewayProxyEvent {
  const path = '/v1/leases';
  const headers = {
    accept: '*/*',
    'accept-encoding': 'gzip, deflate',
    authorization: `AWS4-HMAC-SHA256 Credential=${'A'.repeat(60)}, SignedHeaders=dpop;host, Signature=${'0'.repeat(64)}`,
    'content-type': 'application/json',
    dpop: proof,
    host: new URL(publicUrl).host,
    'idempotency-key': idempotencyKey,
    'mayfly-attestation': token,
    'user-agent': 'node',
    'x-amz-date': '20261124T020000Z',
    'x-amz-security-token': 'T'.repeat(700),
    'x-forwarded-for': '198.51.100.7',
    'x-forwarded-port': '443',
    'x-forwarded-proto': 'https',
  };
  const event = proxyEvent(
    { apiId: 'a1b2c3d4e5', stage: 'live', account },
    {
      method: 'POST',
      rawPath: `/live${path}`,
      query: new Map(),
      headers: new Map(Object.entries(headers).map(([name, value]) => [name, [value]])),
      body: Buffer.from(body),
    },
    {
      route: {
        apiId: 'a1b2c3d4e5',
        method: 'POST',
        resource: path,
        authorization: 'AWS_IAM',
        functionArn: '',
      },
      parameters: {},
    },
    path,
    undefined,
    randomUUID(),
  );
  const { requestContext } = event;
  const identity = {
    ...requestContext.identity,
    user: `${roleId}:session-1`,
    userArn: `arn:aws:sts::${account}:assumed-role/invoice-agent/session-1`,
  };
  return { ...event, requestContext: { ...requestContext, identity } };
}
