import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Craft, type CraftyAgent, craftyAgent } from './crafty-agent.ts';
import { type FrontDoor, openFrontDoor, type Refusal, secretLike } from './front-door.ts';

let door: FrontDoor;
let agent: CraftyAgent;
beforeAll(async () => {
  door = await openFrontDoor();
  agent = await craftyAgent(door);
});
afterAll(() => door.stop());

const noResult = { status: 401, code: 'invalid_token' };
const noProof = { status: 401, code: 'invalid_dpop_proof' };
const malformed = (path: string) => ({ status: 400, code: 'invalid_request', path });

/** Expects that a request for a lease and one for reading are refused alike. */
async function refusedEverywhere(craft: () => Craft, refusal: Refusal): Promise<void> {
  await door.refuses(async () => agent.send(await agent.lease(craft())), refusal);
  await door.refuses(async () => agent.send(await agent.reading('L-AAAAAAAAAAAAAAAA', craft())), refusal);
}

test('the right request is granted by the same door', async () => {
  expect(await agent.send(await agent.lease())).toMatchObject({ status: 201 });
});

describe('the attestation result is refused', () => {
  test.each<[string, () => string | string[] | undefined, Refusal]>([
    ['when it is absent', () => undefined, noResult],
    ['when it is empty', () => '', noResult],
    ['when it came twice', () => [agent.token, agent.token], malformed('Mayfly-Attestation')],
    ['when another came with it', () => [agent.token, 'a.b.c'], malformed('Mayfly-Attestation')],
    ['when two are in one header', () => `${agent.token}, ${agent.token}`, noResult],
    ['behind the word Bearer', () => `Bearer ${agent.token}`, noResult],
    ['in quotes', () => `"${agent.token}"`, noResult],
    ['when it is a secret', () => secretLike, noResult],
    ['when it is long', () => 'x'.repeat(8_000), noResult],
    ['when it is long and looks like one', () => `${'e'.repeat(4_000)}.${'y'.repeat(4_000)}.J`, noResult],
  ])('%s', async (_, value, refusal) => {
    await refusedEverywhere(() => ({ headers: { 'Mayfly-Attestation': value() } }), refusal);
  });

  test('in any header but its own', async () => {
    const headers = { 'Mayfly-Attestation': undefined, 'X-Mayfly-Attestation': agent.token };
    await refusedEverywhere(() => ({ headers }), noResult);
  });
});

describe('the proof is refused', () => {
  test.each<[string, string | string[] | undefined, Refusal]>([
    ['when it is absent', undefined, noProof],
    ['when it is empty', '', noProof],
    ['when it came twice', ['a.b.c', 'a.b.c'], malformed('DPoP')],
    ['when two are in one header', 'a.b.c, a.b.c', noProof],
    ['when it is a secret', secretLike, noProof],
    ['when it is long', 'x'.repeat(8_000), noProof],
  ])('%s', async (_, DPoP, refusal) => {
    await refusedEverywhere(() => ({ headers: { DPoP } }), refusal);
  });

  test('when a right one came with it, in either order and in any case', async () => {
    const { headers } = await agent.lease();
    for (const DPoP of [
      [String(headers['DPoP']), 'a.b.c'],
      ['a.b.c', String(headers['DPoP'])],
    ])
      await refusedEverywhere(() => ({ headers: { ...headers, DPoP } }), malformed('DPoP'));
  });
});

describe('an Idempotency-Key is refused', () => {
  const named = (key: string, header: string | string[] = key): Craft => ({
    headers: { 'Idempotency-Key': header },
    claims: { idempotency_key: key },
  });
  const leases = async (craft: Craft) => agent.send(await agent.lease(craft));

  test.each([
    ['of 7 characters', 'k'.repeat(7)],
    ['of 65 characters', 'k'.repeat(65)],
    ['of two thousand characters', 'k'.repeat(2_000)],
    ['of nothing', ''],
    ['with a space', 'key 00001'],
    ['with a wildcard', 'key-0000*'],
    ['with a slash', 'key/00001'],
    ['with a quote', "key-0001'"],
    ['with a letter beyond ASCII', 'kéy-00001'],
    ['that steers the database', 'key#nonce#'],
    ['that is two in one header', 'key-00001, key-00002'],
  ])('%s', async (_, key) => {
    await door.refuses(() => leases(named(key)), malformed('Idempotency-Key'));
  });

  test('that came twice, though its proof names it', async () => {
    await door.refuses(
      () => leases(named('key-00001', ['key-00001', 'key-00001'])),
      malformed('Idempotency-Key'),
    );
  });

  test('that is absent', async () => {
    const craft = { headers: { 'Idempotency-Key': undefined }, claims: { idempotency_key: undefined } };
    await door.refuses(() => leases(craft), malformed('Idempotency-Key'));
  });

  test.each(['k'.repeat(8), 'k'.repeat(64), 'A-z_0.9:'])('but not %s', async (key) => {
    expect(await leases(named(key))).toMatchObject({ status: 201 });
  });
});

describe('a method or path that the API does not have is refused before any function', () => {
  test.each([
    ['PUT', '/v1/leases'],
    ['DELETE', '/v1/leases'],
    ['PATCH', '/v1/leases/L-AAAAAAAAAAAAAAAA'],
    ['GET', '/v1/leases/L-AAAAAAAAAAAAAAAA/heartbeat'],
    ['DELETE', '/v1/quarantines'],
    ['TRACE', '/v1/leases'],
    ['POST', '/v1/leases/'],
    ['POST', '//v1/leases'],
    ['POST', '/V1/leases'],
    ['POST', '/v1/challenges/../leases'],
    ['POST', '/v1/leases;x=1'],
    ['GET', '/v1/leases/a/b'],
    ['POST', '/v1'],
  ])('%s %s', async (method, path) => {
    const wire = { ...(await agent.lease()), method, url: `${door.broker.url}${path}` };
    const gateway = { status: 403, code: 'gateway', detail: 'Missing Authentication Token' };
    await door.refuses(() => agent.send(wire), gateway);
  });

  test('another stage', async () => {
    const { url, ...wire } = await agent.lease();
    const other = { ...wire, url: url.replace('/live/', '/test/') };
    await door.refuses(() => agent.send(other), { status: 403, code: 'gateway' });
  });
});

test('no log holds what these headers held', () => {
  door.loggedNone([agent.token, agent.keys.secretAccessKey, agent.keys.sessionToken]);
});
