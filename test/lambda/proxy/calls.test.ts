import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { message, proxiedWorld } from './proxied-world.ts';

const proxied = await proxiedWorld();
const { chat, ask, calls, lease } = proxied;
afterAll(() => proxied.close());
beforeEach(() => {
  chat.heard.length = 0;
  chat.messages.length = 0;
  chat.fail();
});

describe('a call', () => {
  it('is made with a secret that the agent never sees, and answers what came back', async () => {
    const { statusCode, headers, body } = await ask();
    expect({ statusCode, body: JSON.parse(body) }).toEqual({
      statusCode: 200,
      body: { ok: true, channel: 'C1', ts: '1.000100' },
    });
    expect(headers).toEqual({
      'Cache-Control': 'no-store',
      'Content-Security-Policy': "default-src 'none'; sandbox",
      'Content-Type': 'application/json',
      'Mayfly-Proxied': 'true',
      'X-Content-Type-Options': 'nosniff',
    });
    expect(chat.messages).toEqual([{ channel: 'C1', text: 'invoice 4711 is filed', ts: '1.000100' }]);
  });
});
