import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { service, serviceRole } from './api-closed-callers.ts';
import { attestationBody, type CraftyAgent, craftyAgent, leaseBody } from './crafty-agent.ts';
import { type FrontDoor, openFrontDoor, secretLike } from './front-door.ts';
import { extended, reduced, retyped } from './mutations.ts';

let door: FrontDoor;
let agent: CraftyAgent;
let nonce: string;
beforeAll(async () => {
  door = await openFrontDoor();
  agent = await craftyAgent(door);
  nonce = await agent.challenge();
});
afterAll(() => door.stop());

const base64url = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const invalid = (path: string) => ({ status: 400, code: 'invalid_request', path });
const challenge = (body?: string) => ({
  method: 'POST',
  url: `${door.broker.url}/v1/challenges`,
  headers: {},
  body,
});
const attestation = (body?: string) => agent.attestation(nonce, { body });
const lease = (body?: string) => agent.lease({ body });

/** Whose lease it is would be asked only of a right body. */
const use = (what: 'heartbeat' | 'credentials', body?: string) =>
  agent.using(what, 'L-AAAAAAAAAAAAAAAA', { body });

/** Expects that each route refuses this body. */
async function everyRouteRefuses(body: string | undefined): Promise<void> {
  const uses = [await use('heartbeat', body), await use('credentials', body)];
  for (const wire of [challenge(body), await attestation(body), await lease(body), ...uses])
    await door.refuses(() => agent.send(wire), invalid('body'));
}

describe('what is no JSON object opens no route', () => {
  test.each([
    ['nothing at all', undefined],
    ['an empty text', ''],
    ['white space', ' \r\n\t'],
    ['a broken object', '{"task":'],
    ['garbage after the object', '{} {}'],
    ['a comma too many', '{"task":{},}'],
    ['single quotes', "{'task':{}}"],
    ['a comment', '{/* */}'],
    ['a byte order mark', '\ufeff{}'],
    ['a NUL byte', '{}\u0000'],
    ['a number that JSON does not have', '{"task":NaN}'],
    ['a line break inside text', '{"task":"\n"}'],
    ['a form', 'task=1&task=2'],
    ['a secret instead of JSON', secretLike],
    ['a secret where JSON breaks', `{"task":${secretLike}}`],
    ['eight thousand lists inside each other', `${'['.repeat(8_000)}${']'.repeat(8_000)}`],
    ['null', 'null'],
    ['a boolean', 'true'],
    ['a number', '5'],
    ['a text that holds an object', '"{}"'],
    ['a list', '[{}]'],
  ])('%s', async (_, body) => {
    await everyRouteRefuses(body);
  });
});

describe('a question about a token', () => {
  const asked = (body?: string) => {
    const { broker } = door;
    service(broker);
    const wire = { method: 'POST', url: `${broker.url}/v1/introspections`, headers: {}, body };
    return door.ask(wire, broker.credentialsFor(serviceRole, 'asking'));
  };

  test.each([
    ['nothing at all', undefined],
    ['an empty text', ''],
    ['another field', 'access_token=x'],
    ['two tokens', 'token=x&token=y'],
    ['JSON', '{"token":"x"}'],
    ['more than any token of the broker', `token=${'x'.repeat(8_193)}`],
    ['a secret', secretLike],
  ])('is a form with one: %s is refused', async (_, body) => {
    await door.refuses(() => asked(body), invalid('token'));
  });

  test.each<[string, () => string]>([
    ['no token', () => ''],
    ['a text', () => secretLike],
    ['an attestation result, which is signed by the broker too', () => agent.token],
    [
      'one without a signature',
      () => `${base64url({ alg: 'none' })}.${base64url({ iss: door.broker.url })}.`,
    ],
  ])('is answered in one word about %s', async (_, token) => {
    const { status, body } = await asked(new URLSearchParams({ token: token() }).toString());
    expect([status, JSON.parse(body)]).toEqual([200, { active: false }]);
  });
});

describe('a task that is wrong in one place is refused with that place', () => {
  // No capability and no rule rests on the amount.
  const optional = ['task.parameters', 'task.parameters.invoice_amount'];
  const deep = JSON.parse(`${'{"a":'.repeat(2_000)}1${'}'.repeat(2_000)}`);
  test.each([
    ...retyped(leaseBody()),
    ...reduced(leaseBody()).filter(({ path }) => !optional.includes(path)),
    ...['urgent', '__proto__', 'constructor', 'toString', 'Task', ''].flatMap((field) =>
      extended(leaseBody(), field),
    ),
    {
      name: 'depth',
      path: 'task.parameters.customer_id',
      body: JSON.stringify({ task: { ...leaseBody().task, parameters: { customer_id: deep } } }),
    },
  ])('$name', async ({ path, body }) => {
    await door.refuses(async () => agent.send(await lease(body)), invalid(path));
  });
});

describe('evidence that is wrong in one place is refused with that place, and keeps its nonce', () => {
  const [anyNonce, anyKey] = ['N'.repeat(43), 'thumbprint'];
  const body = attestationBody(anyNonce, anyKey);
  test.each([
    ...retyped(body),
    ...reduced(body),
    ...['urgent', '__proto__', 'constructor'].flatMap((field) => extended(body, field)),
  ])('$name', async (mutation) => {
    const text = mutation.body.replace(anyNonce, nonce);
    await door.refuses(async () => agent.send(await attestation(text)), invalid(mutation.path));
  });

  test('so that the right body still succeeds with it', async () => {
    expect((await agent.send(await agent.attestation(nonce))).status).toBe(201);
  });
});

test.each(['urgent', '__proto__', ''])('a challenge takes no field, not even %j', async (field) => {
  const [{ body, path } = { body: '', path: '' }] = extended({}, field);
  await door.refuses(() => agent.send(challenge(body)), invalid(path));
});

test.each([
  'urgent',
  '__proto__',
  'estimated_seconds',
  '',
])('a heartbeat takes no field, not even %j', async (field) => {
  const [{ body, path } = { body: '', path: '' }] = extended({}, field);
  await door.refuses(async () => agent.send(await use('heartbeat', body)), invalid(path));
});

describe('a renewal that is wrong in one place is refused with that place', () => {
  const right = { capabilities: ['read_invoice'], estimated_seconds: 60 };
  test.each([
    ...retyped(right),
    ...['urgent', '__proto__', 'deadline', 'parameters', ''].flatMap((field) => extended(right, field)),
  ])('$name', async ({ path, body }) => {
    await door.refuses(async () => agent.send(await use('credentials', body)), invalid(path));
  });

  test.each<[string, object, string]>([
    ['by no time', { estimated_seconds: 0 }, 'estimated_seconds'],
    ['by negative time', { estimated_seconds: -60 }, 'estimated_seconds'],
    ['by more than half a day', { estimated_seconds: 43_201 }, 'estimated_seconds'],
    ['for no capability', { capabilities: [] }, 'capabilities'],
    ['for one capability twice', { capabilities: ['read_invoice', 'read_invoice'] }, 'capabilities'],
  ])('%s', async (_, body, path) => {
    await door.refuses(async () => agent.send(await use('credentials', JSON.stringify(body))), invalid(path));
  });
});

describe('a task', () => {
  const withTask = (changed: object) => JSON.stringify({ task: { ...leaseBody().task, ...changed } });

  test.each<[string, string, object]>([
    [
      'for a capability that the policy does not have',
      'task.capabilities[1]',
      { capabilities: ['read_invoice', 'pay_invoice'] },
    ],
    [
      'for a capability named as the language names things',
      'task.capabilities[0]',
      { capabilities: ['constructor'] },
    ],
    ['for one capability twice', 'task.capabilities', { capabilities: ['read_invoice', 'read_invoice'] }],
    ['for no capability', 'task.capabilities', { capabilities: [] }],
    [
      'for a hundred capabilities',
      'task.capabilities',
      { capabilities: Array.from({ length: 100 }, (_, i) => `c${i}`) },
    ],
    ['for every capability', 'task.capabilities[0]', { capabilities: ['*'] }],
    ['without any parameter', 'task.parameters.customer_id', { parameters: {} }],
    ['without the parameters', 'task.parameters.customer_id', { parameters: undefined }],
    ['of no time', 'task.estimated_seconds', { estimated_seconds: 0 }],
    ['of negative time', 'task.estimated_seconds', { estimated_seconds: -120 }],
    ['of a fraction of time', 'task.estimated_seconds', { estimated_seconds: 0.5 }],
    ['of more than half a day', 'task.estimated_seconds', { estimated_seconds: 43_201 }],
    ['of all the time there is', 'task.estimated_seconds', { estimated_seconds: 1e308 }],
    ['of time that is no number', 'task.estimated_seconds', { estimated_seconds: 'NaN' }],
    ['of time in ISO 8601', 'task.estimated_seconds', { estimated_seconds: 'PT2M' }],
    ['without a name', 'task.name', { name: '' }],
    ['whose name goes on for ever', 'task.name', { name: 'n'.repeat(81) }],
    ['whose purpose goes on for ever', 'task.purpose', { purpose: 'p'.repeat(201) }],
    ['whose name breaks a line of a log', 'task.name', { name: 'a\r\nlevel: ERROR' }],
    ['whose name ends in a line break', 'task.name', { name: 'process\n' }],
    ['whose purpose steers a terminal', 'task.purpose', { purpose: '\u001b[2J' }],
    ['whose purpose holds a NUL', 'task.purpose', { purpose: 'a\u0000b' }],
    ['whose purpose turns the direction of reading', 'task.purpose', { purpose: '\u202eapproved' }],
    ['whose purpose holds half a character', 'task.purpose', { purpose: '\ud800' }],
    ['whose name looks like another', 'task.name', { name: 'prоcess' }],
  ])('%s is refused', async (_, path, changed) => {
    await door.refuses(async () => agent.send(await lease(withTask(changed))), invalid(path));
  });

  test.each([
    ['as it should be', JSON.stringify(leaseBody())],
    ['in exactly as many bytes as a body may hold', JSON.stringify(leaseBody()).padEnd(16_384)],
    [
      'with numbers written in another way',
      JSON.stringify(leaseBody()).replace(':420', ':4.2e2').replace(':120', ':1.2E2'),
    ],
  ])('%s is granted by the same door', async (_, body) => {
    expect(await agent.send(await lease(body))).toMatchObject({ status: 201 });
  });

  // One reader parses the body, and its last value is what is judged, planned, stored and shown; the hash that
  // tells a repeated request from another is over the bytes. So there is nobody who could see the other value.
  test('that says a thing twice is judged and shown by what it said last', async () => {
    const twice = (first: string, last: string) =>
      JSON.stringify(leaseBody()).replace(
        '"customer_id":"acme"',
        `"customer_id":"${first}","customer_id":"${last}"`,
      );
    const denied = { status: 403, code: 'access_denied' };
    await door.refuses(async () => agent.send(await lease(twice('acme', 'initech'))), denied);
    const answer = await agent.send(await lease(twice('initech', 'acme')));
    expect(JSON.parse(answer.body)).toMatchObject({
      lease: { task: { parameters: { customer_id: 'acme' } } },
    });
    expect(answer.body).not.toContain('initech');
  });

  test.each([
    ['one byte more than a body may hold', 16_385],
    ['a hundred times what a body may hold', 1_638_400],
  ])('in %s is refused', async (_, bytes) => {
    const wire = await lease(JSON.stringify(leaseBody()).padEnd(bytes));
    await door.refuses(() => agent.send(wire), { status: 413, code: 'request_too_large' });
  });
});

test('no log holds what these bodies held', () => {
  door.loggedNone([agent.token, agent.keys.secretAccessKey, agent.keys.sessionToken]);
});
