import { createHmac, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { KMSClient } from '@aws-sdk/client-kms';
import { decodeJwt, decodeProtectedHeader, type JWK, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { attestationResultType } from '../../core/attestation-result.ts';
import { signEs256 } from '../../lambda/aws/attestation-key.ts';
import { forged, proofBy } from '../lambda/evidence/proofs.ts';
import { type CraftyAgent, craftyAgent } from './crafty-agent.ts';
import { type FrontDoor, openFrontDoor } from './front-door.ts';

let door: FrontDoor;
let agent: CraftyAgent;
beforeAll(async () => {
  door = await openFrontDoor();
  agent = await craftyAgent(door);
});
afterAll(() => door.stop());

const header = () => decodeProtectedHeader(agent.token);
const claims = () => decodeJwt(agent.token);

/** Expects that a lease and the sight of one are refused to whoever presents this. */
async function opensNothing(token: string): Promise<void> {
  const refusal = { status: 401, code: 'invalid_token' };
  await door.refuses(async () => agent.send(await agent.lease({ token })), refusal);
  await door.refuses(async () => agent.send(await agent.reading('L-AAAAAAAAAAAAAAAA', { token })), refusal);
}

const thief = generateKeyPairSync('ec', { namedCurve: 'P-256' });

/** The agent's own result under a thief's signature. */
function signedByThief(changed: object): Promise<string> {
  return new SignJWT(claims())
    .setProtectedHeader({ alg: 'ES256', typ: attestationResultType, ...changed })
    .sign(thief.privateKey);
}

/** The agent's own result with other claims, under the signature of the old ones. */
function changed(other: object): string {
  const [first, , signature] = agent.token.split('.');
  return `${first}.${forged({}, { ...claims(), ...other }).split('.')[1]}.${signature}`;
}

/** A MAC keyed with the published key in one of the forms in which a library might hand it over. */
async function macKeyedBy(form: 'jwk' | 'pem' | 'der'): Promise<string> {
  const response = await fetch(`${door.broker.url}/.well-known/jwks.json`);
  const [jwk] = ((await response.json()) as { keys: [JWK] }).keys;
  const key = createPublicKey({ key: jwk as Record<string, string>, format: 'jwk' });
  const secret = form === 'jwk' ? JSON.stringify(jwk) : key.export({ format: form as 'pem', type: 'spki' });
  const input = forged({ ...header(), alg: 'HS256' }, claims()).slice(0, -1);
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
}

describe('a forged result opens nothing', () => {
  test.each<[string, () => string | Promise<string>]>([
    ['without a signature, `alg: none`', () => forged({ ...header(), alg: 'none' }, claims())],
    ['with its signature taken away', () => agent.token.replace(/[^.]*$/, '')],
    [
      'with one letter of its signature changed',
      () => agent.token.replace(/.(?=.{40}$)/, (letter) => (letter === 'A' ? 'B' : 'A')),
    ],
    ['with the published key as the secret of a MAC', () => macKeyedBy('pem')],
    ['with the published key’s bytes as the secret of a MAC', () => macKeyedBy('der')],
    ['with the published key’s JSON as the secret of a MAC', () => macKeyedBy('jwk')],
    ['signed by a thief', () => signedByThief({})],
    ['signed by a thief under the broker’s key id', () => signedByThief(header())],
    [
      'signed by a thief whose key it shows',
      () => signedByThief({ jwk: thief.publicKey.export({ format: 'jwk' }) }),
    ],
    [
      'signed by a thief whose keys it says where to find',
      () =>
        signedByThief({
          jku: 'http://127.0.0.1:1/keys',
          x5u: 'http://127.0.0.1:1/chain',
        }),
    ],
    ['for another key, under a right signature', () => changed({ cnf: { jkt: 'x'.repeat(43) } })],
    ['for another agent, under a right signature', () => changed({ sub: 'spiffe://mayfly.local/agent/a/b' })],
    ['for another type, under a right signature', () => changed({ agent_type: 'quick_processor' })],
    ['for ever, under a right signature', () => changed({ exp: 4_102_444_800 })],
    ['that is a proof', () => proofBy(agent.key, door.broker.now(), claims())],
    [
      'that is a proof called a result',
      () => proofBy(agent.key, door.broker.now(), claims(), { typ: 'attestation-result+jwt' }),
    ],
    ['that is an ID token', () => signedByThief({ typ: 'JWT' })],
    [
      'in JSON',
      () =>
        JSON.stringify({
          payload: agent.token.split('.')[1],
          signatures: [{ protected: agent.token.split('.')[0], signature: agent.token.split('.')[2] }],
        }),
    ],
    ['encrypted', () => `${agent.token}.e.e`],
  ])('%s', async (_, forge) => {
    await opensNothing(await forge());
  });
});

describe('another token under the broker’s own signature opens nothing', () => {
  /** Signs with the deployed key, by the role that may: what a later kind of token of this broker would be. */
  async function signedByBroker(otherClaims: object, otherHeader: object = {}): Promise<string> {
    const { broker } = door;
    const { role = '' } = broker.calls.find(({ operation }) => operation === 'Sign') ?? {};
    const { region, endpoint } = broker;
    const kms = new KMSClient({ region, endpoint, credentials: broker.credentialsFor(role, 'forger') });
    const keyArn = `arn:aws:kms:${region}:${broker.account}:key/${header().kid}`;
    const input = forged({ ...header(), ...otherHeader }, { ...claims(), ...otherClaims }).slice(0, -1);
    return `${input}.${Buffer.from(await signEs256(kms, keyArn, Buffer.from(input))).toString('base64url')}`;
  }

  test('though the right one does', async () => {
    const token = await signedByBroker({});
    expect(await agent.send(await agent.lease({ token }))).toMatchObject({ status: 201 });
  });

  test.each<[string, object, object]>([
    ['called a JWT', {}, { typ: 'JWT' }],
    ['called an access token', {}, { typ: 'at+jwt' }],
    ['called a proof', {}, { typ: 'dpop+jwt' }],
    ['called nothing', {}, { typ: undefined }],
    ['with an extension that must be understood', {}, { crit: ['x'], x: 1 }],
    ['from another issuer', { iss: 'https://other.example/live' }, {}],
    ['from no issuer', { iss: undefined }, {}],
    ['for another audience', { aud: 'https://other.example/live/v1/leases' }, {}],
    ['for no audience', { aud: undefined }, {}],
    ['without an end', { exp: undefined }, {}],
    ['whose end is text', { exp: 'never' }, {}],
    ['of the past', { exp: 1 }, {}],
    ['of the future', { nbf: 4_102_444_800 }, {}],
    ['without an agent', { sub: undefined }, {}],
    ['without an agent type', { agent_type: undefined }, {}],
    ['without a principal', { role_id: undefined }, {}],
    ['without a key', { cnf: undefined }, {}],
  ])('%s', async (_, otherClaims, otherHeader) => {
    await opensNothing(await signedByBroker(otherClaims, otherHeader));
  });
});

test('no log holds what these results held', () => {
  door.loggedNone([agent.token, agent.keys.secretAccessKey, agent.keys.sessionToken]);
});
