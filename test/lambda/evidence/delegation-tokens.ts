import { randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import { expect } from 'vitest';
import { agentId } from '../../../core/identity.ts';
import type { EpochSeconds } from '../../../core/time.ts';
import { verifyDelegation } from '../../../lambda/evidence/delegation.ts';
import { morning } from '../../core/invoices.ts';
import { refusalOf } from '../../core/use-cases/world.ts';
import type { AgentKey } from './proofs.ts';

/** The kind of token that a delegation is. */
export const delegationType = 'mayfly-delegation+jwt';

/** What is different about a delegation: `undefined` takes a claim or a member of the header out. */
export type DelegationCraft = {
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly header?: Readonly<Record<string, unknown>>;
};

/** A delegation by this key for this agent, right in every way but for what is changed. */
export function delegationBy(
  key: AgentKey,
  now: EpochSeconds,
  { aud, sub, capabilities }: { aud: string; sub: string; capabilities: readonly string[] },
  { claims = {}, header = {} }: DelegationCraft = {},
): Promise<string> {
  const right = { aud, sub, capabilities, iat: now, exp: now + 300, jti: randomUUID() };
  return new SignJWT({ ...right, ...claims })
    .setProtectedHeader({ alg: 'ES256', typ: delegationType, jwk: key.jwk, ...header })
    .sign(key.privateKey);
}

/** Where the tests say that the broker is, and what a right delegation says there. */
export const publicUrl = 'https://broker.example/live';
export const right = {
  aud: `${publicUrl}/v1/leases/L-AAAAAAAAAAAAAAAA/delegations`,
  sub: agentId('mayfly.local', 'invoice_processor', 'AROAAGENTONE', 'a child'),
  capabilities: ['read_invoice'],
} as const;

/** The refusal of a delegation, which says nothing but that it is none. */
export async function refusalOfToken(token: string, now = morning): Promise<string> {
  const refusal = await refusalOf(verifyDelegation(token, right.aud, now));
  expect(refusal).toMatchObject({ code: 'invalid_token', evidence: { path: 'delegation' } });
  expect(refusal.message).not.toContain(token.slice(0, 10));
  return refusal.message;
}
