import { describe, expect, it } from 'vitest';
import type { AttestationResult } from '../../../core/attestation-result.ts';
import { type Caller, evidenceBinding } from '../../../core/identity.ts';
import { after } from '../../../core/time.ts';
import { attest } from '../../../core/use-cases/attest.ts';
import { issueChallenge, nonceSeconds } from '../../../core/use-cases/issue-challenge.ts';
import { memoryControls } from '../../ports/memory-controls.ts';
import { memoryNonces } from '../../ports/memory-nonces.ts';
import { invoicePolicy, morning } from '../invoices.ts';
import { attesting } from './attesting.ts';
import { manualClock, refusalOf } from './world.ts';

const role = 'arn:aws:iam::111122223333:role/invoice-agent';
const caller: Caller = { role, roleId: 'AROAAGENTONE', userId: 'AROAAGENTONE:session-1' };
const stranger: Caller = { role: `${role}2`, roleId: 'AROASTRANGER', userId: 'AROASTRANGER:x' };
const jkt = 'thumbprint-1';

function attestationWorld() {
  let count = 0;
  const signed: AttestationResult[] = [];
  const signer = {
    async sign(result: AttestationResult) {
      signed.push(result);
      return `token ${signed.length}`;
    },
  };
  const policies = [invoicePolicy()];
  const randomNonce = () => `nonce-${++count}`;
  const controls = memoryControls();
  const controlsOf = async (scopes: readonly string[]) => controls.of(scopes);
  const ports = { nonces: memoryNonces(), controls, controlsOf, signer, ...attesting() };
  const world = { ...ports, policies, randomNonce, trustDomain: 'mayfly.local' };
  return { world, signed, clock: manualClock() };
}

type Attestation = { nonce: string; key?: string; boundTo?: string; agentType?: string };

function requestOf({ nonce, key = jkt, boundTo = key, agentType = 'invoice_processor' }: Attestation) {
  const evidence = [{ method: 'aws_iam' as const, binding: evidenceBinding(nonce, boundTo) }];
  return { agent_type: agentType, nonce, evidence };
}

describe('a challenge', () => {
  it('is a fresh nonce for a minute', async () => {
    const { world } = attestationWorld();
    const one = await issueChallenge(world, caller, morning);
    const two = await issueChallenge(world, caller, morning);
    expect(one.nonce).not.toBe(two.nonce);
    expect(one.expires).toBe(after(morning, nonceSeconds));
  });

  it('is not given to a principal that no policy names', async () => {
    const { world } = attestationWorld();
    expect((await refusalOf(issueChallenge(world, stranger, morning))).code).toBe('access_denied');
  });
});

describe('attesting', () => {
  it('signs who the agent is, bound to its key and its principal', async () => {
    const { world, clock } = attestationWorld();
    const { nonce } = await issueChallenge(world, caller, clock());
    const { token, result } = await attest(world, caller, requestOf({ nonce }), jkt, clock());
    expect(token).toBe('token 1');
    expect(result).toEqual({
      sub: expect.stringMatching(/^spiffe:\/\/mayfly\.local\/agent\/invoice_processor\/[a-z2-7]{26}$/),
      agent_type: 'invoice_processor',
      principal: 'AROAAGENTONE',
      role_id: 'AROAAGENTONE',
      methods: ['aws_iam'],
      facts: { aws_account: '111122223333', aws_role: 'invoice-agent', aws_session: 'session-1' },
      strength: 'principal',
      iat: morning,
      exp: after(morning, 600),
      cnf: { jkt },
    });
  });

  it('whose result cannot be signed says to start again, because the nonce is used', async () => {
    const { world } = attestationWorld();
    const signer = { sign: () => Promise.reject(new Error('KMS: internals')) };
    const { nonce } = await issueChallenge(world, caller, morning);
    const refusal = await refusalOf(attest({ ...world, signer }, caller, requestOf({ nonce }), jkt, morning));
    expect(refusal).toMatchObject({ code: 'temporarily_unavailable', evidence: { retryAfter: 1 } });
    expect(refusal.message).toContain('new challenge');
    expect(refusal.message).not.toContain('KMS');
  });

  it('finds the same agent again by its key, and another agent by another key', async () => {
    const { world } = attestationWorld();
    const subjects: string[] = [];
    for (const key of [jkt, jkt, 'thumbprint-2']) {
      const { nonce } = await issueChallenge(world, caller, morning);
      subjects.push((await attest(world, caller, requestOf({ nonce, key }), key, morning)).result.sub);
    }
    expect(subjects[0]).toBe(subjects[1]);
    expect(subjects[2]).not.toBe(subjects[0]);
  });

  it('takes a nonce once: a replay of the whole request is refused', async () => {
    const { world, signed } = attestationWorld();
    const { nonce } = await issueChallenge(world, caller, morning);
    await attest(world, caller, requestOf({ nonce }), jkt, morning);
    const replay = await refusalOf(attest(world, caller, requestOf({ nonce }), jkt, morning));
    expect(replay).toMatchObject({ code: 'invalid_nonce', evidence: { path: 'nonce' } });
    expect(signed).toHaveLength(1);
  });

  it('takes a nonce once when many come at the same time', async () => {
    const { world, signed } = attestationWorld();
    const { nonce } = await issueChallenge(world, caller, morning);
    const all = await Promise.allSettled(
      Array.from({ length: 10 }, () => attest(world, caller, requestOf({ nonce }), jkt, morning)),
    );
    expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(signed).toHaveLength(1);
  });

  it('takes no nonce late', async () => {
    const { world, clock } = attestationWorld();
    const { nonce } = await issueChallenge(world, caller, clock());
    clock.advance(nonceSeconds);
    expect((await refusalOf(attest(world, caller, requestOf({ nonce }), jkt, clock()))).code).toBe(
      'invalid_nonce',
    );
  });

  it('takes no nonce that another session of the same role got, and leaves it to its owner', async () => {
    const { world } = attestationWorld();
    const { nonce } = await issueChallenge(world, caller, morning);
    const thief = { ...caller, userId: 'AROAAGENTONE:session-2' };
    expect((await refusalOf(attest(world, thief, requestOf({ nonce }), jkt, morning))).code).toBe(
      'invalid_nonce',
    );
    expect((await attest(world, caller, requestOf({ nonce }), jkt, morning)).token).toBe('token 1');
  });

  it('takes no nonce that was never handed out', async () => {
    const { world } = attestationWorld();
    const refusal = await refusalOf(attest(world, caller, requestOf({ nonce: 'made-up' }), jkt, morning));
    expect(refusal.code).toBe('invalid_nonce');
  });

  it('refuses evidence bound to another key, and does not burn the nonce for it', async () => {
    const { world } = attestationWorld();
    const { nonce } = await issueChallenge(world, caller, morning);
    const stolen = requestOf({ nonce, boundTo: 'thumbprint-2' });
    expect(await refusalOf(attest(world, caller, stolen, jkt, morning))).toMatchObject({
      code: 'invalid_evidence',
      evidence: { path: 'evidence[0].binding' },
    });
    expect((await attest(world, caller, requestOf({ nonce }), jkt, morning)).token).toBe('token 1');
  });

  it('refuses evidence bound to another nonce', async () => {
    const { world } = attestationWorld();
    const [old, fresh] = [
      await issueChallenge(world, caller, morning),
      await issueChallenge(world, caller, morning),
    ];
    const mixed = { ...requestOf({ nonce: old.nonce }), nonce: fresh.nonce };
    expect((await refusalOf(attest(world, caller, mixed, jkt, morning))).code).toBe('invalid_evidence');
  });

  it.each([
    ['a principal that no policy names', stranger, 'invoice_processor'],
    ['a type that this principal may not be', caller, 'other_type'],
    [
      'a role of the same name in another account',
      { ...caller, role: role.replace('1111', '4444') },
      'invoice_processor',
    ],
  ])('refuses %s', async (_, asking, agentType) => {
    const { world } = attestationWorld();
    const { nonce } = await issueChallenge(world, caller, morning);
    const refusal = await refusalOf(attest(world, asking, requestOf({ nonce, agentType }), jkt, morning));
    expect(refusal).toMatchObject({ code: 'access_denied', evidence: { path: 'agent_type' } });
  });
});
