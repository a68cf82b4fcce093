import { describe, expect, it, onTestFinished } from 'vitest';
import { compact, signingKey } from '../../../local/people/signing.ts';
import { startOauthServer } from '../../../local/systems/oauth-server.ts';

const now = 1_795_485_600;
const key = signingKey('ES256', 'key-1');
const keys = { keys: [{ ...key.jwk, kty: 'EC' }] };
const broker = signingKey('ES256', 'broker-1');
const exchange = 'urn:ietf:params:oauth:grant-type:token-exchange';
const jwtType = 'urn:ietf:params:oauth:token-type:jwt';
const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const asClient = { client_id: 'post', client_secret: 'secret' };
const asking = { grant_type: 'client_credentials', ...asClient };

async function start() {
  const grants = ['client_credentials', 'token_exchange'] as const;
  const scopes = ['vat.read', 'vat.write'];
  let time = now;
  const server = await startOauthServer({
    clock: () => time,
    clients: [
      { client_id: 'post', authentication: 'client_secret_post', secret: 'secret', grants, scopes },
      {
        client_id: 'other',
        authentication: 'client_secret_post',
        secret: 'theirs',
        grants: [grants[0]],
        scopes,
      },
      { client_id: 'basic', authentication: 'client_secret_basic', secret: 'secret', grants, scopes },
      { client_id: 'jwt', authentication: 'private_key_jwt', keys, grants, scopes },
    ],
    trusts: { issuer: 'https://mayfly.test', keys: async () => ({ keys: [{ ...broker.jwk, kty: 'EC' }] }) },
  });
  onTestFinished(server.stop);
  const post = async (
    path: string,
    form: Readonly<Record<string, string>> | string,
    headers: Readonly<Record<string, string>> = {},
  ) => {
    const body = new URLSearchParams(form).toString();
    const type = { 'Content-Type': 'application/x-www-form-urlencoded', ...headers };
    const response = await fetch(`${server.url}${path}`, { method: 'POST', body, headers: type });
    const members = (await response.json()) as Readonly<Record<string, unknown>>;
    const said: Readonly<Record<string, unknown>> = { status: response.status, ...members };
    return said;
  };
  const use = async (token: unknown) => {
    const headers = { Authorization: `Bearer ${token}` };
    return (await fetch(`${server.url}/vat/DE1`, { headers })).status;
  };
  const advance = (seconds: number) => {
    time += seconds;
  };
  return { server, post, use, advance };
}

/** The form of a client that signs, changed as said; `undefined` takes a claim out. */
function signed(url: string, changed: object = {}, alg = 'ES256', by = key.privateKey) {
  const claims = { iss: 'jwt', sub: 'jwt', aud: `${url}/token`, exp: now + 60, jti: 'one', ...changed };
  const client_assertion = compact(JSON.stringify({ alg, kid: 'key-1' }), JSON.stringify(claims), alg, by);
  const proof = { client_id: 'jwt', client_assertion_type: assertionType, client_assertion };
  return { grant_type: 'client_credentials', ...proof };
}

describe('the local authorization server refuses', () => {
  const twoWays = { Authorization: `Basic ${Buffer.from('post:secret').toString('base64')}` };
  it.each<[string, Record<string, string> | string, string, Record<string, string>?]>([
    ['a wrong secret', { ...asking, client_secret: 'Secret' }, 'invalid_client'],
    ['no secret', { grant_type: 'client_credentials', client_id: 'post' }, 'invalid_client'],
    ['an empty secret', { ...asking, client_secret: '' }, 'invalid_client'],
    ['a client that it does not know', { ...asking, client_id: 'nobody' }, 'invalid_client'],
    ['a client that is to use another way', { ...asking, client_id: 'basic' }, 'invalid_client'],
    ['two ways at once', asking, 'invalid_client', twoWays],
    ['a parameter twice', `${new URLSearchParams(asking)}&client_id=other`, 'invalid_request'],
    ['a parameter that is none', { ...asking, scopes: 'vat.read' }, 'invalid_request'],
    ['what is no form', asking, 'invalid_request', { 'Content-Type': 'application/json' }],
    ['another grant', { ...asking, grant_type: 'password' }, 'unsupported_grant_type'],
    [
      'a grant named after what every object has',
      { ...asking, grant_type: 'constructor' },
      'unsupported_grant_type',
    ],
    ['a wider scope', { ...asking, scope: 'vat.read vat.admin' }, 'invalid_scope'],
    ['another service', { ...asking, resource: 'https://payroll.example' }, 'invalid_target'],
    ['another audience', { ...asking, audience: 'payroll' }, 'invalid_target'],
    ['an exchange of nothing', { ...asking, grant_type: exchange }, 'invalid_request'],
    [
      'a client that may not exchange',
      { ...asking, client_id: 'other', client_secret: 'theirs', grant_type: exchange },
      'unauthorized_client',
    ],
  ])('%s', async (_, form, error, headers = {}) => {
    const { post, server } = await start();
    expect(await post('/token', form, headers)).toMatchObject({ error });
    expect(server.tokens()).toEqual([]);
  });

  it.each<[string, object, string?, typeof key.privateKey?]>([
    ['another audience', { aud: 'https://elsewhere.example/token' }],
    ['another issuer', { iss: 'post' }],
    ['another subject', { sub: 'post' }],
    ['no end', { exp: undefined }],
    ['an end that is past', { exp: now - 1 }],
    ['an end that is far away', { exp: now + 3_600 }],
    ['a beginning to come', { nbf: now + 60 }],
    ['no id', { jti: undefined }],
    ['a signature of somebody else', {}, 'ES256', broker.privateKey],
    ['no signature', {}, 'HS256', '' as never],
  ])('an assertion with %s', async (_, changed, alg, by) => {
    const { post, server } = await start();
    expect(await post('/token', signed(server.url, changed, alg, by))).toMatchObject({
      error: 'invalid_client',
    });
    expect(server.tokens()).toEqual([]);
  });

  it('an assertion that it has seen', async () => {
    const { post, server } = await start();
    expect(await post('/token', signed(server.url))).toMatchObject({ status: 200 });
    expect(await post('/token', signed(server.url))).toMatchObject({ error: 'invalid_client' });
  });

  it('a secret that was rotated', async () => {
    const { post, server } = await start();
    server.rotate('post', { secret: 'new' });
    expect(await post('/token', asking)).toMatchObject({ error: 'invalid_client' });
    expect(await post('/token', { ...asking, client_secret: 'new' })).toMatchObject({ status: 200 });
  });
});

describe('a token of the local authorization server', () => {
  it('works until it ends', async () => {
    const { post, use, advance } = await start();
    const { access_token, expires_in } = await post('/token', asking);
    expect(await use(access_token)).toBe(200);
    advance(Number(expires_in));
    expect(await use(access_token)).toBe(401);
  });

  it('works until its own client revokes it, and no other', async () => {
    const { post, use } = await start();
    const { access_token } = await post('/token', asking);
    const token = String(access_token);
    const theirs = { client_id: 'other', client_secret: 'theirs', token };
    expect(await post('/revoke', theirs)).toMatchObject({ error: 'invalid_request' });
    expect(await post('/revoke', { token })).toMatchObject({ error: 'invalid_client' });
    expect(await use(token)).toBe(200);
    expect(await post('/revoke', { ...asClient, token })).toEqual({ status: 200 });
    expect(await post('/revoke', { ...asClient, token })).toEqual({ status: 200 });
    expect(await use(token)).toBe(401);
    expect(await post('/introspect', { ...asClient, token })).toEqual({ status: 200, active: false });
  });

  it('works for its scope alone', async () => {
    const { post, use } = await start();
    const { access_token } = await post('/token', { ...asking, scope: 'vat.write' });
    expect(await use(access_token)).toBe(403);
    expect(await use('made-up')).toBe(401);
  });

  it('is given in exchange for a token of whom the server trusts', async () => {
    const { post, server } = await start();
    const claims = { iss: 'https://mayfly.test', sub: 'alice', aud: server.url, exp: now + 60, jti: 'a' };
    const subject = (by: typeof key) =>
      compact(JSON.stringify({ alg: 'ES256', kid: by.kid }), JSON.stringify(claims), 'ES256', by.privateKey);
    const form = { ...asking, grant_type: exchange, subject_token_type: jwtType };
    const refused = await post('/token', { ...form, subject_token: subject(key) });
    expect(refused).toMatchObject({ error: 'invalid_request' });
    const { access_token } = await post('/token', { ...form, subject_token: subject(broker) });
    const seen = await post('/introspect', { ...asClient, token: String(access_token) });
    expect(seen).toMatchObject({ active: true, sub: 'alice', client_id: 'post', exp: now + 300 });
  });
});
