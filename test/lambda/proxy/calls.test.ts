import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { createBrokerClient } from '../../../client/broker-client.ts';
import { message } from './call-event.ts';
import { chatToken, proxiedWorld } from './proxied-world.ts';

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

  it('goes out as these bytes, and no others of the agent', async () => {
    await ask({ headers: { Accept: ['application/json'], 'X-Api-Key': ['mine'], Cookie: ['a=b'] } });
    const [{ method, target, rawHeaders, body } = { rawHeaders: [] }] = chat.heard;
    expect({ method, target, body }).toEqual({
      method: 'POST',
      target: '/api/chat.postMessage',
      body: message,
    });
    const pairs = rawHeaders.flatMap((name, i) => (i % 2 === 0 ? [[name, rawHeaders[i + 1]]] : []));
    expect(Object.fromEntries(pairs)).toEqual({
      'user-agent': 'mayfly',
      accept: 'application/json',
      'content-type': 'application/json',
      Authorization: `Bearer ${chatToken}`,
      'Accept-Encoding': 'identity',
      'Content-Length': String(message.length),
      Host: chat.url.replace('http://', ''),
      Connection: 'keep-alive',
    });
    expect(pairs).toHaveLength(8);
  });

  it('has a query where its capability lets it, encoded by the broker', async () => {
    const parts = { method: 'GET', path: '/conversations.history', query: { channel: ['C 1&x=y'] } };
    expect((await ask({ ...parts, body: null })).statusCode).toBe(200);
    expect(chat.heard[0]?.target).toBe('/api/conversations.history?channel=C%201%26x%3Dy');
  });

  it('has parameters of the task in its path', async () => {
    const parts = { method: 'PUT', path: '/customers/acme/notes/12', body: '{}' };
    expect((await ask(parts)).statusCode).toBe(404);
    expect(chat.heard[0]?.target).toBe('/api/customers/acme/notes/12');
  });

  it('is made by the client of agents, whose proof names its query and its body', async () => {
    const { agent, world, deployed } = proxied;
    const client = await createBrokerClient({
      url: deployed.publicUrl,
      agentType: 'invoice_processor',
      key: { ...(await agentKeyOf()), thumbprint: agent.key.jkt },
      clock: () => world.clock(),
      fetch: async (url, { method, headers, body }) => {
        const { pathname, searchParams, origin } = new URL(url);
        const rest = `${origin}${pathname}`.slice(
          `${deployed.publicUrl}/v1/leases/${lease.id}/proxy/post_message`.length,
        );
        if (pathname.endsWith('/challenges')) return Response.json({ nonce: 'a-nonce', expires_at: soon });
        if (pathname.endsWith('/attestations'))
          return Response.json({ attestation: agent.token, agent: agent.attested.sub, expires_at: soon });
        const query = Object.fromEntries([...searchParams].map(([name, value]) => [name, [value]]));
        const { DPoP = '', ...others } = headers;
        const answer = await ask({
          method,
          path: rest,
          query,
          body: body ?? null,
          proof: DPoP,
          headers: Object.fromEntries(Object.entries(others).map(([name, value]) => [name, [value]])),
        });
        const { statusCode, headers: shown } = answer;
        return new Response(answer.body, { status: statusCode, headers: shown as Record<string, string> });
      },
    });
    const json = { 'Content-Type': 'application/json' };
    const posted = await client.proxy(lease.id, 'post_message', {
      method: 'POST',
      path: '/chat.postMessage',
      headers: json,
      body: message,
      idempotencyKey: 'key-of-a-call',
    });
    expect(posted).toMatchObject({ status: 200, body: expect.stringContaining('"ok":true') });
    expect(chat.heard[0]?.rawHeaders).toContain('key-of-a-call');
    const read = { method: 'GET', path: '/conversations.history', query: { channel: 'C1 é' } } as const;
    expect((await client.proxy(lease.id, 'post_message', read)).status).toBe(200);
    const refused = client.proxy(lease.id, 'post_message', { method: 'GET', path: '/users.list' });
    await expect(refused).rejects.toMatchObject({ status: 403, code: 'access_denied' });

    async function agentKeyOf() {
      const { createAgentKey } = await import('../../../client/key.ts');
      const { subtle } = globalThis.crypto;
      const algorithm = { name: 'ECDSA', namedCurve: 'P-256' };
      const [privateKey, publicKey] = await Promise.all([
        subtle.importKey('jwk', agent.key.privateJwk, algorithm, false, ['sign']),
        subtle.importKey('jwk', agent.key.jwk, algorithm, true, ['verify']),
      ]);
      return createAgentKey({ privateKey, publicKey });
    }
  });
});

const soon = '2099-01-01T00:00:00Z';

describe('what is on record of a call', () => {
  it('is its method, path, status and sizes, and nothing that it said', async () => {
    const before = await calls.read(lease.id);
    await ask({
      method: 'GET',
      path: '/conversations.history',
      query: { channel: ['C-secret'] },
      body: null,
    });
    const { total, last } = await calls.read(lease.id);
    expect(total).toBe(before.total + 1);
    expect(last.at(-1)).toEqual({
      id: expect.any(String),
      capability: 'post_message',
      method: 'GET',
      path: '/conversations.history',
      at: lease.issued_at,
      outcome: { status: 200, sent: 0, received: expect.any(Number), milliseconds: expect.any(Number) },
    });
    expect(JSON.stringify(last)).not.toContain('C-secret');
  });
});
