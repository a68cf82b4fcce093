import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { resultSeconds } from '../../core/attestation-result.ts';
import type { Template } from '../../local/template/load.ts';
import { agentKey } from '../lambda/evidence/proofs.ts';
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

test('no log holds what these results held', () => {
  door.loggedNone([agent.token, agent.keys.secretAccessKey, agent.keys.sessionToken]);
});
