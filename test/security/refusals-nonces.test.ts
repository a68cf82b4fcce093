import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { evidenceBinding } from '../../core/identity.ts';
import { agentRole } from '../broker.ts';
import { agentKey } from '../lambda/evidence/proofs.ts';
import { attestationBody, type Craft, type CraftyAgent, craftyAgent } from './crafty-agent.ts';
import { effectsOf } from './effects.ts';
import { type FrontDoor, openFrontDoor, type Refusal } from './front-door.ts';

let door: FrontDoor;
let agent: CraftyAgent;
let nonce: string;
beforeAll(async () => {
  door = await openFrontDoor();
});
beforeEach(async () => {
  agent = await craftyAgent(door);
  nonce = await agent.challenge();
});
afterAll(() => door.stop());

const invalidNonce = { status: 403, code: 'invalid_nonce', path: 'nonce' };
const attesting = async (craft: Craft = {}, with_ = nonce) =>
  agent.send(await agent.attestation(with_, craft));

describe('a nonce is refused', () => {
  test('the second time', async () => {
    expect(await attesting()).toMatchObject({ status: 201 });
    await door.refuses(() => attesting(), invalidNonce);
  });

  test('a minute later, though not in the minute’s last seconds', async () => {
    const other = await agent.challenge();
    door.broker.advance(55);
    expect(await attesting()).toMatchObject({ status: 201 });
    door.broker.advance(6);
    await door.refuses(() => attesting({}, other), invalidNonce);
  });

  test('from another session of the same role, and stays good for its own', async () => {
    const other = door.broker.credentialsFor(agentRole, 'another-session');
    const wire = await agent.attestation(nonce);
    await door.refuses(() => door.ask(wire, other), invalidNonce);
    expect(await attesting()).toMatchObject({ status: 201 });
  });

  test('that nobody handed out', async () => {
    const madeUp = Buffer.alloc(32, 7).toString('base64url');
    await door.refuses(() => attesting({}, madeUp), invalidNonce);
  });

  test('that differs in the case of one letter', async () => {
    const swapped = nonce.replace(/[a-z]/i, (letter) =>
      letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase(),
    );
    await door.refuses(() => attesting({}, swapped), invalidNonce);
  });

  test('by all but one of ten requests at once, and one result is signed', async () => {
    const before = effectsOf(door.broker).length;
    const answers = await Promise.all(Array.from({ length: 10 }, () => attesting()));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array(9).fill(403)]);
    expect(effectsOf(door.broker).slice(before)).toEqual([
      'dynamodb:DeleteItem',
      'dynamodb:UpdateItem',
      'kms:Sign',
    ]);
  });
});

describe('evidence is refused, and its nonce stays good,', () => {
  const otherNonce = 'N'.repeat(43);
  const bound = (to: string, jkt: string) => ({
    ...attestationBody(nonce, jkt),
    evidence: [{ method: 'aws_iam', binding: evidenceBinding(to, jkt) }],
  });
  const unbound = { status: 403, code: 'invalid_evidence', path: 'evidence[0].binding' };
  const noProof = { status: 401, code: 'invalid_dpop_proof' };

  test.each<[string, () => Promise<Craft>, Refusal]>([
    ['bound to another key than proves itself', async () => ({ key: await agentKey() }), unbound],
    [
      'bound to another nonce',
      async () => ({ body: JSON.stringify(bound(otherNonce, agent.key.jkt)) }),
      unbound,
    ],
    ['bound to nothing but the nonce', async () => ({ body: JSON.stringify(bound(nonce, '')) }), unbound],
    ['with a proof for another nonce', async () => ({ claims: { nonce: otherNonce } }), noProof],
    ['with a proof for no nonce', async () => ({ claims: { nonce: undefined } }), noProof],
    ['without a proof', async () => ({ headers: { DPoP: undefined } }), noProof],
    [
      'with a proof for the leases',
      async () => ({ claims: { htu: `${door.broker.url}/v1/leases` } }),
      noProof,
    ],
    [
      'with a proof that names an Idempotency-Key',
      async () => ({ claims: { idempotency_key: 'key-0001' } }),
      noProof,
    ],
  ])('%s', async (_, craft, refusal) => {
    const crafted = await craft();
    await door.refuses(() => attesting(crafted), refusal);
    expect(await attesting()).toMatchObject({ status: 201 });
  });

  test.each([
    ['that no policy knows', 'payment_processor'],
    ['named as the language names things', 'constructor'],
  ])('for an agent type %s', async (_, agent_type) => {
    const body = JSON.stringify({ ...attestationBody(nonce, agent.key.jkt), agent_type });
    await door.refuses(() => attesting({ body }), { status: 403, code: 'access_denied', path: 'agent_type' });
    expect(await attesting()).toMatchObject({ status: 201 });
  });
});
