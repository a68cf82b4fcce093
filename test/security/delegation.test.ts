import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DelegationCraft } from '../lambda/evidence/delegation-tokens.ts';
import { agentKey, proofBy } from '../lambda/evidence/proofs.ts';
import { leaseUses } from './crafty-agent.ts';
import {
  addressOf,
  childTask,
  leaseOf,
  type Relative,
  relative,
  request,
  word,
} from './delegation-agents.ts';
import { type FrontDoor, openFrontDoor, type Refusal, secretLike } from './front-door.ts';

let door: FrontDoor;
let parent: Relative;
let child: Relative;
let stranger: Relative;
/** A lease of the parent, and one of a stranger. */
let lease: string;
let another: string;

beforeAll(async () => {
  door = await openFrontDoor({ schedules: false });
  [parent, child, stranger] = [await relative(door), await relative(door), await relative(door)];
  [lease, another] = [await leaseOf(parent), await leaseOf(stranger)];
});
afterAll(() => door.stop());

const noLease = { status: 404, code: 'not_found', detail: 'no such lease of the one who signed' };
const noDelegation: Refusal = { status: 401, code: 'invalid_token', path: 'delegation' };
const badly = (path: string): Refusal => ({ status: 400, code: 'invalid_request', path });

/** Expects that a request with this delegation is refused so, and that nothing comes of it. */
async function refuses(delegation: string, refusal: Refusal, by = child, of = lease): Promise<void> {
  const wire = await request(door, by, of, { delegation, task: childTask });
  await door.refuses(() => by.send(wire), refusal);
}

describe('a delegation that is not for this', () => {
  test('signed by somebody else than the holder of the lease is worth nothing', async () => {
    await refuses(await word(door, stranger, lease, child), noLease);
    await refuses(await word(door, child, lease, child), noLease);
  });

  test('for another agent serves no one else, who knows it or not', async () => {
    await refuses(await word(door, parent, lease, stranger), noDelegation);
    await refuses(await word(door, parent, lease, child), noDelegation, stranger);
  });

  test('for another lease serves for none but that', async () => {
    await refuses(await word(door, parent, another, child), noDelegation);
    await refuses(await word(door, parent, another, child), noLease, child, another);
  });

  test('to itself is none: an agent asks for a lease of its own', async () => {
    await refuses(await word(door, parent, lease, parent), badly('delegation'), parent);
  });

  test('to an agent of another type is no word about a lease of this', async () => {
    const other = await relative(door, 'quick_processor');
    await refuses(await word(door, parent, lease, other), noLease, other);
  });

  test.each<[string, (now: number) => DelegationCraft]>([
    ['that has expired', (now) => ({ claims: { iat: now - 200, exp: now - 61 } })],
    ['made long ago', (now) => ({ claims: { iat: now - 400, exp: now - 100 } })],
    ['made in advance', (now) => ({ claims: { iat: now + 120, exp: now + 300 } })],
    ['that would live for an hour', (now) => ({ claims: { exp: now + 3_600 } })],
    ['for a list of leases', () => ({ claims: { aud: [addressOf(door, lease)] } })],
    ['of no capability', () => ({ claims: { capabilities: [] } })],
    [
      'of 21 capabilities',
      () => ({ claims: { capabilities: Array.from({ length: 21 }, (_, i) => `capability_${i}`) } }),
    ],
    ['of another kind of token', () => ({ header: { typ: 'JWT' } })],
    ['that shows the key it was signed with', () => ({ header: { jwk: parent.key.privateJwk } })],
  ])('%s is refused', async (_, craft) => {
    await refuses(await word(door, parent, lease, child, craft(door.broker.now())), noDelegation);
  });

  test('that is a proof of possession, an attestation result, or anything else is refused', async () => {
    const htu = addressOf(door, lease);
    const claims = { htm: 'POST', htu, aud: htu, sub: child.id, capabilities: ['read_invoice'] };
    const proof = await proofBy(parent.key, door.broker.now(), { ...claims, exp: door.broker.now() + 60 });
    for (const token of [proof, parent.result, secretLike]) await refuses(token, noDelegation);
  });
});

describe('a delegation in the place of another token', () => {
  test('is no attestation result, and no proof', async () => {
    const delegation = await word(door, parent, lease, child);
    const body = { delegation, task: childTask };
    const asResult = await request(door, child, lease, body, { token: delegation });
    await door.refuses(() => child.send(asResult), { status: 401, code: 'invalid_token' });
    const asProof = await request(door, child, lease, body, { headers: { DPoP: delegation } });
    await door.refuses(() => child.send(asProof), { status: 401, code: 'invalid_dpop_proof' });
  });
});

describe('a body that wants more', () => {
  const task = childTask;
  test.each<[string, object, string]>([
    [
      'a capability that was not delegated',
      { task: { ...task, capabilities: ['file_result'] } },
      'task.capabilities[0]',
    ],
    ['no capability', { task: { ...task, capabilities: [] } }, 'task.capabilities'],
    [
      '21 capabilities',
      { task: { ...task, capabilities: Array.from({ length: 21 }, (_, i) => `capability_${i}`) } },
      'task.capabilities',
    ],
    ['parameters of its own', { task: { ...task, parameters: { invoice_id: '4712' } } }, 'task.parameters'],
    ['a user of its own', { subject_token: secretLike }, 'subject_token'],
    ['more time than there is', { task: { ...task, estimated_seconds: 43_201 } }, 'task.estimated_seconds'],
    ['no delegation', { delegation: undefined }, 'delegation'],
    ['a delegation as an object', { delegation: { sub: 'x' } }, 'delegation'],
    ['an endless delegation', { delegation: 'x'.repeat(8_193) }, 'delegation'],
  ])('%s is refused', async (_, changed, path) => {
    const delegation = await word(door, parent, lease, child);
    const wire = await request(door, child, lease, { delegation, task, ...changed });
    await door.refuses(() => child.send(wire), badly(path));
  });
});

describe('what a thief has of a sub-agent', () => {
  test('delegation and attestation result serve nobody without its key', async () => {
    const body = { delegation: await word(door, parent, lease, child), task: childTask };
    const wire = await request(door, child, lease, body, { key: await agentKey() });
    await door.refuses(() => child.send(wire), { status: 401, code: 'invalid_dpop_proof' });
  });

  test('nor under another principal, whoever has the key too', async () => {
    const body = { delegation: await word(door, parent, lease, child), task: childTask };
    const wire = await request(door, child, lease, body);
    door.broker.createRole('thief', [{ Effect: 'Allow', Action: 'execute-api:Invoke', Resource: '*' }]);
    const keys = door.broker.credentialsFor('thief', 'thief');
    // The API is closed to whoever is no agent, before any function is asked.
    await door.refuses(() => door.ask(wire, keys), { status: 403, code: 'gateway' });
  });
});

describe('a lease that was delegated', () => {
  let own: string;
  beforeAll(async () => {
    const delegation = await word(door, parent, lease, child);
    const wire = await request(door, child, lease, { delegation, task: childTask });
    own = JSON.parse((await child.send(wire)).body).lease.id;
    expect(own).toMatch(/^L-/);
    const again = { status: 403, code: 'access_denied', detail: 'this proof was used before' };
    await door.refuses(() => child.send(wire), again);
  });

  test('gives no word about the one that it comes from: its holder may neither read nor use that', async () => {
    const read = await child.reading(lease, { token: child.result });
    await door.refuses(() => child.send(read), { status: 404, code: 'not_found' });
    for (const use of leaseUses) {
      const wire = await child.using(use, lease, { token: child.result });
      await door.refuses(() => child.send(wire), { status: 404, code: 'not_found' });
    }
  });

  test('is not its parent’s either', async () => {
    for (const use of leaseUses) {
      const wire = await parent.using(use, own, { token: parent.result });
      await door.refuses(() => parent.send(wire), { status: 404, code: 'not_found' });
    }
  });

  test('is not told apart from one that is not there, by whoever has no word of its holder', async () => {
    const answers = [];
    for (const id of [own, another, 'L-NOSUCHLEASE22222']) {
      const wire = await request(door, child, id, {
        delegation: await word(door, parent, id, child),
        task: childTask,
      });
      const { status, body } = await child.send(wire);
      answers.push(`${status} ${body}`);
    }
    expect(new Set(answers).size).toBe(1);
  });

  test('is refused once the one that it would come from has ended', async () => {
    const ended = await leaseOf(parent);
    const delegation = await word(door, parent, ended, child);
    const release = await parent.using('release', ended, { token: parent.result });
    expect((await parent.send(release)).status).toBe(200);
    await door.broker.settled();
    await refuses(delegation, { status: 409, code: 'lease_ended' }, child, ended);
  });

  test('leaves no token in the logs', () => {
    door.loggedNone([parent.result, child.result, stranger.result]);
  });
});
