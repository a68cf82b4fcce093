import { randomUUID } from 'node:crypto';
import { sha256Base64Url } from '../../core/hash.ts';
import { agentRole, invoiceTask } from '../broker.ts';
import { type DelegationCraft, delegationBy } from '../lambda/evidence/delegation-tokens.ts';
import { proofBy } from '../lambda/evidence/proofs.ts';
import { attestationBody, type Craft, type CraftyAgent, craftyAgent } from './crafty-agent.ts';
import type { FrontDoor } from './front-door.ts';
import type { Wire } from './wire.ts';

/** The type of these agents: it may delegate. */
const type = 'beating_processor';

/** An agent that may delegate, and be delegated to: its id, and its attestation result of that type. */
export type Relative = CraftyAgent & { readonly id: string; readonly result: string };

/** Makes an agent with a key of its own, attested as one of the type unless another is named. */
export async function relative(door: FrontDoor, agentType = type, role = agentRole): Promise<Relative> {
  const agent = await craftyAgent(door, door.broker.credentialsFor(role, 'relative'));
  const nonce = await agent.challenge();
  const body = JSON.stringify({ ...attestationBody(nonce, agent.key.jkt), agent_type: agentType });
  const answer = JSON.parse((await agent.send(await agent.attestation(nonce, { body }))).body);
  return { ...agent, id: answer.agent, result: answer.attestation };
}

/** A lease of such an agent. */
export async function leaseOf(agent: Relative): Promise<string> {
  const answer = await agent.send(
    await agent.lease({ token: agent.result, body: JSON.stringify({ task: invoiceTask() }) }),
  );
  return JSON.parse(answer.body).lease.id;
}

/** The right task of a sub-agent. */
export const childTask = {
  name: 'a part of it',
  purpose: 'read for another',
  capabilities: ['read_invoice'],
  estimated_seconds: 60,
};

/** The address of a lease's delegations. */
export const addressOf = ({ broker }: FrontDoor, lease: string) =>
  `${broker.url}/v1/leases/${lease}/delegations`;

/** What one agent signs for another, right but for what is changed. */
export function word(
  door: FrontDoor,
  from: Relative,
  lease: string,
  to: Pick<Relative, 'id'>,
  craft: DelegationCraft = {},
): Promise<string> {
  const said = { aud: addressOf(door, lease), sub: to.id, capabilities: childTask.capabilities };
  return delegationBy(from.key, door.broker.now(), said, craft);
}

/** A sub-agent's request for a lease from another one, right but for what is changed. */
export async function request(
  door: FrontDoor,
  by: Relative,
  lease: string,
  body: object,
  craft: Craft = {},
): Promise<Wire> {
  const url = addressOf(door, lease);
  const text = craft.body ?? JSON.stringify(body);
  const [presented, idempotency_key] = [craft.token ?? by.result, randomUUID()];
  const right = {
    htm: 'POST',
    htu: url,
    request_hash: sha256Base64Url(text),
    ath: sha256Base64Url(presented),
  };
  const claims = { ...right, idempotency_key, ...craft.claims };
  const DPoP = await proofBy(craft.key ?? by.key, door.broker.now(), claims, craft.header);
  const headers = { DPoP, 'Mayfly-Attestation': presented, 'Idempotency-Key': idempotency_key };
  return { method: 'POST', url, headers: { ...headers, ...craft.headers }, body: text };
}
