import { describe, expect, it } from 'vitest';
import type { Send } from '../../../lambda/outbound/outbound.ts';
import { clientKey, clientSecret, oauthWorld, realSend } from './oauth-world.ts';

describe('a secret that is refused', () => {
  it('is asked for once more, as it may have been rotated', async () => {
    const world = await oauthWorld();
    await world.mint();
    world.server.rotate('mayfly:vat', { secret: 'rotated' });
    world.secrets.put(world.secretArn, 'rotated');
    expect(await world.use(await world.mint())).toBe(200);
    expect(world.server.requests.filter((each) => each === 'POST /token')).toHaveLength(3);
  });

  it('may be a key that was rotated', async () => {
    const [old, young] = [clientKey('one'), clientKey('two')];
    const client = { authentication: 'private_key_jwt' } as const;
    const world = await oauthWorld({ client, secret: old.secret, server: { keys: old.keys } });
    await world.mint();
    world.server.rotate('mayfly:vat', { keys: young.keys });
    world.secrets.put(world.secretArn, young.secret);
    expect(await world.use(await world.mint())).toBe(200);
  });

  it('is not tried again where it is still the same: servers count failures', async () => {
    const world = await oauthWorld();
    world.server.rotate('mayfly:vat', { secret: 'rotated' });
    await expect(world.mint()).rejects.toThrow('the authorization server refused: invalid_client');
    expect(world.server.requests).toEqual(['POST /token']);
    expect(world.secrets.reads.map(({ fresh }) => fresh)).toEqual([false, true]);
  });

  it('is given up when the fresh one is refused too', async () => {
    const world = await oauthWorld();
    await world.mint();
    world.server.rotate('mayfly:vat', { secret: 'rotated' });
    world.secrets.put(world.secretArn, 'rotated otherwise');
    await expect(world.mint()).rejects.toThrow('the authorization server refused: invalid_client');
    expect(world.server.requests).toHaveLength(3);
  });

  it('is no way to a token while secrets cannot be had', async () => {
    const world = await oauthWorld();
    world.secrets.down(true);
    await expect(world.mint()).rejects.toThrow('cannot be read');
    expect(world.server.requests).toEqual([]);
  });
});

describe('a server that is busy', () => {
  it.each([
    [1, 503, [200]],
    [2, 503, [200, 600]],
    [2, 429, [200, 600]],
  ])('%i times with status %i is asked again, after pauses that grow', async (times, status, pauses) => {
    const world = await oauthWorld();
    world.server.misbehave('/token', { status, times });
    expect(await world.use(await world.mint())).toBe(200);
    expect(world.pauses).toEqual(pauses);
  });

  it('is asked three times at most', async () => {
    const world = await oauthWorld();
    world.server.misbehave('/token', { status: 503, times: 3 });
    await expect(world.mint()).rejects.toThrow('the authorization server refused: status 503');
    expect(world.server.requests).toHaveLength(3);
  });

  it.each([
    ['1', 2, [1_000]],
    ['3', 1, []],
    ['999999', 1, []],
    ['tomorrow', 2, [200]],
  ])('and asks to wait %s s is asked %i times', async (after, times, pauses) => {
    const world = await oauthWorld();
    const headers = { 'Retry-After': after };
    world.server.misbehave('/token', { status: 503, times: 1, headers });
    await world.mint().catch(() => {});
    expect(world.server.requests).toHaveLength(times);
    expect(world.pauses).toEqual(pauses);
  });

  it('is asked again for an end too', async () => {
    const world = await oauthWorld();
    const made = await world.mint();
    world.server.misbehave('/revoke', { status: 503, times: 2 });
    await world.end([made]);
    expect(world.left()).toBe(0);
  });

  it('gets another assertion with each try, as it takes each once', async () => {
    const key = clientKey('one');
    const client = { authentication: 'private_key_jwt' } as const;
    let tries = 0;
    const send: Send = async (request) => {
      const answer = await realSend(request);
      return ++tries === 1 ? { ...answer, status: 503 } : answer;
    };
    const world = await oauthWorld({
      client,
      secret: key.secret,
      server: { keys: key.keys },
      options: { send },
    });
    expect(await world.use(await world.mint())).toBe(200);
    expect(tries).toBe(2);
  });
});

describe('what is sent', () => {
  it('goes where the client says, with its certificates, as a form that names everything once', async () => {
    const sent: Parameters<Send>[0][] = [];
    const send: Send = (request) => {
      sent.push(request);
      return realSend(request);
    };
    const ca = '-----BEGIN CERTIFICATE-----';
    const world = await oauthWorld({ client: { private_network: true, ca }, options: { send } });
    await world.end([await world.mint()]);
    expect(sent).toMatchObject([
      { method: 'POST', url: world.server.token_endpoint, privateNetwork: true, ca, patience: 3_000 },
      { method: 'POST', url: world.server.revocation_endpoint, privateNetwork: true, ca, patience: 3_000 },
    ]);
    expect(sent[0]?.body).toBe('scope=vat.read&grant_type=client_credentials');
    expect(String(sent[1]?.body)).toMatch(/^token_type_hint=access_token&token=[\w-]+$/);
    expect(JSON.stringify(sent)).not.toContain(clientSecret);
  });

  it('is nothing to a private address, where the client is not said to have one', async () => {
    const world = await oauthWorld({ client: { private_network: false } });
    await expect(world.mint()).rejects.toThrow('it leads to the private address 127.0.0.1');
    expect(world.server.requests).toEqual([]);
  });

  it('is nothing to an address that is not encrypted and not of this machine', async () => {
    const sent: unknown[] = [];
    const send: Send = async (request) => {
      sent.push(request);
      throw new Error('sent');
    };
    const capability = { token_endpoint: 'http://vat.example/token' };
    const client = { hosts: ['vat.example', '127.0.0.1'] };
    const world = await oauthWorld({ client, capability, options: { send } });
    await expect(world.mint()).rejects.toThrow('it cannot be asked');
    expect(sent).toEqual([]);
  });
});
