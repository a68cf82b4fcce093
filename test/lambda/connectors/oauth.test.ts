import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { after, toIso } from '../../../core/time.ts';
import { clientKey, clientSecret, grantingOf, oauthWorld } from './oauth-world.ts';

const ed = generateKeyPairSync('ed25519');
const rsa = generateKeyPairSync('rsa', { modulusLength: 2_048 });

function pairOf({ privateKey, publicKey }: typeof ed, other: object = {}) {
  const jwk = { ...publicKey.export({ format: 'jwk' }), ...other };
  return {
    secret: JSON.stringify({ ...privateKey.export({ format: 'jwk' }), ...other }),
    keys: { keys: [jwk as { kty: string }] },
  };
}

describe('a client is known to its authorization server', () => {
  it.each(['client_secret_basic', 'client_secret_post'] as const)('by %s', async (authentication) => {
    const world = await oauthWorld({ client: { authentication } });
    expect(await world.use(await world.mint())).toBe(200);
  });

  it.each([
    ['an EC key', clientKey('key-1')],
    ['an Ed25519 key', pairOf(ed)],
    ['an RSA key', pairOf(rsa)],
    ['an RSA key that says that it is for PSS', pairOf(rsa, { alg: 'PS256', key_ops: ['verify'] })],
  ])('by private_key_jwt with %s', async (_, { secret, keys }) => {
    const client = { authentication: 'private_key_jwt' } as const;
    const world = await oauthWorld({ client, secret, server: { keys } });
    expect(await world.use(await world.mint())).toBe(200);
    expect(await world.use(await world.mint())).toBe(200);
  });

  it.each([
    ['text', clientSecret],
    ['a public key', JSON.stringify(clientKey('k').keys.keys[0])],
    ['a shared secret', JSON.stringify({ kty: 'oct', k: 'c2VjcmV0', d: 'x' })],
    ['a key named after what every object has', JSON.stringify({ kty: '__proto__', d: 'x' })],
    ['a broken key', JSON.stringify({ ...JSON.parse(clientKey('k').secret), d: '!' })],
  ])('by no key where its secret is %s', async (_, secret) => {
    const world = await oauthWorld({ client: { authentication: 'private_key_jwt' }, secret });
    await expect(world.mint()).rejects.toThrow('the client secret is no private key as a JWK');
    expect(world.server.requests).toEqual([]);
  });

  it('by no secret that would break a header or a form', async () => {
    const world = await oauthWorld({ secret: 'two\r\nlines' });
    await expect(world.mint()).rejects.toThrow('the client secret is no printable text');
    expect(world.server.requests).toEqual([]);
  });
});

describe('a token of the client credentials grant', () => {
  it('has the scope of the policy, and works for what it is for', async () => {
    const world = await oauthWorld();
    const made = await world.mint();
    expect(made.credential).toMatchObject({ token_type: 'Bearer', scope: 'vat.read' });
    expect(world.server.tokens()).toMatchObject([{ scope: 'vat.read', client_id: 'mayfly:vat' }]);
    expect(await world.use(made)).toBe(200);
  });

  it('is for the service that the policy names, by address or by name', async () => {
    const resource = 'https://vat.example/v1';
    const server = { resources: [resource], audiences: ['vat'] };
    const world = await oauthWorld({ server, capability: { resource, audience: 'vat' } });
    const made = await world.mint();
    expect(world.server.tokens()).toMatchObject([{ resource, audience: 'vat' }]);
    expect(await world.use(made)).toBe(401);
  });

  it('is not given for what the client may not have', async () => {
    const scope = await oauthWorld({ capability: { scope: 'vat.admin' } });
    await expect(scope.mint()).rejects.toThrow('the authorization server refused: invalid_scope');
    const target = await oauthWorld({ capability: { audience: 'payroll' } });
    await expect(target.mint()).rejects.toThrow('the authorization server refused: invalid_target');
  });

  it('is said to end by itself, where that is before the deadline', async () => {
    const world = await oauthWorld();
    const { credential } = await world.mint();
    expect(credential.expiration).toBe(toIso(after(world.clock(), 240)));
    expect(world.lease.deadline).toBeGreaterThan(after(world.clock(), 240));
  });

  it('is said to end with the lease, where it can be revoked', async () => {
    const world = await oauthWorld();
    const short = { ...world.lease, deadline: after(world.clock(), 100) };
    const { credential, sealed } = await world.mint(short);
    expect(credential.expiration).toBe(toIso(short.deadline));
    expect(sealed).toBeDefined();
  });

  it('is said to end by itself after the deadline, where it cannot be revoked', async () => {
    const world = await oauthWorld({ withoutRevocation: true });
    const short = { ...world.lease, deadline: after(world.clock(), 100) };
    const made = await world.mint(short);
    expect(made.credential.expiration).toBe(toIso(after(world.clock(), 240)));
    expect(made).not.toHaveProperty('sealed');
  });

  it('is one of a hundred that are asked for at once, each its own', async () => {
    const world = await oauthWorld();
    const all = await Promise.all(Array.from({ length: 100 }, () => world.mint()));
    expect(new Set(all.map(({ credential }) => credential.access_token)).size).toBe(100);
    expect(world.left()).toBe(100);
  });

  it('is not asked for where its capability or its client is another one by now', async () => {
    const world = await oauthWorld();
    const { lease, grant } = grantingOf(world.lease);
    for (const changed of [{ name: 'other' }, { name: 'constructor' }, { client: 'constructor' }])
      await expect(
        world.connector.mint({ lease, grant: { ...grant, ...changed } }, world.policy, world.clock()),
      ).rejects.toThrow(/^the policy (has no such|names another)/);
    expect(world.server.requests).toEqual([]);
  });

  it('is not asked for by a client that is none, though every object has one of its name', async () => {
    const world = await oauthWorld({ capability: { client: 'constructor' } });
    const { lease, grant } = grantingOf(world.lease);
    const granting = { lease, grant: { ...grant, client: 'constructor' } };
    await expect(world.connector.mint(granting, world.policy, world.clock())).rejects.toThrow(
      'the systems have no such client',
    );
  });

  it.each([
    ['token', { hosts: ['vat.example'] }],
    ['token, though it ends alike', { hosts: ['7.0.0.1'] }],
    ['revocation', { revocation_endpoint: 'https://elsewhere.example/revoke' }],
  ])('is not asked for where the %s endpoint is no host of the client', async (_, client) => {
    const world = await oauthWorld({ client });
    await expect(world.mint()).rejects.toThrow('the client is not meant for that host');
    expect(world.server.requests).toEqual([]);
    expect(world.secrets.reads).toEqual([]);
  });
});

describe('a token given in exchange', () => {
  it('speaks for whom the broker says', async () => {
    const world = await oauthWorld({ capability: { exchange: { subject: 'user' } } });
    const made = await world.mint();
    expect(world.server.tokens()).toMatchObject([{ subject: 'alice', scope: 'vat.read' }]);
    expect(await world.use(made)).toBe(200);
    await world.end([made]);
    expect(await world.use(made)).toBe(401);
  });

  it('is not given for an assertion that the server does not believe', async () => {
    const options = { assertion: async () => 'e30.e30.e30' };
    const world = await oauthWorld({ capability: { exchange: { subject: 'agent' } }, options });
    await expect(world.mint()).rejects.toThrow('the authorization server refused: invalid_request');
  });

  it('is not asked for where the broker signs nothing', async () => {
    const options = { assertion: () => Promise.reject(new Error('e30.e30.e30')) };
    const world = await oauthWorld({ capability: { exchange: { subject: 'agent' } }, options });
    await expect(world.mint()).rejects.toThrow('there is no token of this broker to give in exchange');
    expect(world.server.requests).toEqual([]);
  });

  it.each([
    undefined,
    'urn:ietf:params:oauth:token-type:refresh_token',
  ])('is thrown away where it is of the type %s', async (issued_token_type) => {
    const world = await oauthWorld({ capability: { exchange: { subject: 'agent' } } });
    world.server.misbehave('/token', { members: (members) => ({ ...members, issued_token_type }) });
    await expect(world.mint()).rejects.toThrow('something else than an access token');
    expect(world.left()).toBe(0);
  });
});
