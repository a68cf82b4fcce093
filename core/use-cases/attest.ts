import { type AttestationResult, resultSeconds } from '../attestation-result.ts';
import { BrokerError } from '../broker-error.ts';
import { agentId, type Caller, evidenceBinding, withoutPath } from '../identity.ts';
import type { ContextPolicy } from '../policy/schema.ts';
import type { AttestationRequest } from '../protocol/requests.ts';
import { type Scope, scopesOfAgent } from '../scope.ts';
import { type Control, refuseQuarantined } from '../standing.ts';
import { after, type EpochSeconds } from '../time.ts';
import type { Nonces } from './issue-challenge.ts';

/** What was said about scopes, read consistently. */
export type ControlsOf = (scopes: readonly Scope[]) => Promise<readonly Control[]>;

/** Signs results; the key never leaves the signer. */
export type ResultSigner = { sign(result: AttestationResult): Promise<string> };

/** The policies whose `aws_iam` names this caller's role. */
export function policiesFor(policies: readonly ContextPolicy[], caller: Caller): ContextPolicy[] {
  return policies.filter(({ attestation }) =>
    attestation.any_of.some(({ aws_iam }) => withoutPath(aws_iam.role) === caller.role),
  );
}

/** The policy by which this caller is an agent of this type; throws `access_denied` when there is none. */
export function policyFor(
  policies: readonly ContextPolicy[],
  caller: Caller,
  agentType: string,
): ContextPolicy {
  const policy = policiesFor(policies, caller).find(({ agent_type }) => agent_type === agentType);
  if (policy) return policy;
  throw new BrokerError('access_denied', 'no policy lets this principal be an agent of this type', {
    path: 'agent_type',
  });
}

/**
 * Verifies evidence and signs the attestation result (RATS verifier, RFC 9334). `aws_iam`: API Gateway proved
 * who signed the body, and the body holds the binding of nonce and key. The nonce is consumed last, so that
 * a refused request cannot burn it, and exactly once, so that only one of many callers succeeds. Throws `quarantined`
 * for whoever is kept out.
 */
export async function attest(
  world: {
    nonces: Nonces;
    policies: readonly ContextPolicy[];
    signer: ResultSigner;
    trustDomain: string;
    controlsOf: ControlsOf;
  },
  caller: Caller,
  request: AttestationRequest,
  jkt: string,
  now: EpochSeconds,
): Promise<{ token: string; result: AttestationResult }> {
  const policy = policyFor(world.policies, caller, request.agent_type);
  const binding = evidenceBinding(request.nonce, jkt);
  const wrong = request.evidence.findIndex((evidence) => evidence.binding !== binding);
  if (wrong >= 0) {
    throw new BrokerError('invalid_evidence', 'the evidence is not bound to this nonce and key', {
      path: `evidence[${wrong}].binding`,
    });
  }
  const sub = agentId(world.trustDomain, policy.agent_type, caller.roleId, jkt);
  const agent = { agent: sub, agent_type: policy.agent_type, role_id: caller.roleId, jkt };
  refuseQuarantined(await world.controlsOf(scopesOfAgent(agent)));
  if (!(await world.nonces.consume(request.nonce, caller.userId, now))) {
    throw new BrokerError(
      'invalid_nonce',
      'the nonce is unknown, used, expired or not yours: ask for a new challenge',
      { path: 'nonce' },
    );
  }
  const result: AttestationResult = {
    sub,
    agent_type: policy.agent_type,
    role_id: caller.roleId,
    methods: request.evidence.map(({ method }) => method),
    facts: factsOf(caller),
    strength: 'principal',
    iat: now,
    exp: after(now, resultSeconds),
    cnf: { jkt },
  };
  return { token: await signed(world.signer, result), result };
}

function factsOf({ role, userId }: Caller): AttestationResult['facts'] {
  const [account = '', name = ''] = role.split(':').slice(4);
  const [, session = ''] = userId.split(':');
  return { aws_account: account, aws_role: name.replace('role/', ''), aws_session: session };
}

async function signed(signer: ResultSigner, result: AttestationResult): Promise<string> {
  return signer.sign(result).catch((cause) => {
    const detail = 'the result could not be signed, and the nonce is used: start again with a new challenge';
    throw new BrokerError('temporarily_unavailable', detail, { retryAfter: 1 }, cause);
  });
}
