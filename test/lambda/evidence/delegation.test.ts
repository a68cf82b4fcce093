import { describe, expect, it } from 'vitest';
import { createAgentKey } from '../../../client/key.ts';
import { after } from '../../../core/time.ts';
import { verifyDelegation } from '../../../lambda/evidence/delegation.ts';
import { morning } from '../../core/invoices.ts';
import { delegationBy, publicUrl, refusalOfToken, right } from './delegation-tokens.ts';
import { agentKey } from './proofs.ts';

const { aud, sub } = right;
const key = await agentKey();
const signed = (
  claims: Readonly<Record<string, unknown>> = {},
  header: Readonly<Record<string, unknown>> = {},
  by = key,
) => delegationBy(by, morning, right, { claims, header });

describe('a delegation', () => {
  const answered = { jkt: key.jkt, agent: sub, capabilities: ['read_invoice'] };

  it('answers whose key signed it, for whom, and what of', async () => {
    expect(await verifyDelegation(await signed(), aud, morning)).toEqual(answered);
  });

  it('is what the client signs', async () => {
    const own = await createAgentKey();
    const token = await own.delegate(aud, sub, right.capabilities, morning);
    expect(await verifyDelegation(token, aud, morning)).toEqual({ ...answered, jkt: own.thumbprint });
  });

  it.each([
    -60, 0, 299, 359,
  ])('may be used %d s after it was signed: clocks differ by a minute', async (s) => {
    expect(await verifyDelegation(await signed(), aud, after(morning, s))).toEqual(answered);
  });

  it('may name twenty capabilities', async () => {
    const capabilities = Array.from({ length: 20 }, (_, i) => `capability_${i}`);
    expect(await verifyDelegation(await signed({ capabilities }), aud, morning)).toMatchObject({
      capabilities,
    });
  });

  it.each([
    ['an address to load a key from', { jku: 'https://evil.example/keys' }],
    ['a certificate', { x5c: ['MIIB'], x5u: 'https://evil.example/chain' }],
    ['the name of a key', { kid: '../../etc/passwd' }],
    [
      'members in its key that say what it is for',
      { jwk: { ...key.jwk, alg: 'none', use: 'enc', kid: 'x' } },
    ],
  ])('is judged by the key that it shows alone, whatever its header says beside: %s', async (_, header) => {
    expect(await verifyDelegation(await signed({}, header), aud, morning)).toEqual(answered);
  });
});

describe('a captured delegation is worth nothing', () => {
  const other = aud.replace('L-A', 'L-B');
  it.each([
    ['for another lease', { aud: other }],
    ['at another broker', { aud: aud.replace('broker', 'evil') }],
    ['at another route of the same lease', { aud: aud.replace('delegations', 'credentials') }],
    ['for any lease', { aud: publicUrl }],
    ['for a list of leases', { aud: [aud, other] }],
    ['for a list that holds this lease alone', { aud: [aud] }],
    ['for nothing', { aud: undefined }],
  ])('%s', async (_, claims) => {
    await refusalOfToken(await signed(claims));
  });

  it.each([
    ['six minutes after it was signed', {}, 360],
    ['before it was signed, by more than clocks differ', {}, -61],
    ['made in advance', { iat: morning + 61, exp: morning + 300 }, 0],
    ['signed for longer than five minutes', { exp: morning + 301 }, 0],
    ['signed for a year', { exp: morning + 31_536_000 }, 0],
    ['signed long ago, to live for long', { iat: morning - 400, exp: morning + 300 }, 0],
    ['that has expired', { iat: morning - 200, exp: morning - 60 }, 0],
    ['not valid yet', { nbf: morning + 61 }, 0],
    ['without an end', { exp: undefined }, 0],
    ['without a beginning', { iat: undefined }, 0],
    ['with an end that is no number', { exp: '2030-01-01' }, 0],
    ['with a beginning that is text', { iat: String(morning) }, 0],
    ['without a name of its own', { jti: undefined }, 0],
  ])('%s', async (_, claims, seconds) => {
    await refusalOfToken(await signed(claims), after(morning, seconds));
  });
});

describe('a delegation that says too much or too little is refused', () => {
  const names = Array.from({ length: 21 }, (_, i) => `capability_${i}`);
  it.each([
    ['no agent', { sub: undefined }],
    ['an agent that is none', { sub: 'spiffe://mayfly.local/agent/invoice_processor' }],
    ['every agent', { sub: 'spiffe://mayfly.local/agent/invoice_processor/*' }],
    ['a list of agents', { sub: [sub] }],
    ['no capabilities', { capabilities: undefined }],
    ['an empty list of capabilities', { capabilities: [] }],
    ['21 capabilities', { capabilities: names }],
    ['one capability twice', { capabilities: ['read_invoice', 'read_invoice'] }],
    ['all capabilities', { capabilities: ['*'] }],
    ['a text of capabilities', { capabilities: 'read_invoice' }],
    ['a capability that is a list', { capabilities: [['read_invoice']] }],
    ['an object of capabilities', { capabilities: { 0: 'read_invoice', length: 1 } }],
  ])('%s', async (_, claims) => {
    await refusalOfToken(await signed(claims));
  });
});
