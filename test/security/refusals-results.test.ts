import { createHmac, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { decodeJwt, decodeProtectedHeader, type JWK, SignJWT } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { resultSeconds } from '../../core/attestation-result.ts';
import type { Template } from '../../local/template/load.ts';
import { agentKey, forged, proofBy } from '../lambda/evidence/proofs.ts';
import { type Craft, type CraftyAgent, craftyAgent } from './crafty-agent.ts';
import { type FrontDoor, openFrontDoor, type Refusal } from './front-door.ts';

let door: FrontDoor;
let agent: CraftyAgent;
beforeAll(async () => {
  door = await openFrontDoor({ alter: openToEveryRole });
});
beforeEach(async () => {
  agent = await craftyAgent(door);
});
afterAll(() => door.stop());

/** Opens the API's resource policy to the whole account: what the functions check must hold without it. */
function openToEveryRole({ Resources }: Template): void {
  const [api] = Object.values(Resources).filter(({ Type }) => Type === 'AWS::ApiGateway::RestApi');
  const text = JSON.stringify(api?.Properties);
  const opened = text.replaceAll(/"[^"]*:role\/invoice-agent"/g, '"arn:aws:iam::111122223333:role/*"');
  if (opened === text) throw new Error('the resource policy names no agent to open it for');
  Object.assign(api?.Properties ?? {}, JSON.parse(opened));
}

const noResult = { status: 401, code: 'invalid_token' };
const noProof = { status: 401, code: 'invalid_dpop_proof' };

/** Expects that a lease and the sight of one are refused to whoever presents this. */
async function opensNothing(craft: Craft, refusal: Refusal = noResult): Promise<void> {
  await door.refuses(async () => agent.send(await agent.lease(craft)), refusal);
  await door.refuses(async () => agent.send(await agent.reading('L-AAAAAAAAAAAAAAAA', craft)), refusal);
}

describe('a right result opens nothing', () => {
  test('with the key of a thief', async () => {
    await opensNothing({ key: await agentKey() }, { ...noProof, detail: 'another key than was attested' });
  });

  test('with the key of another attested agent of the same role', async () => {
    const other = await craftyAgent(door);
    await opensNothing({ key: other.key }, noProof);
    await opensNothing({ token: other.token }, noProof);
  });

  test('without a proof', async () => {
    await opensNothing({ headers: { DPoP: undefined } }, noProof);
  });

  test('from the second it expires, though ten seconds before it did', async () => {
    door.broker.advance(resultSeconds - 10);
    expect(await agent.send(await agent.lease())).toMatchObject({ status: 201 });
    door.broker.advance(10);
    await opensNothing({});
  });

  test('for another principal, though it holds the key', async () => {
    door.broker.createRole('clerk', [{ Effect: 'Allow', Action: 'execute-api:Invoke', Resource: '*' }]);
    const clerk = door.broker.credentialsFor('clerk', 'crafty-agent');
    for (const wire of [await agent.lease(), await agent.reading('L-AAAAAAAAAAAAAAAA')])
      await door.refuses(() => door.ask(wire, clerk), { ...noResult, detail: 'another principal' });
  });

  test('at another broker', async () => {
    const other = await openFrontDoor();
    try {
      const stranger = await craftyAgent(other);
      await opensNothing({ token: stranger.token, key: stranger.key });
    } finally {
      await other.stop();
    }
  });
});

test('a principal that no policy names gets no nonce, wherever the API lets it in', async () => {
  door.broker.createRole('visitor', [{ Effect: 'Allow', Action: 'execute-api:Invoke', Resource: '*' }]);
  const wire = { method: 'POST', url: `${door.broker.url}/v1/challenges`, headers: {}, body: '{}' };
  const visitor = door.broker.credentialsFor('visitor', 'session');
  await door.refuses(() => door.ask(wire, visitor), { status: 403, code: 'access_denied' });
});

describe('a forged result opens nothing', () => {
  const thief = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const signedByThief = (claims: object, header: object) =>
    new SignJWT({ ...claims })
      .setProtectedHeader({ alg: 'ES256', typ: 'attestation-result+jwt', ...header })
      .sign(thief.privateKey);
  const published = async (): Promise<JWK> => {
    const response = await fetch(`${door.broker.url}/.well-known/jwks.json`);
    return ((await response.json()) as { keys: [JWK] }).keys[0];
  };

  /** A MAC keyed with the published key in one of the forms in which a library might hand it over. */
  async function macKeyedBy(form: 'jwk' | 'pem' | 'der'): Promise<string> {
    const jwk = await published();
    const key = createPublicKey({ key: jwk as never, format: 'jwk' });
    const secret = form === 'jwk' ? JSON.stringify(jwk) : key.export({ format: form as 'pem', type: 'spki' });
    const input = forged(
      { ...decodeProtectedHeader(agent.token), alg: 'HS256' },
      decodeJwt(agent.token),
    ).slice(0, -1);
    return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
  }

  test.each<[string, () => string | Promise<string>]>([
    [
      'without a signature, `alg: none`',
      () => forged({ ...decodeProtectedHeader(agent.token), alg: 'none' }, decodeJwt(agent.token)),
    ],
    ['with its signature taken away', () => agent.token.replace(/[^.]*$/, '')],
    [
      'with one letter of its signature changed',
      () => agent.token.replace(/.(?=.{40}$)/, (letter) => (letter === 'A' ? 'B' : 'A')),
    ],
    ['with the published key as the secret of a MAC', () => macKeyedBy('pem')],
    ['with the published key’s bytes as the secret of a MAC', () => macKeyedBy('der')],
    ['with the published key’s JSON as the secret of a MAC', () => macKeyedBy('jwk')],
    ['signed by a thief', () => signedByThief(decodeJwt(agent.token), {})],
    [
      'signed by a thief under the broker’s key id',
      () => signedByThief(decodeJwt(agent.token), decodeProtectedHeader(agent.token)),
    ],
    [
      'signed by a thief whose key it shows',
      () => signedByThief(decodeJwt(agent.token), { jwk: thief.publicKey.export({ format: 'jwk' }) }),
    ],
    [
      'signed by a thief whose keys it says where to find',
      () =>
        signedByThief(decodeJwt(agent.token), {
          jku: 'http://127.0.0.1:1/keys',
          x5u: 'http://127.0.0.1:1/chain',
        }),
    ],
    ['for another key, under a right signature', () => changed({ cnf: { jkt: 'x'.repeat(43) } })],
    ['for another agent, under a right signature', () => changed({ sub: 'spiffe://mayfly.local/agent/a/b' })],
    ['for another type, under a right signature', () => changed({ agent_type: 'quick_processor' })],
    ['for ever, under a right signature', () => changed({ exp: 4_102_444_800 })],
    ['that is a proof', () => proofBy(agent.key, door.broker.now(), decodeJwt(agent.token))],
    [
      'that is a proof called a result',
      () => proofBy(agent.key, door.broker.now(), decodeJwt(agent.token), { typ: 'attestation-result+jwt' }),
    ],
    ['that is an ID token', () => signedByThief(decodeJwt(agent.token), { typ: 'JWT' })],
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
    await opensNothing({ token: await forge() });
  });

  /** The agent's own result with other claims, under the signature of the old ones. */
  function changed(claims: object): string {
    const [header, , signature] = agent.token.split('.');
    const payload = forged({}, { ...decodeJwt(agent.token), ...claims }).split('.')[1];
    return `${header}.${payload}.${signature}`;
  }
});

test('no log holds what these results held', () => {
  door.loggedNone([agent.token, agent.keys.secretAccessKey, agent.keys.sessionToken]);
});
