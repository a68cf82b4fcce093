import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { type OauthServerClient, oauthClients } from './oauth-clients.ts';
import { OauthFault } from './oauth-fault.ts';
import {
  type Answered,
  answerWith,
  echoOf,
  type Misbehaviour,
  misbehaves,
  nextOf,
} from './oauth-misbehaviour.ts';
import { type IssuedToken, oauthTokens, type TokenOptions } from './oauth-tokens.ts';

/** What an authorization server is started with; its clock in epoch seconds. */
export type OauthServerOptions = Partial<TokenOptions> & { readonly clients: readonly OauthServerClient[] };

/** Endpoints that can be made to misbehave. */
export type Endpoint = '/token' | '/revoke';

/** An authorization server on this machine, with one service that takes its tokens: `GET /vat/<number>`. */
export type OauthServer = {
  readonly url: string;
  readonly token_endpoint: string;
  readonly revocation_endpoint: string;
  /** All that it ever issued. */
  tokens(): readonly IssuedToken[];
  /** `POST /token` and the like, in the order they came. */
  readonly requests: string[];
  /** How an endpoint misbehaves from now on; without a fault it recovers. */
  misbehave(endpoint: Endpoint, fault?: Misbehaviour): void;
  /** Another secret, or other keys, of a client; the old ones are refused at once. */
  rotate(client_id: string, to: Pick<OauthServerClient, 'secret' | 'keys'>): void;
  stop(): Promise<void>;
};

type Asked = { readonly path: string; readonly form: URLSearchParams; readonly client: OauthServerClient };
/** Starts one on 127.0.0.1 on a free port. It checks whatever it is sent, as real ones do. */
export async function startOauthServer(options: OauthServerOptions): Promise<OauthServer> {
  const clock = options.clock ?? (() => Math.floor(Date.now() / 1_000));
  const clients = oauthClients(options.clients);
  const tokens = oauthTokens({ trusts: options.trusts, lifetime: options.lifetime ?? 300, clock });
  const faults = new Map<string, Misbehaviour | undefined>();
  const requests: string[] = [];
  let url = '';

  async function done({ path, form, client }: Asked): Promise<object> {
    if (path === '/token') return tokens.issue(client, form, [url, `${url}/token`]);
    const token = form.get('token');
    if (token === null) throw new OauthFault('invalid_request');
    if (path === '/revoke') tokens.revoke(client, token);
    return path === '/introspect' ? introspection(tokens.working(token)) : {};
  }

  async function post(
    request: IncomingMessage,
    path: string,
    fault: Misbehaviour | undefined,
  ): Promise<Answered> {
    try {
      const form = await formOf(request);
      if (fault === 'echo') return { status: 400, members: echoOf(request, form) };
      const audiences = [url, `${url}/token`, `${url}${path}`];
      const client = await clients.authenticated(request.headers, form, audiences, clock());
      return { status: 200, members: await done({ path, form, client }) };
    } catch (error) {
      if (!(error instanceof OauthFault)) throw error;
      const scheme = error.status === 401 && request.headers.authorization !== undefined;
      return { status: error.status, members: { error: error.code }, ...(scheme && { scheme: 'Basic' }) };
    }
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname: path } = new URL(request.url ?? '/', url);
    requests.push(`${request.method} ${path}`);
    const fault = faults.get(path);
    faults.set(path, nextOf(fault));
    if (misbehaves(fault, response)) return;
    if (typeof fault === 'object' && 'status' in fault) {
      response.writeHead(fault.status, fault.headers).end();
    } else if (request.method === 'POST' && ['/token', '/revoke', '/introspect'].includes(path))
      answerWith(response, await post(request, path, fault), fault);
    else if (request.method === 'GET' && path.startsWith('/vat/'))
      answerWith(response, vat(request, path, url, tokens.working), undefined);
    else response.writeHead(404).end();
  }

  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.socket?.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    token_endpoint: `${url}/token`,
    revocation_endpoint: `${url}/revoke`,
    tokens: () => tokens.issued,
    requests,
    misbehave: (endpoint, fault) => void faults.set(endpoint, fault),
    rotate: clients.rotate,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** The parameters of a request; each at most once (RFC 6749 section 3.2). */
async function formOf(request: IncomingMessage): Promise<URLSearchParams> {
  const type = request.headers['content-type'] ?? '';
  const form = new URLSearchParams(await text(request));
  if (!/^application\/x-www-form-urlencoded(;|$)/i.test(type)) throw new OauthFault('invalid_request');
  if (new Set(form.keys()).size !== [...form.keys()].length) throw new OauthFault('invalid_request');
  return form;
}

/** RFC 7662 section 2.2. */
function introspection(token: IssuedToken | undefined): object {
  if (!token) return { active: false };
  const { client_id, scope, expires, subject, resource, audience } = token;
  return {
    active: true,
    client_id,
    scope,
    exp: expires,
    token_type: 'Bearer',
    ...(subject !== undefined && { sub: subject }),
    aud: [resource, audience].filter((each) => each !== undefined),
  };
}

/** Whether a VAT number is right, for whoever has a token for it (RFC 6750). */
function vat(
  request: IncomingMessage,
  path: string,
  url: string,
  working: (token: string) => IssuedToken | undefined,
): Answered {
  const [, bearer = ''] = /^Bearer ([\w.~+/-]+=*)$/.exec(request.headers.authorization ?? '') ?? [];
  const token = working(bearer);
  const isForUs = token?.resource === undefined || `${url}${path}`.startsWith(token.resource);
  if (!token || !isForUs) return { status: 401, members: { error: 'invalid_token' }, scheme: 'Bearer' };
  if (!token.scope.split(' ').includes('vat.read'))
    return { status: 403, members: { error: 'insufficient_scope' }, scheme: 'Bearer' };
  return { status: 200, members: { number: path.slice('/vat/'.length), valid: true } };
}
