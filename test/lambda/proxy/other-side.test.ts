import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import type { ChatFailure } from '../../../local/systems/chat-api.ts';
import { chatToken, problemOf, proxiedWorld } from './proxied-world.ts';

const [proxied, hasty] = await Promise.all([
  proxiedWorld({ proxy: { per_minute: 600 } }),
  proxiedWorld({ proxy: { patience: '1s' } }),
]);
const { chat, ask, calls, lease, secrets } = proxied;
afterAll(() => Promise.all([proxied.close(), hasty.close()]));
beforeEach(() => {
  chat.heard.length = 0;
  chat.fail();
  chat.rotate(chatToken);
  secrets.put(chatToken);
});

const history = { method: 'GET', path: '/conversations.history', body: null } as const;
const lastOutcome = async () => (await calls.read(lease.id)).last.at(-1)?.outcome;
const base64 = (text: string) => Buffer.from(text).toString('base64');
const says = (text: string, headers: Record<string, string> = {}) => ({ says: text, headers });

describe('an answer that the agent sees nothing of', () => {
  it.each<[string, ChatFailure, string, string]>([
    ['hangs up', 'hang_up', 'no_answer', 'no answer came'],
    ['is too large', 'huge', 'no_answer', 'no answer came'],
    ['is no HTTP that one could read', 'garbage', 'no_answer', 'no answer came'],
    [
      'leads to metadata',
      { status: 302, headers: { Location: 'http://169.254.169.254/' } },
      'redirected',
      'leads',
    ],
    [
      'leads to itself',
      { status: 307, headers: { Location: '/api/chat.postMessage' } },
      'redirected',
      'leads',
    ],
    ['is a redirect without a place', { status: 301 }, 'redirected', 'leads'],
    ['is not modified', { status: 304 }, 'redirected', 'leads'],
    ['has a status that is none', { status: 700 }, 'unreadable', 'not text'],
    ['is a page', 'page', 'unreadable', 'not text'],
    ['is bytes', { says: Buffer.from([0xff, 0xfe]) }, 'unreadable', 'not text'],
    ['is of another type', says('x', { 'Content-Type': 'image/png' }), 'unreadable', 'not text'],
    ['is of no type', says('x', { 'Content-Type': '' }), 'unreadable', 'not text'],
    ['is in another encoding', says('x', { 'Content-Encoding': 'gzip' }), 'no_answer', 'no answer came'],
    ['shows the secret', 'echo', 'showed_secret', 'withheld'],
    ['shows the secret in a header', says('{}', { 'X-Debug': chatToken }), 'showed_secret', 'withheld'],
    [
      'shows the secret in a cookie',
      says('{}', { 'Set-Cookie': `a=${chatToken}` }),
      'showed_secret',
      'withheld',
    ],
    [
      'shows the secret in base64',
      says(`{"a":"${base64(`Bearer ${chatToken}`)}"}`),
      'showed_secret',
      'withheld',
    ],
    [
      'shows the secret in bytes of another text',
      { says: Buffer.from(chatToken, 'utf16le') },
      'showed_secret',
      'withheld',
    ],
  ])('%s', async (_, failure, fault, words) => {
    chat.fail(failure);
    const answer = await ask();
    expect(problemOf(answer)).toMatchObject({
      status: 502,
      code: 'upstream_failed',
      detail: expect.stringContaining(words),
    });
    expect(JSON.stringify(answer)).not.toContain(chatToken);
    expect(chat.heard).toHaveLength(1);
    expect(await lastOutcome()).toMatchObject({ fault });
  });

  it.each(['hang', 'drip'] as const)('does not come in time: %s', async (failure) => {
    hasty.chat.fail(failure);
    const { status, detail } = problemOf(await hasty.ask());
    expect({ status, detail }).toEqual({ status: 502, detail: expect.stringContaining('no answer came') });
    expect((await hasty.calls.read(hasty.lease.id)).last.at(-1)?.outcome).toMatchObject({
      fault: 'no_answer',
    });
  });

  it('shows the secret exactly at the edge of what is read, and past it', async () => {
    const body = (length: number) => `"${'x'.repeat(length - 2 - chatToken.length)}${chatToken}"`;
    for (const length of [262_144, 262_145]) {
      chat.fail(says(body(length)));
      expect(problemOf(await ask()).status).toBe(502);
    }
  });
});

describe('an answer that the agent sees', () => {
  it.each([
    400, 401, 403, 404, 409, 422, 429, 500, 503,
  ])('is a refusal of the other side, %i', async (status) => {
    chat.fail({ status, headers: { 'Retry-After': '7', 'WWW-Authenticate': 'Bearer' } });
    const { statusCode, headers, body } = await ask();
    expect({ statusCode, body }).toEqual({ statusCode: status, body: '{"ok":false}' });
    expect(headers).toMatchObject({ 'Mayfly-Proxied': 'true', 'retry-after': '7' });
    expect(headers).not.toHaveProperty('www-authenticate');
    expect(await lastOutcome()).toMatchObject({ status });
  });

  it('has no cookies, and nothing else that is not about it', async () => {
    chat.fail('cookie');
    const { headers } = await ask();
    expect(
      Object.keys(headers ?? {})
        .map((name) => name.toLowerCase())
        .sort(),
    ).toEqual([
      'cache-control',
      'content-security-policy',
      'content-type',
      'mayfly-proxied',
      'x-content-type-options',
    ]);
  });

  it('cannot say that it is not from the other side, or be kept', async () => {
    chat.fail(
      says('{}', { 'Mayfly-Proxied': 'false', 'Cache-Control': 'public', 'Content-Security-Policy': 'none' }),
    );
    const { headers } = await ask();
    expect(headers).toMatchObject({ 'Mayfly-Proxied': 'true', 'Cache-Control': 'no-store' });
    expect(JSON.stringify(headers)).not.toMatch(/public|false/);
  });

  it('may be exactly as large as the capability says', async () => {
    chat.fail(says(`"${'x'.repeat(262_142)}"`));
    expect((await ask()).body).toHaveLength(262_144);
    chat.fail(says(`"${'x'.repeat(262_143)}"`));
    expect(problemOf(await ask()).code).toBe('upstream_failed');
  });

  it('may be nothing', async () => {
    chat.fail({ status: 204, says: '' });
    expect(await ask()).toMatchObject({ statusCode: 204, body: '', headers: { 'Mayfly-Proxied': 'true' } });
  });
});

describe('a secret that was rotated', () => {
  it('is read again where the old one is refused, and what only reads is asked once more', async () => {
    chat.rotate('xoxb-rotated-0001-abcdef');
    secrets.put('xoxb-rotated-0001-abcdef');
    expect((await ask(history)).statusCode).toBe(200);
    expect(chat.heard).toHaveLength(2);
  });

  it('is used by the next call where this one writes', async () => {
    chat.rotate('xoxb-rotated-0002-abcdef');
    secrets.put('xoxb-rotated-0002-abcdef');
    expect((await ask()).statusCode).toBe(401);
    expect(chat.heard).toHaveLength(1);
    expect((await ask()).statusCode).toBe(200);
  });

  it('that is the same still is not tried again', async () => {
    secrets.put(chatToken);
    secrets.renew();
    chat.fail({ status: 401 });
    await ask(history);
    chat.heard.length = 0;
    expect((await ask(history)).statusCode).toBe(401);
    expect(chat.heard).toHaveLength(1);
  });

  it('shows neither the old nor the new one', async () => {
    const next = 'xoxb-rotated-0003-abcdef';
    secrets.put(next);
    for (const shown of [chatToken, next]) {
      secrets.put(shown === next ? next : chatToken);
      chat.fail({ status: 403, says: `{"a":"${shown}"}` });
      expect(problemOf(await ask()).code).toBe('upstream_failed');
    }
  });
});
