import type {
  AttestationRequest,
  CollectRequest,
  DelegationRequest,
  LeaseRequestInput,
} from '../core/protocol/requests.ts';
import type {
  AttestationResponse,
  ChallengeResponse,
  HeartbeatResponse,
  IssuedLeaseResponse,
  LeaseResponse,
  PendingLeaseResponse,
} from '../core/protocol/responses.ts';
import { type EpochSeconds, fromDate, fromIso } from '../core/time.ts';
import { awsIam } from './evidence/aws-iam.ts';
import { type EvidenceProducer, evidenceBinding } from './evidence/evidence.ts';
import { type AgentKey, createAgentKey } from './key.ts';
import { BrokerProblem } from './problem.ts';
import { type ProxyRequest, type ProxyResponse, proxied } from './proxied-call.ts';

/** `fetch` that signs with SigV4 for `execute-api`: aws4fetch's `AwsClient.fetch`, for example. */
export type SignedFetch = (
  url: string,
  init: { method: string; headers: Record<string, string>; body?: string },
) => Promise<Response>;

/** How to reach a broker, and as which agent. */
export type BrokerClientOptions = {
  /** The stack's output `Url`, without a trailing slash. */
  readonly url: string;
  readonly agentType: string;
  readonly fetch: SignedFetch;
  /** The agent's key; a new one when absent. */
  readonly key?: AgentKey;
  /** Evidence of the runtime, one piece or several of one way of the policy; `aws_iam` when absent. */
  readonly evidence?: EvidenceProducer | readonly EvidenceProducer[];
  /** The time; this machine's when absent. */
  readonly clock?: () => EpochSeconds;
};

/** What may come with the question for a lease. */
export type AskOptions = {
  /** 8 to 64 characters, the same when an answer was lost; a new one when absent. */
  readonly idempotencyKey?: string;
  /** The token of the person on whose behalf the agent asks (OpenID Connect). */
  readonly subjectToken?: string;
};

/** The answer to a question for a lease: with credentials, or none while it waits for people. */
export type LeaseAnswer = IssuedLeaseResponse | (PendingLeaseResponse & { readonly credentials?: undefined });

/** Thrown where a lease waits for people: collect it once it is `approved`. */
export class LeasePending extends Error {
  readonly lease: PendingLeaseResponse['lease'];
  constructor(lease: PendingLeaseResponse['lease']) {
    super(`the lease ${lease.id} waits for approval until ${lease.approval?.approve_by}`);
    this.name = 'LeasePending';
    this.lease = lease;
  }
}

/** One agent's connection to the broker. Every method throws {@link BrokerProblem} when it is refused. */
export type BrokerClient = {
  readonly key: AgentKey;
  /** Proves where this agent runs; done at the first need and again when the result has run out. */
  attest(): Promise<AttestationResponse>;
  /**
   * Asks for a lease. Repeat with the same `idempotencyKey` (8 to 64 characters) when an answer was lost. Throws
   * {@link LeasePending} where people have to approve it: use {@link BrokerClient.ask} for such tasks.
   */
  lease(task: LeaseRequestInput['task'], idempotencyKey?: string): Promise<IssuedLeaseResponse>;
  /** Asks for a lease that people may have to approve: without `credentials` it waits for them. */
  ask(task: LeaseRequestInput['task'], options?: AskOptions): Promise<LeaseAnswer>;
  /** Signs that the agent with this id may have these capabilities of an own lease; it has five minutes to use it. */
  delegation(leaseId: string, agent: string, capabilities: readonly string[]): Promise<string>;
  /** Asks for a lease from that of another agent, with what that agent signed for this one. */
  leaseFrom(
    leaseId: string,
    delegation: string,
    task: DelegationRequest['task'],
    idempotencyKey?: string,
  ): Promise<IssuedLeaseResponse>;
  /** New credentials of an own active lease, for what is left of it, or for some of its capabilities. */
  collect(leaseId: string, capabilities?: readonly string[]): Promise<IssuedLeaseResponse>;
  /** Moves the deadline so far that `estimatedSeconds` more fit, within the lease's total; new credentials. */
  renew(leaseId: string, estimatedSeconds: number): Promise<IssuedLeaseResponse>;
  /** Says that this agent is alive; answers within how many seconds to say it again, where it must. */
  heartbeat(leaseId: string): Promise<HeartbeatResponse>;
  /** Gives an own lease back; its credentials stop working within seconds. */
  release(leaseId: string): Promise<LeaseResponse['lease']>;
  /**
   * Has the broker make a call under a capability of an own lease. Answers what the other side said, refusals too; throws
   * {@link BrokerProblem} where it is the broker that refuses, or has nothing to show.
   */
  proxy(leaseId: string, capability: string, request: ProxyRequest): Promise<ProxyResponse>;
  /** An own lease as it stands now. */
  read(leaseId: string): Promise<LeaseResponse['lease']>;
};

/** Seconds before its end at which an attestation result is not used any more. */
const attestAgain = 30;

/** Makes a client for one agent. */
export async function createBrokerClient(options: BrokerClientOptions): Promise<BrokerClient> {
  const key = options.key ?? (await createAgentKey());
  const clock = options.clock ?? (() => fromDate(new Date()));
  const call = caller(options, key, clock);
  const producers = [options.evidence ?? awsIam].flat();
  let result: AttestationResponse | undefined;
  const attest = async () => {
    const { nonce } = await call<ChallengeResponse>('POST', '/v1/challenges', {});
    const binding = await evidenceBinding(nonce, key.thumbprint);
    const evidence = await Promise.all(producers.map((produce) => produce(binding)));
    const body: AttestationRequest = { agent_type: options.agentType, nonce, evidence };
    result = await call<AttestationResponse>('POST', '/v1/attestations', body, { nonce });
    return result;
  };
  const token = async () => {
    const fresh = result && fromIso(result.expires_at) - clock() > attestAgain ? result : await attest();
    return fresh.attestation;
  };
  const ask: BrokerClient['ask'] = async (
    task,
    { idempotencyKey = crypto.randomUUID(), subjectToken } = {},
  ) => {
    const body: LeaseRequestInput = {
      task,
      ...(subjectToken !== undefined && { subject_token: subjectToken }),
    };
    return call<LeaseAnswer>('POST', '/v1/leases', body, { token: await token(), idempotencyKey });
  };
  return {
    key,
    attest,
    ask,
    async lease(task, idempotencyKey) {
      const answer = await ask(task, { ...(idempotencyKey !== undefined && { idempotencyKey }) });
      if (answer.credentials === undefined) throw new LeasePending(answer.lease);
      return answer;
    },
    delegation: (leaseId, agent, capabilities) =>
      key.delegate(`${options.url}${pathOf(leaseId)}/delegations`, agent, capabilities, clock()),
    async leaseFrom(leaseId, delegation, task, idempotencyKey = crypto.randomUUID()) {
      const body: DelegationRequest = { delegation, task };
      const path = `${pathOf(leaseId)}/delegations`;
      return call<IssuedLeaseResponse>('POST', path, body, { token: await token(), idempotencyKey });
    },
    async collect(leaseId, capabilities) {
      const body: CollectRequest = { ...(capabilities && { capabilities: [...capabilities] }) };
      return call<IssuedLeaseResponse>('POST', `${pathOf(leaseId)}/credentials`, body, {
        token: await token(),
      });
    },
    async renew(leaseId, estimatedSeconds) {
      const body: CollectRequest = { estimated_seconds: estimatedSeconds };
      return call<IssuedLeaseResponse>('POST', `${pathOf(leaseId)}/credentials`, body, {
        token: await token(),
      });
    },
    async heartbeat(leaseId) {
      return call<HeartbeatResponse>('POST', `${pathOf(leaseId)}/heartbeat`, {}, { token: await token() });
    },
    async release(leaseId) {
      const options = { token: await token() };
      return (await call<LeaseResponse>('DELETE', pathOf(leaseId), undefined, options)).lease;
    },
    async proxy(leaseId, capability, request) {
      const path = `${pathOf(leaseId)}/proxy/${encodeURIComponent(capability)}${request.path}`;
      return proxied(options, { key, token: await token(), now: clock() }, path, request);
    },
    async read(leaseId) {
      const options = { token: await token() };
      return (await call<LeaseResponse>('GET', pathOf(leaseId), undefined, options)).lease;
    },
  };
}

function pathOf(leaseId: string): string {
  return `/v1/leases/${encodeURIComponent(leaseId)}`;
}

type CallOptions = {
  readonly nonce?: string;
  readonly token?: string;
  readonly idempotencyKey?: string;
};

function caller({ url, fetch }: BrokerClientOptions, key: AgentKey, clock: () => EpochSeconds) {
  return async <Answer>(
    method: string,
    path: string,
    body: unknown,
    options: CallOptions = {},
  ): Promise<Answer> => {
    const { nonce, token, idempotencyKey } = options;
    const proven = nonce !== undefined || token !== undefined;
    const text = body === undefined ? undefined : JSON.stringify(body);
    const target = { method, url: `${url}${path}`, ...options, ...(text !== undefined && { body: text }) };
    const response = await fetch(`${url}${path}`, {
      method,
      headers: {
        ...(text !== undefined && { 'Content-Type': 'application/json' }),
        ...(proven && { DPoP: await key.prove(target, clock()) }),
        ...(token && { 'Mayfly-Attestation': token }),
        ...(idempotencyKey !== undefined && { 'Idempotency-Key': idempotencyKey }),
      },
      ...(text !== undefined && { body: text }),
    });
    const answer: unknown = await response.json().catch(() => undefined);
    if (response.ok) return answer as Answer;
    const retryAfter = response.headers.get('Retry-After');
    throw new BrokerProblem(response.status, answer, retryAfter === null ? undefined : Number(retryAfter));
  };
}
