import { type Admission, policyFor } from '../admission.ts';
import { type AttestationResult, resultSeconds } from '../attestation-result.ts';
import { type ProvenWay, provenWay } from '../attestation-terms.ts';
import { BrokerError } from '../broker-error.ts';
import { type Bound, type Facts, isAtLeast, type Method, type Proven } from '../evidence.ts';
import { agentId, type Caller, evidenceBinding } from '../identity.ts';
import type { ContextPolicy } from '../policy/schema.ts';
import type { Way } from '../policy/schema-attestation.ts';
import type { Evidence } from '../protocol/evidence.ts';
import type { AttestationRequest } from '../protocol/requests.ts';
import { type Scope, scopesOfAgent } from '../scope.ts';
import { type Control, refuseQuarantined } from '../standing.ts';
import { after, type EpochSeconds } from '../time.ts';
import type { Nonces } from './issue-challenge.ts';

/** What was said about scopes, read consistently. */
export type ControlsOf = (scopes: readonly Scope[]) => Promise<readonly Control[]>;

/** Signs results; the key never leaves the signer. */
export type ResultSigner = { sign(result: AttestationResult): Promise<string> };

/** Verifies the piece of evidence at this place of the request; throws `invalid_evidence`, `temporarily_unavailable`. */
export type VerifyEvidence = (evidence: Evidence, bound: Bound, place: number) => Promise<Proven>;

/** An agent as the registry knows it. */
export type KnownAgent = Pick<
  AttestationResult,
  'sub' | 'agent_type' | 'principal' | 'role_id' | 'methods' | 'strength'
> & {
  readonly jkt: string;
  readonly at: EpochSeconds;
};

/** Every agent that attested. */
export type AgentRegistry = {
  /** Records that the agent attested; false, and nothing is changed, where it proved more before. */
  attested(agent: KnownAgent): Promise<boolean>;
};

/** Evidence in which nothing is fresh: it belongs to the key that used it first. */
export type FirstUses = {
  /** Binds it to the key for as long as it could be used; false where it is another key's. */
  bind(id: string, jkt: string, until: EpochSeconds, now: EpochSeconds): Promise<boolean>;
};

/** Everything that attesting reaches. */
export type AttestingWorld = Admission & {
  readonly nonces: Nonces;
  readonly verify: VerifyEvidence;
  readonly firstUses: FirstUses;
  readonly agents: AgentRegistry;
  readonly signer: ResultSigner;
  readonly trustDomain: string;
  readonly controlsOf: ControlsOf;
  /** Whether a role is one of ours that is never an agent: a grant role, or the entry role. */
  readonly isOwnRole: (role: string) => boolean;
};

/**
 * Verifies evidence and signs the attestation result (RATS verifier, RFC 9334). The nonce is consumed once all else
 * is known to be right, so that a refused request cannot burn it, and exactly once, so that only one of many callers
 * succeeds. Throws `invalid_evidence`, `access_denied` where it proves too little, `quarantined` for whoever is kept out.
 */
export async function attest(
  world: AttestingWorld,
  caller: Caller,
  request: AttestationRequest,
  jkt: string,
  now: EpochSeconds,
): Promise<{ token: string; result: AttestationResult }> {
  const policy = policyFor(world, caller, request.agent_type);
  const pieces = await verified(world, policy, request, {
    binding: evidenceBinding(request.nonce, jkt),
    caller,
    now,
  });
  const { principal, strength, pieces: counted } = proofOf(policy, pieces);
  const sub = agentId(world.trustDomain, policy.agent_type, principal, jkt);
  const beside = othersBehind(principal, caller, counted);
  const agent = { sub, agent_type: policy.agent_type, principal, role_id: caller.roleId };
  refuseQuarantined(await world.controlsOf(scopesOfAgent({ ...agent, beside, agent: sub, jkt })));
  if (!(await world.nonces.consume(request.nonce, caller.userId, now))) {
    throw new BrokerError(
      'invalid_nonce',
      'the nonce is unknown, used, expired or not yours: ask for a new challenge',
      { path: 'nonce' },
    );
  }
  await bindToKey(world.firstUses, counted, request, jkt, now);
  const methods = counted.map(({ method }) => method);
  if (!(await world.agents.attested({ ...agent, methods, strength, jkt, at: now })))
    throw new BrokerError(
      'access_denied',
      'this agent proved more before, and must not prove less: attest as then',
    );
  const result: AttestationResult = {
    ...agent,
    ...(beside.length > 0 && { beside }),
    methods,
    facts: factsOf(counted),
    strength,
    iat: now,
    exp: after(now, resultSeconds),
    cnf: { jkt },
  };
  return { token: await signed(world.signer, result), result };
}

/** Every piece, verified in turn; one that the policy does not ask for is refused before anything is done for it. */
async function verified(
  world: AttestingWorld,
  { attestation }: ContextPolicy,
  { evidence }: AttestationRequest,
  bound: Bound,
): Promise<Proven[]> {
  const strange = evidence.findIndex(({ method }) => !attestation.any_of.some((way) => way[method]));
  if (strange >= 0)
    throw new BrokerError(
      'invalid_evidence',
      'no policy of this agent type asks for evidence of this method',
      {
        path: `evidence[${strange}].method`,
        fault: 'not_configured',
      },
    );
  const pieces: Proven[] = [];
  for (const [place, each] of evidence.entries()) {
    const plainAudiences = plainAudiencesOf(attestation.any_of, each.method);
    const proven = await world.verify(each, { ...bound, plainAudiences }, place);
    if (proven.role !== undefined && world.isOwnRole(proven.role))
      throw new BrokerError('invalid_evidence', 'a grant role or the entry role is never an agent', {
        path: `evidence[${place}]`,
        fault: 'principal',
      });
    pieces.push(proven);
  }
  return pieces;
}

function plainAudiencesOf(ways: readonly Way[], method: Method): string[] {
  if (method !== 'spiffe_jwt' && method !== 'oidc') return [];
  return ways.flatMap((way) => way[method]?.plain_audience ?? []);
}

/** What all pieces together prove under the policy; throws `access_denied` where it is too little. */
function proofOf({ attestation: { any_of, minimum } }: ContextPolicy, pieces: readonly Proven[]): ProvenWay {
  const way = provenWay(any_of, pieces);
  if (!way)
    throw new BrokerError(
      'access_denied',
      'the evidence is sound, but not of what the policy of this agent type asks for',
      { path: 'evidence' },
    );
  if (minimum !== undefined && !isAtLeast(way.strength, minimum))
    throw new BrokerError(
      'access_denied',
      `the evidence is of strength ${way.strength}, and the policy asks for ${minimum} at least`,
      { path: 'evidence' },
    );
  return way;
}

/** Of several who were proven one names the agent; the others are kept out with it, so that nobody chooses by whom to go. */
function othersBehind(principal: string, { roleId }: Caller, pieces: readonly Proven[]): string[] {
  const all = [roleId, ...pieces.flatMap((each) => each.principal ?? [])];
  return [...new Set(all)].filter((each) => each !== principal);
}

async function bindToKey(
  firstUses: FirstUses,
  pieces: readonly Proven[],
  { evidence }: AttestationRequest,
  jkt: string,
  now: EpochSeconds,
): Promise<void> {
  for (const { method, reusable } of pieces) {
    if (!reusable || (await firstUses.bind(reusable.id, jkt, reusable.until, now))) continue;
    throw new BrokerError('invalid_evidence', 'this token was used by another key before', {
      path: `evidence[${evidence.findIndex((each) => each.method === method)}].token`,
      fault: 'replayed',
    });
  }
}

function factsOf(pieces: readonly Proven[]): Facts {
  return Object.assign({}, ...pieces.map(({ facts }) => facts));
}

async function signed(signer: ResultSigner, result: AttestationResult): Promise<string> {
  return signer.sign(result).catch((cause) => {
    const detail = 'the result could not be signed, and the nonce is used: start again with a new challenge';
    throw new BrokerError('temporarily_unavailable', detail, { retryAfter: 1 }, cause);
  });
}
