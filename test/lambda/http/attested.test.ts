import { describe, expect, it } from 'vitest';
import { sha256Base64Url } from '../../../core/hash.ts';
import { after } from '../../../core/time.ts';
import { resultSigner } from '../../../lambda/evidence/result-token.ts';
import { attested } from '../../../lambda/http/attested.ts';
import { toRequest } from '../../../lambda/http/request.ts';
import { morning } from '../../core/invoices.ts';
import { attestedAs, refusalOf } from '../../core/use-cases/world.ts';
import { attestationKeyArn, memoryKms } from '../../ports/memory-kms.ts';
import { agentKey, proofBy } from '../evidence/proofs.ts';
import { eventOf } from './events.ts';

const publicUrl = 'https://broker.example/live';
const { kms, publicKey } = memoryKms();
const signer = resultSigner(kms, attestationKeyArn, publicUrl);
const [agent, thief] = await Promise.all([agentKey(), agentKey()]);
const roleId = 'AROAAGENTONE12345';
const token = await signer.sign(attestedAs(agent.jkt, roleId));
const right = { htm: 'POST', htu: `${publicUrl}/v1/leases`, ath: sha256Base64Url(token) };
const named = (idempotency_key: string) => ({ idempotency_key });

function ask(headers: Readonly<Record<string, string[]>>, beside = {}, now = morning) {
  const request = toRequest(eventOf({ headers, ...beside }));
  return attested(request, { publicUrl, publicKey: async () => publicKey, clock: () => now });
}

describe('who stands behind a request', () => {
  it('is the agent with the result, the key and the principal', async () => {
    const proof = await proofBy(agent, morning, { ...right, jti: 'a-jti-of-16-chars' });
    const answer = await ask({ 'Mayfly-Attestation': [token], DPoP: [proof] });
    expect(answer).toMatchObject({ result: { cnf: { jkt: agent.jkt } }, proof: 'a-jti-of-16-chars' });
  });

  it('is nobody without a result, or without a proof', async () => {
    const proof = await proofBy(agent, morning, right);
    expect((await refusalOf(ask({ DPoP: [proof] }))).code).toBe('invalid_token');
    expect((await refusalOf(ask({ 'Mayfly-Attestation': [token] }))).code).toBe('invalid_dpop_proof');
  });

  it('is not who stole the result and has a key of their own', async () => {
    const proof = await proofBy(thief, morning, right);
    const refusal = await refusalOf(ask({ 'Mayfly-Attestation': [token], DPoP: [proof] }));
    expect(refusal).toMatchObject({
      code: 'invalid_dpop_proof',
      message: expect.stringContaining('another key'),
    });
  });

  it('is not who stole result and key but calls as another principal', async () => {
    const proof = await proofBy(agent, morning, right);
    const other = { user: 'AROATHIEF12345678:session-1' };
    const refusal = await refusalOf(ask({ 'Mayfly-Attestation': [token], DPoP: [proof] }, other));
    expect(refusal).toMatchObject({
      code: 'invalid_token',
      message: expect.stringContaining('another principal'),
    });
  });

  it('is not who replays the proof of a request to another route', async () => {
    const proof = await proofBy(agent, morning, right);
    const path = { method: 'GET', path: '/v1/leases/L-X' };
    const refusal = await refusalOf(ask({ 'Mayfly-Attestation': [token], DPoP: [proof] }, path));
    expect(refusal.code).toBe('invalid_dpop_proof');
  });

  it('is not who comes with an expired result and a fresh proof', async () => {
    const late = after(morning, 600);
    const proof = await proofBy(agent, late, right);
    const refusal = await refusalOf(ask({ 'Mayfly-Attestation': [token], DPoP: [proof] }, {}, late));
    expect(refusal.code).toBe('invalid_token');
  });

  it.each<[string, Record<string, string[]>, object]>([
    [
      'replays a request under another Idempotency-Key',
      { 'Idempotency-Key': ['key-0002'] },
      named('key-0001'),
    ],
    ['adds an Idempotency-Key to a request without one', { 'Idempotency-Key': ['key-0001'] }, {}],
    ['takes the Idempotency-Key of a request away', {}, named('key-0001')],
  ])('is not who %s', async (_, headers, claims) => {
    const proof = await proofBy(agent, morning, { ...right, ...claims });
    const refusal = await refusalOf(ask({ 'Mayfly-Attestation': [token], DPoP: [proof], ...headers }));
    expect(refusal).toMatchObject({
      code: 'invalid_dpop_proof',
      message: expect.stringContaining('another Idempotency-Key'),
    });
  });

  it.each([
    ['sends another body under a captured proof', '{"task":{}}', { request_hash: sha256Base64Url('{}') }],
    ['adds a body to a request without one', '{}', {}],
    ['takes the body of a request away', null, { request_hash: sha256Base64Url('{}') }],
  ])('is not who %s', async (_, body, claims) => {
    const proof = await proofBy(agent, morning, { ...right, ...claims });
    const headers = { 'Mayfly-Attestation': [token], DPoP: [proof] };
    expect(await refusalOf(ask(headers, { body }))).toMatchObject({
      code: 'invalid_dpop_proof',
      message: expect.stringContaining('another body'),
    });
  });

  it.each<[string, Record<string, string[]>, object]>([
    ['adds a query to a request without one', { a: ['b'] }, {}],
    ['changes the query of a request', { a: ['c'] }, { query_hash: sha256Base64Url('a=b') }],
    ['takes the query of a request away', {}, { query_hash: sha256Base64Url('a=b') }],
  ])('is not who %s', async (_, query, claims) => {
    const proof = await proofBy(agent, morning, { ...right, ...claims });
    expect(await refusalOf(ask({ 'Mayfly-Attestation': [token], DPoP: [proof] }, { query }))).toMatchObject({
      code: 'invalid_dpop_proof',
      message: expect.stringContaining('another query'),
    });
  });

  it('is the agent whose proof names the query that came, in the order of names', async () => {
    const query = { b: ['ü &='], a: ['1'] };
    const proof = await proofBy(agent, morning, {
      ...right,
      query_hash: sha256Base64Url('a=1&b=%C3%BC%20%26%3D'),
    });
    await expect(ask({ 'Mayfly-Attestation': [token], DPoP: [proof] }, { query })).resolves.toBeDefined();
  });

  it('is the agent whose proof names the body that came', async () => {
    const proof = await proofBy(agent, morning, { ...right, request_hash: sha256Base64Url('{}') });
    const headers = { 'Mayfly-Attestation': [token], DPoP: [proof] };
    await expect(ask(headers, { body: '{}' })).resolves.toMatchObject({
      result: { cnf: { jkt: agent.jkt } },
    });
  });

  it('is the agent whose proof names the Idempotency-Key that came', async () => {
    const proof = await proofBy(agent, morning, { ...right, ...named('key-0001') });
    const headers = { 'Mayfly-Attestation': [token], DPoP: [proof], 'Idempotency-Key': ['key-0001'] };
    await expect(ask(headers)).resolves.toMatchObject({ result: { cnf: { jkt: agent.jkt } } });
  });

  it('is not decided by a Host header', async () => {
    const htu = 'https://evil.example/live/v1/leases';
    const proof = await proofBy(agent, morning, { ...right, htu });
    const headers = { 'Mayfly-Attestation': [token], DPoP: [proof], Host: ['evil.example'] };
    expect((await refusalOf(ask(headers))).code).toBe('invalid_dpop_proof');
  });
});
