import { describe, expect, it } from 'vitest';
import type { Send } from '../../../lambda/outbound/outbound.ts';
import { oauthWorld, realSend } from './oauth-world.ts';

type Members = Readonly<Record<string, unknown>>;

/** A world whose token endpoint changes these members of its answer; a token is issued all the same. */
async function answering(changed: Members, world: Parameters<typeof oauthWorld>[0] = {}) {
  const made = await oauthWorld(world);
  made.server.misbehave('/token', { members: (members) => ({ ...members, ...changed }) });
  return made;
}

async function answeringText(body: (members: Members) => string | Buffer) {
  const world = await oauthWorld();
  world.server.misbehave('/token', { body });
  return world;
}

const tooLong = 'the token lives longer than 3600 s';
const unsaid = 'the server does not say how long the token lives';
const wider = 'the scope of the token is wider than asked';
const unsound = 'its answer is not as RFC 6749 has it';

describe('a token is revoked and thrown away', () => {
  it.each<[string, Members, string]>([
    ['lives longer than it may', { expires_in: 3_601 }, tooLong],
    ['lives longer, in text', { expires_in: '3601' }, tooLong],
    ['lives for ever', { expires_in: undefined }, unsaid],
    ['lives for no time', { expires_in: 0 }, unsaid],
    ['has ended', { expires_in: -1 }, unsaid],
    ['lives for a while', { expires_in: 'soon' }, unsaid],
    ['begins with a time', { expires_in: '60, or more' }, unsaid],
    ['lives for a list', { expires_in: [60] }, unsaid],
    ['lives longer than numbers', { expires_in: 1e99 }, unsaid],
    ['is of a wider scope', { scope: 'vat.read vat.write' }, wider],
    ['is of another scope', { scope: 'vat.write' }, wider],
    ['is of a scope that only ends alike', { scope: 'vat.read ' }, wider],
    ['is of a scope in two lines', { scope: 'vat.read\r\nvat.write' }, wider],
    ['is of a scope that is no text', { scope: ['vat.read'] }, wider],
    ['needs a proof', { token_type: 'DPoP' }, 'the token is not of type Bearer'],
    ['is of a type of its own', { token_type: 'mac' }, 'the token is not of type Bearer'],
    ['is of no type', { token_type: undefined }, 'the token is not of type Bearer'],
    ['is of a list of types', { token_type: ['Bearer'] }, 'the token is not of type Bearer'],
    ['comes with an identity that nobody asked for', { id_token: 'e30.e30.e30' }, unsound],
  ])('that %s', async (_, changed, reason) => {
    const world = await answering(changed);
    await expect(world.mint()).rejects.toThrow(`${reason}; it was revoked`);
    expect(world.left()).toBe(0);
  });

  it('that comes as a web page', async () => {
    const world = await oauthWorld();
    world.server.misbehave('/token', 'content_type');
    await expect(world.mint()).rejects.toThrow(`${unsound}; it was revoked`);
    expect(world.left()).toBe(0);
  });

  it.each([201, 400, 500])('that comes with status %i', async (status) => {
    const send: Send = async (request) => {
      const answer = await realSend(request);
      return request.url.endsWith('/token') ? { ...answer, status } : answer;
    };
    const world = await oauthWorld({ options: { send } });
    await expect(world.mint()).rejects.toThrow(`refused: status ${status}; it was revoked`);
  });

  it('that nothing could be sealed of', async () => {
    const world = await oauthWorld();
    world.kms.failWith(new Error('down'));
    await expect(world.mint()).rejects.toThrow('KMS cannot seal: Error; it was revoked');
    expect(world.left()).toBe(0);
  });

  it.each([
    ['where the server does not revoke', {}],
    ['where the client cannot', { withoutRevocation: true }],
  ] as const)('or only thrown away, and that is said, %s', async (_, other) => {
    const world = await answering({ expires_in: undefined }, { ...other, options: { patience: 500 } });
    world.server.misbehave('/revoke', 'down');
    await expect(world.mint()).rejects.toThrow(`${unsaid}; it could not be revoked`);
  });

  it.each([
    ['60 KB long', 'x'.repeat(61_440), 'the token is longer than 4096 characters'],
    ['a header more', 'abc\r\nX-Admin: true', 'the token holds characters that no header may'],
    ['two words', 'abc def', 'the token holds characters that no header may'],
    ['not ASCII', 'tökén', 'the token holds characters that no header may'],
    ['a look-alike', 'tokеn', 'the token holds characters that no header may'],
    ['a null', 'abc\u0000', 'the token holds characters that no header may'],
  ])('whose text is %s', async (_, access_token, reason) => {
    const world = await answering({ access_token });
    await expect(world.mint()).rejects.toThrow(`${reason}; it was revoked`);
    expect(world.server.requests).toEqual(['POST /token', 'POST /revoke']);
  });
});

describe('there is no token', () => {
  const none = 'its answer holds no token, or names a member twice';
  it.each<[string, (members: Members) => string | Buffer]>([
    ['names two', (m) => JSON.stringify(m).replace('{', '{"access_token":"other",')],
    ['names two, one in disguise', (m) => JSON.stringify(m).replace('{', '{"access\\u005ftoken":"other",')],
    ['says two times', (m) => JSON.stringify(m).replace('{', '{"expires_in":60,')],
    ['hides it where every object inherits', (m) => `{"__proto__":${JSON.stringify(m)}}`],
    ['gives an empty one', (m) => JSON.stringify({ ...m, access_token: '' })],
    ['gives a list of them', (m) => JSON.stringify({ ...m, access_token: [m['access_token']] })],
    ['is a list', (m) => JSON.stringify([m])],
    ['is nothing', () => 'null'],
    ['is empty', () => ''],
    ['is cut off', (m) => JSON.stringify(m).slice(0, -1)],
    [
      'is no UTF-8',
      (m) => Buffer.concat([Buffer.from(JSON.stringify(m).slice(0, -2)), Buffer.from('ff227d', 'hex')]),
    ],
    ['is nested without an end', () => '['.repeat(60_000)],
    ['is nested to the end', () => '{"a":'.repeat(10_000) + 1 + '}'.repeat(10_000)],
  ])('in an answer that %s', async (_, body) => {
    await expect((await answeringText(body)).mint()).rejects.toThrow(none);
  });

  it('that inherits its time to live', async () => {
    const world = await answeringText((m) =>
      JSON.stringify({ ...m, expires_in: undefined }).replace('{', '{"__proto__":{"expires_in":60},'),
    );
    await expect(world.mint()).rejects.toThrow(`${unsaid}; it was revoked`);
    expect(({} as Members)['expires_in']).toBeUndefined();
  });

  it.each([
    ['down', 'the authorization server gives no answer'],
    ['hang', 'it does not answer'],
    ['drip', 'it does not answer'],
    ['huge', 'it is larger than 65536 bytes'],
    ['redirect', 'the authorization server refused: status 307'],
    ['echo', 'the authorization server refused: invalid_request'],
    [{ status: 204, times: 1 }, 'the authorization server refused: status 204'],
    [{ status: 304, times: 1 }, 'the authorization server refused: status 304'],
    [{ status: 404, times: 1 }, 'the authorization server refused: status 404'],
    [{ status: 500, times: 3 }, 'the authorization server refused: status 500'],
  ] as const)('where the endpoint misbehaves: %j', async (fault, reason) => {
    const world = await oauthWorld({ options: { patience: 500 } });
    world.server.misbehave('/token', fault);
    await expect(world.mint()).rejects.toThrow(reason);
    expect(world.server.requests).not.toContain('POST /elsewhere');
  });
});

describe('a token is taken', () => {
  it.each<[string, Members, Members]>([
    ['of a narrower scope', { scope: 'vat.read' }, { scope: 'vat.read' }],
    ['of the scope that was asked for, unsaid', { scope: undefined }, { scope: 'vat.read vat.write' }],
    ['of a scope that is said to be nothing', { scope: '' }, { scope: 'vat.read vat.write' }],
    ['whose time is text', { expires_in: '60' }, { token_type: 'Bearer' }],
    ['whose type is written in small letters', { token_type: 'bearer' }, { token_type: 'Bearer' }],
    ['with members that nobody knows', { access_token_2: 'x' }, { token_type: 'Bearer' }],
    ['of 4,096 characters', { access_token: 'x'.repeat(4_096) }, { access_token: 'x'.repeat(4_096) }],
  ])('%s', async (_, changed, expected) => {
    const world = await answering(changed, { capability: { scope: 'vat.read vat.write' } });
    expect((await world.mint()).credential).toMatchObject(expected);
  });

  it('of whatever scope its client has, where the policy asks for none', async () => {
    const world = await oauthWorld({ capability: { scope: undefined as never } });
    expect((await world.mint()).credential.scope).toBe('vat.read vat.write');
  });
});
