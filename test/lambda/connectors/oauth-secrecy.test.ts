import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Misbehaviour } from '../../../local/systems/oauth-misbehaviour.ts';
import { clientKey, clientSecret, oauthWorld } from './oauth-world.ts';

const written: string[] = [];
const [out, err] = [process.stdout.write, process.stderr.write];
const keep = (text: string | Uint8Array) => written.push(String(text)) > 0;

beforeEach(() => {
  written.length = 0;
  process.stdout.write = keep;
  process.stderr.write = keep;
});
afterEach(() => {
  process.stdout.write = out;
  process.stderr.write = err;
});

const key = clientKey('key-1');
const privatePart = String((JSON.parse(key.secret) as { d: string }).d);

type Setting = NonNullable<Parameters<typeof oauthWorld>[0]>;
const settings: readonly [string, Setting][] = [
  ['client_secret_basic', {}],
  ['client_secret_post', { client: { authentication: 'client_secret_post' } }],
  [
    'private_key_jwt',
    { client: { authentication: 'private_key_jwt' }, secret: key.secret, server: { keys: key.keys } },
  ],
];

/** Puts whatever is secret in an answer where careless code would quote it. */
const quoting: Misbehaviour = {
  body: (members) => `{"access_token":${JSON.stringify(members['access_token'])} ${clientSecret}`,
};
const faults: readonly Misbehaviour[] = [
  'down',
  'hang',
  'drip',
  'huge',
  'content_type',
  'redirect',
  'echo',
  quoting,
  { status: 500, times: 3 },
  { status: 400, times: 1 },
  {
    status: 401,
    times: 1,
    headers: { 'WWW-Authenticate': `Basic realm="${encodeURIComponent(clientSecret)}"` },
  },
  { members: (members) => ({ ...members, expires_in: undefined }) },
  { members: (members) => ({ ...members, token_type: members['access_token'] }) },
  { members: (members) => ({ ...members, scope: members['access_token'] }) },
  { members: (members) => ({ ...members, id_token: members['access_token'] }) },
  { members: (members) => ({ ...members, access_token: `${members['access_token']}\n` }) },
];

/** All that an error holds, hidden or not, with its causes and its stack; and all that was written meanwhile. */
async function shownBy(failing: Promise<unknown>): Promise<string> {
  const error = await failing.then(
    () => 'it did not fail',
    (error: unknown) => error,
  );
  expect(error).toBeInstanceOf(Error);
  expect((error as Error).cause).toBeUndefined();
  return (
    inspect(error, { depth: Number.POSITIVE_INFINITY, showHidden: true, getters: true }) + written.join()
  );
}

function secretsOf({ server, assertions }: Awaited<ReturnType<typeof oauthWorld>>): string[] {
  const encoded = encodeURIComponent(clientSecret);
  const basic = Buffer.from(`mayfly%3Avat:${new URLSearchParams([['', clientSecret]]).toString().slice(1)}`);
  const tokens = server.tokens().map(({ token }) => token);
  return [clientSecret, encoded, basic.toString('base64'), privatePart, ...tokens, ...assertions];
}

describe.each(
  settings,
)('nothing that is thrown or written quotes a secret, a token or an assertion: %s', (_, setting) => {
  it.each(
    faults.map((fault) => [inspect(fault), fault] as const),
  )('where tokens are asked for: %s', async (_, fault) => {
    const options = { patience: 500 };
    const world = await oauthWorld({ ...setting, capability: { exchange: { subject: 'user' } }, options });
    world.server.misbehave('/token', fault);
    const shown = await shownBy(world.mint());
    expect(world.assertions).toHaveLength(1);
    for (const secret of secretsOf(world)) expect(shown).not.toContain(secret);
  });

  it.each([
    'down',
    'hang',
    'drip',
    'huge',
    'redirect',
    'echo',
    { status: 401, times: 2 },
  ] as const)('where they are revoked: %j', async (fault) => {
    const world = await oauthWorld({ ...setting, options: { patience: 500 } });
    const made = await world.mint();
    world.server.misbehave('/revoke', fault);
    const shown = await shownBy(world.end([made]));
    expect(world.server.tokens()).toHaveLength(1);
    for (const secret of secretsOf(world)) expect(shown).not.toContain(secret);
  });
});

describe('the search for secrets', () => {
  it('finds one in a cause, in a hidden property and in what was written', async () => {
    const hidden = Object.defineProperty(new Error('hidden'), 'response', { value: { body: clientSecret } });
    expect(await shownBy(Promise.reject(hidden))).toContain(clientSecret);
    process.stdout.write(clientSecret);
    expect(await shownBy(Promise.reject(new Error('written')))).toContain(clientSecret);
    await expect(shownBy(Promise.reject(new Error('x', { cause: clientSecret })))).rejects.toThrow();
  });
});
