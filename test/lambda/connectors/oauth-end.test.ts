import { describe, expect, it } from 'vitest';
import { clientKey, grantingOf, oauthWorld } from './oauth-world.ts';

describe('the end of a token', () => {
  it.each([
    'client_secret_basic',
    'client_secret_post',
    'private_key_jwt',
  ] as const)('is at once, for a client of %s', async (authentication) => {
    const key = authentication === 'private_key_jwt' ? clientKey('key-1') : undefined;
    const server = key ? { keys: key.keys } : {};
    const world = await oauthWorld({
      client: { authentication },
      server,
      ...(key && { secret: key.secret }),
    });
    const made = await world.mint();
    expect(await world.use(made)).toBe(200);
    await world.end([made]);
    expect(await world.use(made)).toBe(401);
  });

  it('is the end of every token of the grant and of no other', async () => {
    const world = await oauthWorld();
    const [one, other, third] = await Promise.all([world.mint(), world.mint(), world.mint()]);
    await world.end([one, other]);
    expect(await Promise.all([one, other, third].map(world.use))).toEqual([401, 401, 200]);
  });

  it('comes twice at once, and again, without a complaint', async () => {
    const world = await oauthWorld();
    const made = await world.mint();
    await Promise.all([world.end([made]), world.end([made])]);
    await world.end([made]);
    expect(world.left()).toBe(0);
  });

  it('is nothing to be done where nothing was sealed', async () => {
    const world = await oauthWorld();
    await world.connector.end(grantingOf(world.lease));
    await world.end([]);
    expect(world.server.requests).toEqual([]);
  });

  it.each([
    'down',
    'hang',
    'redirect',
    'echo',
    { status: 503, times: 9 },
    { status: 400, times: 9 },
  ] as const)('is not believed while the endpoint answers with %j, and comes when it does again', async (fault) => {
    const world = await oauthWorld({ options: { patience: 500 } });
    const made = await world.mint();
    world.server.misbehave('/revoke', fault);
    await expect(world.end([made])).rejects.toThrow('1 of 1 tokens were not revoked');
    expect(await world.use(made)).toBe(200);
    world.server.misbehave('/revoke');
    await world.end([made]);
    expect(await world.use(made)).toBe(401);
  });

  it('is the end of those that can be ended, though it fails for another one', async () => {
    const world = await oauthWorld();
    const [one, other] = await Promise.all([world.mint(), world.mint()]);
    const spoiled = { ...one, sealed: 'v1.spoiled' };
    await expect(world.end([spoiled, other])).rejects.toThrow('1 of 2 tokens were not revoked');
    expect(await Promise.all([one, other].map(world.use))).toEqual([200, 401]);
  });

  it('cannot be had with what was sealed for another lease', async () => {
    const world = await oauthWorld();
    const made = await world.mint();
    await expect(world.end([made], { ...world.lease, id: 'L-OTHER' })).rejects.toThrow('cannot open');
    expect(await world.use(made)).toBe(200);
  });

  it('takes a secret that was rotated since', async () => {
    const world = await oauthWorld();
    const made = await world.mint();
    world.server.rotate('mayfly:vat', { secret: 'rotated' });
    world.secrets.put(world.secretArn, 'rotated');
    await world.end([made]);
    expect(world.left()).toBe(0);
    expect(world.server.requests.filter((each) => each === 'POST /revoke')).toHaveLength(2);
  });

  it('is not believed before the token is dead, and then held up by no server that is gone for good', async () => {
    const world = await oauthWorld();
    const made = await world.mint();
    await world.server.stop();
    world.clock.advance(240 + 59);
    await expect(world.end([made])).rejects.toThrow('gives no answer');
    world.clock.advance(1);
    await world.end([made]);
  });

  it('is told by the status alone: what an endpoint writes beside a 200 counts for nothing (RFC 7009)', async () => {
    const world = await oauthWorld();
    const made = await world.mint();
    world.server.misbehave('/revoke', 'content_type');
    await world.end([made]);
    expect(world.left()).toBe(0);
  });
});
