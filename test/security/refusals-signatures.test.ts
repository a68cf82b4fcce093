import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LocalCredentials } from '../../local/start.ts';
import { agentRole } from '../broker.ts';
import { type CraftyAgent, craftyAgent } from './crafty-agent.ts';
import { type FrontDoor, openFrontDoor } from './front-door.ts';
import { type Scope, send, signed, type Wire } from './wire.ts';

let door: FrontDoor;
let agent: CraftyAgent;
beforeAll(async () => {
  door = await openFrontDoor();
  agent = await craftyAgent(door);
});
afterAll(() => door.stop());

const gateway = (detail: string) => ({ status: 403, code: 'gateway', detail });
const mismatch = gateway('The request signature we calculated does not match');
const otherService = gateway('Credential should be scoped to execute-api');
const unknown = gateway('The security token included in the request is invalid');

/** The request for a lease, signed with something changed. */
async function signing(keys: Partial<LocalCredentials> = {}, scope: Partial<Scope> = {}): Promise<Wire> {
  const right = { service: 'execute-api', region: door.broker.region };
  return signed(await agent.lease(), { ...agent.keys, ...keys }, { ...right, ...scope });
}

/** A moment this many seconds from now as SigV4 writes it. */
const datetime = (seconds: number) =>
  new Date(Date.now() + seconds * 1_000).toISOString().replace(/[:-]|\.\d{3}/g, '');

test('the right request under the right signature is granted by the same door', async () => {
  expect(await send(await signing())).toMatchObject({ status: 201 });
  expect(await send(await signing({}, { datetime: datetime(-290) }))).toMatchObject({ status: 201 });
});

describe('a request is refused before any function', () => {
  test('when it is not signed', async () => {
    const wire = await agent.lease();
    const missing = gateway('Request is missing Authentication Token');
    await door.refuses(() => send(wire), missing);
  });

  test.each<[string, Partial<LocalCredentials>, Partial<Scope>, ReturnType<typeof gateway>]>([
    ['signed with another secret', { secretAccessKey: 'x'.repeat(40) }, {}, mismatch],
    ['signed for another region', {}, { region: 'us-east-1' }, mismatch],
    ['signed for STS', {}, { service: 'sts' }, otherService],
    ['signed for S3', {}, { service: 's3' }, otherService],
    ['signed with a key that nobody has', { accessKeyId: 'ASIAAAAAAAAAAAAAAAAA' }, {}, unknown],
    ['signed more than five minutes ago', {}, { datetime: datetime(-310) }, gateway('Signature expired')],
    ['signed for the day after', {}, { datetime: datetime(86_400) }, gateway('Signature expired')],
    ['signed more than five minutes ahead', {}, { datetime: datetime(400) }, gateway('Signature expired')],
  ])('when it is %s', async (_, keys, scope, refusal) => {
    const wire = await signing(keys, scope);
    await door.refuses(() => send(wire), refusal);
  });

  test('when the session token is absent, another’s, or altered', async () => {
    const other = door.broker.credentialsFor(agentRole, 'another-session').sessionToken;
    for (const sessionToken of ['', other, agent.keys.sessionToken.slice(1)]) {
      const wire = await signing({ sessionToken });
      await door.refuses(() => send(wire), unknown);
    }
  });

  test.each<[string, (wire: Wire) => Partial<Wire>, ReturnType<typeof gateway>]>([
    ['the body', ({ body }) => ({ body: body?.replace('420', '421') }), mismatch],
    ['a space in the body', ({ body }) => ({ body: `${body} ` }), mismatch],
    ['the path', ({ url }) => ({ url: url.replace('leases', 'challenges'), body: '{}' }), mismatch],
    ['the query', ({ url }) => ({ url: `${url}?x=1` }), mismatch],
    ['the method', ({ url }) => ({ method: 'GET', url: `${url}/L-AAAAAAAAAAAAAAAA` }), mismatch],
    ['the host', ({ headers }) => ({ headers: { ...headers, Host: 'evil.example' } }), mismatch],
    ['an x-amz header', ({ headers }) => ({ headers: { ...headers, 'X-Amz-Meta': '1' } }), mismatch],
    [
      'a second date',
      ({ headers }) => ({
        headers: { ...headers, 'X-Amz-Date': [String(headers['x-amz-date']), datetime(0)] },
      }),
      gateway('does not conform'),
    ],
    ['the signature', ({ headers }) => ({ headers: authorized(headers, /.{8}$/, '00000000') }), mismatch],
    ['what is signed', ({ headers }) => ({ headers: authorized(headers, /host;/, '') }), mismatch],
    [
      'the algorithm',
      ({ headers }) => ({ headers: authorized(headers, /^AWS4-HMAC-SHA256/, 'AWS4-HMAC-SHA1') }),
      gateway('does not conform'),
    ],
    [
      'a second signature',
      ({ headers }) => ({
        headers: { ...headers, authorization: [String(headers['authorization']), 'AWS4'] },
      }),
      gateway('Authentication Token'),
    ],
  ])('when %s was changed after signing', async (_, change, refusal) => {
    const wire = await signing();
    await door.refuses(() => send({ ...wire, ...change(wire) }), refusal);
  });

  test.each([
    'Bearer',
    'DPoP',
    'Basic',
  ])('when the attestation result stands as %s authorization', async (scheme) => {
    const wire = await agent.lease();
    const headers = { ...wire.headers, Authorization: `${scheme} ${agent.token}` };
    await door.refuses(() => send({ ...wire, headers }), gateway('does not conform'));
  });

  test('when the session has ended', async () => {
    door.broker.advance(6 * 3_600);
    const wire = await signing();
    await door.refuses(() => send(wire), gateway('The security token included in the request is expired'));
  });
});

function authorized(headers: Wire['headers'], from: RegExp, to: string): Wire['headers'] {
  return { ...headers, authorization: String(headers['authorization']).replace(from, to) };
}
