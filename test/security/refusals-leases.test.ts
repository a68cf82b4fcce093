import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createBrokerClient } from '../../client/index.ts';
import { agentRole, invoiceTask, signedFetch } from '../broker.ts';
import { type CraftyAgent, call, craftyAgent, leaseBody, leaseUses } from './crafty-agent.ts';
import { effectsOf } from './effects.ts';
import { type FrontDoor, openFrontDoor, type Refusal } from './front-door.ts';
import type { Wire } from './wire.ts';

let door: FrontDoor;
let agent: CraftyAgent;
beforeAll(async () => {
  door = await openFrontDoor();
});
beforeEach(async () => {
  agent = await craftyAgent(door);
});
afterAll(() => door.stop());

const notFound = { status: 404, code: 'not_found' };
const about = (detail: string) => ({ status: 401, code: 'invalid_dpop_proof', detail });

describe('a captured request for a lease', () => {
  let wire: Wire;
  let leaseId: string;
  beforeEach(async () => {
    wire = await agent.lease();
    leaseId = JSON.parse((await agent.send(wire)).body).lease.id;
  });

  test.each<[string, (wire: Wire) => Partial<Wire>, Refusal]>([
    ['as it was', () => ({}), { status: 403, code: 'access_denied', detail: 'this proof was used before' }],
    [
      'under another Idempotency-Key',
      ({ headers }) => ({ headers: { ...headers, 'Idempotency-Key': 'key-of-the-thief' } }),
      about('another Idempotency-Key'),
    ],
    [
      'without its Idempotency-Key',
      ({ headers }) => ({ headers: { ...headers, 'Idempotency-Key': undefined } }),
      about('another Idempotency-Key'),
    ],
    [
      'for another task',
      () => ({ body: JSON.stringify(leaseBody()).replaceAll('4711', '4712') }),
      about('another body'),
    ],
    [
      'to read the lease',
      ({ url }) => ({ method: 'GET', url: `${url}/${leaseId}`, body: undefined }),
      about('another method'),
    ],
    [
      'to attest',
      ({ url }) => ({ url: url.replace('leases', 'attestations'), body: '{}' }),
      { status: 400, code: 'invalid_request', path: 'agent_type' },
    ],
  ])('mints nothing when it is sent again %s', async (_, change, refusal) => {
    await door.refuses(() => agent.send({ ...wire, ...change(wire) }), refusal);
    const { body } = await agent.send(await agent.reading(leaseId));
    expect(JSON.parse(body).lease).toMatchObject({ id: leaseId, state: 'active' });
  });

  test('mints nothing a minute later, when its proof is stale', async () => {
    door.broker.advance(61);
    await door.refuses(() => agent.send(wire), about('stale'));
  });
});

describe('another’s lease', () => {
  test('is answered like one that never was: no id tells whether it exists', async () => {
    const owner = await craftyAgent(door);
    const { id } = JSON.parse((await owner.send(await owner.lease())).body).lease;
    const [others, unknown] = [await agent.reading(id), await agent.reading('L-AAAAAAAAAAAAAAAA')];
    for (const wire of [others, unknown]) await door.refuses(() => agent.send(wire), notFound);
    const [seen, unseen] = [await agent.send(others), await agent.send(unknown)];
    expect(seen.body).toBe(unseen.body);
    expect(Object.keys(seen.headers)).toEqual(Object.keys(unseen.headers));
    expect(await owner.send(await owner.reading(id))).toMatchObject({ status: 200 });
  });

  test.each(leaseUses)('gives nobody else what it is for, and stays as it is: %s', async (use) => {
    const owner = await craftyAgent(door);
    const { id } = JSON.parse((await owner.send(await owner.lease())).body).lease;
    const others = await agent.using(use, id);
    const unknown = await agent.using(use, 'L-AAAAAAAAAAAAAAAA');
    for (const wire of [others, unknown]) await door.refuses(() => agent.send(wire), notFound);
    // The proof of another agent does not help, nor does its result.
    const stolen = await owner.using(use, id);
    const proof = await agent.using(use, id, { headers: { DPoP: stolen.headers['DPoP'] } });
    await door.refuses(() => agent.send(proof), about('another attestation result'));
    const result = await agent.using(use, id, { token: owner.token });
    await door.refuses(() => agent.send(result), about('another key'));
    const { body } = await owner.send(await owner.reading(id));
    expect(JSON.parse(body).lease).toMatchObject({ id, state: 'active' });
    expect(await owner.send(await owner.using(use, id))).toMatchObject({ status: 200 });
    await door.broker.settled();
  });
});

/** Expects that a call is refused; the proof was used, and that is the one thing that was written. Answers the refusal. */
async function refusedCall(wire: Wire): Promise<string> {
  const before = effectsOf(door.broker);
  const { status, body } = await agent.send(wire);
  expect({ status, code: JSON.parse(body).code }).toEqual(notFound);
  expect(effectsOf(door.broker)).toEqual([...before, 'dynamodb:PutItem']);
  return body;
}

describe('a call that the broker is to make', () => {
  test('is made for nobody else, and not for a lease without that capability', async () => {
    const owner = await craftyAgent(door);
    const { id } = JSON.parse((await owner.send(await owner.lease())).body).lease;
    const others = await refusedCall(await agent.calling(id));
    const unknown = await refusedCall(await agent.calling('L-AAAAAAAAAAAAAAAA'));
    expect(others).toBe(unknown);
    const stolen = await owner.calling(id);
    const proof = await agent.calling(id, { headers: { DPoP: stolen.headers['DPoP'] } });
    await door.refuses(() => agent.send(proof), about('another attestation result'));
    const result = await agent.calling(id, { token: owner.token });
    await door.refuses(() => agent.send(result), about('another key'));
    expect(await owner.send(stolen)).toMatchObject({ status: 403 });
  });
});

describe('one principal and key, attested as agents of two types', () => {
  test('gets no credentials of one under the deadline of the other, and sees no lease of the other', async () => {
    const fetch = signedFetch(door.broker, door.broker.credentialsFor(agentRole, 'of-two-types'));
    const { url, now: clock } = door.broker;
    const long = await createBrokerClient({ url, fetch, clock, agentType: 'long_processor' });
    const quick = await createBrokerClient({
      url,
      fetch,
      clock,
      agentType: 'quick_processor',
      key: long.key,
    });
    const task = invoiceTask(20_000);
    const { lease } = await long.lease(task, 'key-of-both-types');
    await quick.attest();
    const before = effectsOf(door.broker);
    await expect(quick.lease(task, 'key-of-both-types')).rejects.toMatchObject({
      code: 'idempotency_key_reused',
    });
    await expect(quick.collect(lease.id)).rejects.toMatchObject(notFound);
    await expect(quick.read(lease.id)).rejects.toMatchObject(notFound);
    expect(effectsOf(door.broker)).toEqual(before);
    expect((await long.collect(lease.id)).lease.id).toBe(lease.id);
  });
});

describe('what is no lease id is not found', () => {
  test.each([
    ['a prefix', 'L-'],
    ['one character too few', 'L-AAAAAAAAAAAAAAA'],
    ['lower case', 'l-aaaaaaaaaaaaaaaa'],
    ['a nonce of the other table', 'nonce%23AAAA'],
    ['a wildcard', '*'],
    ['a percent-encoded slash', '%252F'],
    ['a NUL', '%00'],
    ['a look-alike', 'L-%D0%90AAAAAAAAAAAAAAA'],
    ['a line break behind it', 'L-AAAAAAAAAAAAAAAA%0A'],
    ['a name of the language', '__proto__'],
    ['a template', '%7Bid%7D'],
    ['a space', '%20'],
    ['more than a key of DynamoDB may hold', 'L'.repeat(2_049)],
  ])('%s', async (_, id) => {
    // A proof is about the address as it was sent, which is how the function sees it.
    const htu = `${door.broker.url}/v1/leases/${id}`;
    const wire = await agent.reading(id, { claims: { htu } });
    await door.refuses(() => agent.send(wire), notFound);
  });

  test('to call through either', async () => {
    for (const id of ['L-', 'l-aaaaaaaaaaaaaaaa', '__proto__']) {
      const htu = `${door.broker.url}/v1/leases/${id}/${call}`;
      await refusedCall(await agent.calling(id, { claims: { htu } }));
    }
  });

  test.each(leaseUses)('to %s either', async (use) => {
    for (const id of ['L-', 'l-aaaaaaaaaaaaaaaa', '__proto__', 'L-AAAAAAAAAAAAAAAA%0A']) {
      const suffix = use === 'release' ? '' : `/${use}`;
      const htu = `${door.broker.url}/v1/leases/${id}${suffix}`;
      const wire = await agent.using(use, id, { claims: { htu } });
      await door.refuses(() => agent.send(wire), notFound);
    }
  });
});
