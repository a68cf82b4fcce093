import { createHmac, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { agentKey, forged } from '../lambda/evidence/proofs.ts';
import { type Craft, type CraftyAgent, craftyAgent } from './crafty-agent.ts';
import { type FrontDoor, openFrontDoor, type Refusal } from './front-door.ts';
import { send, signed } from './wire.ts';

let door: FrontDoor;
let agent: CraftyAgent;
beforeAll(async () => {
  door = await openFrontDoor();
});
beforeEach(async () => {
  agent = await craftyAgent(door);
});
afterAll(() => door.stop());

const [rsa, p384, ed25519] = await Promise.all(['RS256', 'ES384', 'EdDSA'].map((alg) => agentKey(alg)));

const noProof = { status: 401, code: 'invalid_dpop_proof' };
const about = (detail: string) => ({ ...noProof, detail });
const asking = async (craft: Craft) => agent.send(await agent.lease(craft));

test('a right proof opens the same door', async () => {
  expect(await asking({})).toMatchObject({ status: 201 });
  expect(await asking({ claims: { iat: door.broker.now() - 55 } })).toMatchObject({ status: 201 });
  expect(await asking({ claims: { iat: door.broker.now() + 55 } })).toMatchObject({ status: 201 });
});

describe('a proof opens nothing', () => {
  const url = () => `${door.broker.url}/v1/leases`;
  const other = (from: RegExp, to: string) => () => ({ htu: url().replace(from, to) });

  test.each<[string, () => Record<string, unknown>, Refusal]>([
    ['for another method', () => ({ htm: 'GET' }), about('another method')],
    ['for the method in lower case', () => ({ htm: 'post' }), about('another method')],
    ['for no method', () => ({ htm: undefined }), noProof],
    ['for any method', () => ({ htm: ['POST', 'GET'] }), about('another method')],
    ['for another route', other(/leases$/, 'challenges'), about('another address')],
    ['for the route below', other(/$/, '/L-AAAAAAAAAAAAAAAA'), about('another address')],
    ['for the route with a slash', other(/$/, '/'), about('another address')],
    ['for the route with a query', other(/$/, '?x=1'), about('another address')],
    ['for the route with a fragment', other(/$/, '#x'), about('another address')],
    ['for the route in another case', other(/leases$/, 'LEASES'), about('another address')],
    ['for another host', other(/127\.0\.0\.1/, 'localhost'), about('another address')],
    ['for another port', other(/:\d+/, ':80'), about('another address')],
    ['for another scheme', other(/^http:/, 'https:'), about('another address')],
    ['for another stage', other(/live/, 'test'), about('another address')],
    ['for a host that hides this one', other(/\/\//, '//x@'), about('another address')],
    ['for the path alone', other(/^.*live/, ''), about('another address')],
    ['for no address', () => ({ htu: undefined }), noProof],
    ['of a minute ago', () => ({ iat: door.broker.now() - 61 }), about('stale')],
    ['of yesterday', () => ({ iat: door.broker.now() - 86_400 }), about('stale')],
    ['made in advance', () => ({ iat: door.broker.now() + 65 }), about('stale')],
    ['without its time', () => ({ iat: undefined }), noProof],
    ['whose time is text', () => ({ iat: String(door.broker.now()) }), noProof],
    ['whose time is in milliseconds', () => ({ iat: door.broker.now() * 1_000 }), about('stale')],
    ['that says it has expired', () => ({ exp: door.broker.now() - 120 }), noProof],
    ['that says it is not valid yet', () => ({ nbf: door.broker.now() + 120 }), noProof],
    [
      'for another attestation result',
      () => ({ ath: randomBytes(32).toString('base64url') }),
      about('another attestation result'),
    ],
    [
      'that holds the result instead of its hash',
      () => ({ ath: agent.token }),
      about('another attestation result'),
    ],
    ['for no attestation result', () => ({ ath: undefined }), about('another attestation result')],
    [
      'for another Idempotency-Key',
      () => ({ idempotency_key: 'key-of-another' }),
      about('another Idempotency-Key'),
    ],
    ['for no Idempotency-Key', () => ({ idempotency_key: undefined }), about('another Idempotency-Key')],
    ['without a jti', () => ({ jti: undefined }), noProof],
    ['with a jti of 15 characters', () => ({ jti: 'j'.repeat(15) }), about('jti')],
    ['with a jti of 65 characters', () => ({ jti: 'j'.repeat(65) }), about('jti')],
    ['with a jti that is a number', () => ({ jti: 1_234_567_890_123_456 }), about('jti')],
    ['with a jti that is a list', () => ({ jti: ['j'.repeat(16)] }), about('jti')],
    ['with a jti of strange characters', () => ({ jti: `${'j'.repeat(16)}\n` }), about('jti')],
  ])('%s', async (_, claims, refusal) => {
    const changed = claims();
    await door.refuses(() => asking({ claims: changed }), refusal);
  });

  test('for the host that the Host header names', async () => {
    const evil = 'http://evil.example/live/v1/leases';
    const wire = await agent.lease({ claims: { htu: evil } });
    const scope = { service: 'execute-api', region: door.broker.region };
    const { headers } = await signed({ ...wire, url: evil }, agent.keys, scope);
    const sent = { ...wire, headers: { ...headers, Host: 'evil.example' } };
    await door.refuses(() => send(sent), about('another address'));
  });
});

describe('a forged proof opens nothing', () => {
  const presenting = async (proof: string) => ({ headers: { DPoP: proof } });
  const partsOf = async () => {
    const { headers } = await agent.lease();
    const [header = '', payload = '', signature = ''] = String(headers['DPoP']).split('.');
    const read = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString());
    return { header: read(header), payload: read(payload), signature, text: `${header}.${payload}` };
  };
  test.each<[string, () => Craft | Promise<Craft>]>([
    [
      'by a thief that shows the agent’s key',
      async () => ({ key: await agentKey(), header: { jwk: agent.key.jwk } }),
    ],
    [
      'by a thief that names the agent’s key',
      async () => ({ key: await agentKey(), header: { jwk: undefined, kid: agent.key.jkt } }),
    ],
    ['that shows its private key', () => ({ header: { jwk: agent.key.privateJwk } })],
    ['that shows no key', () => ({ header: { jwk: undefined } })],
    ['that shows null', () => ({ header: { jwk: null } })],
    ['that shows a symmetric key', () => ({ header: { jwk: { kty: 'oct', k: 'AAAA' } } })],
    [
      'that shows a point that is not on the curve',
      () => ({ header: { jwk: { ...agent.key.jwk, x: 'AAAA', y: 'AAAA' } } }),
    ],
    ['that shows half a key', () => ({ header: { jwk: { ...agent.key.jwk, y: undefined } } })],
    ['that says where its key is', () => ({ header: { jwk: undefined, jku: 'http://127.0.0.1:1/keys' } })],
    ['that is called a JWT', () => ({ header: { typ: 'JWT' } })],
    ['that is called an attestation result', () => ({ header: { typ: 'attestation-result+jwt' } })],
    ['that is not called anything', () => ({ header: { typ: undefined } })],
    ['by RS256', () => ({ key: rsa ?? agent.key, header: { alg: 'RS256' } })],
    ['by ES384', () => ({ key: p384 ?? agent.key, header: { alg: 'ES384' } })],
    ['by EdDSA', () => ({ key: ed25519 ?? agent.key, header: { alg: 'EdDSA' } })],
    [
      'by nobody, `alg: none`',
      async () => presenting(forged({ ...(await partsOf()).header, alg: 'none' }, (await partsOf()).payload)),
    ],
    ['whose signature was taken away', async () => presenting(`${(await partsOf()).text}.`)],
    [
      'whose signature is of other claims',
      async () => presenting(`${(await partsOf()).text}.${(await partsOf()).signature}`),
    ],
    [
      'with the shown key as the secret of a MAC',
      async () => {
        const { header, payload } = await partsOf();
        const input = forged({ ...header, alg: 'HS256' }, payload).slice(0, -1);
        return presenting(
          `${input}.${createHmac('sha256', JSON.stringify(header.jwk)).update(input).digest('base64url')}`,
        );
      },
    ],
    ['that is the attestation result', () => presenting(agent.token)],
  ])('%s', async (_, forge) => {
    const craft = await forge();
    await door.refuses(() => asking(craft), noProof);
  });
});

test('no log holds what these proofs held', () => {
  door.loggedNone([agent.token, agent.keys.secretAccessKey, agent.keys.sessionToken]);
});
