import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { sha256Base64Url } from '../../core/hash.ts';
import { sendJson } from './loopback.ts';

/** Claims of whoever sits at the browser; with an `auth_time`, they signed in then, and again when `max_age` asks for it. */
export type BrowserUser = { readonly sub: string; readonly [claim: string]: unknown };

type Code = {
  readonly challenge: string;
  readonly redirect: string;
  readonly client: string;
  readonly claims: object;
};

/**
 * The endpoints of the authorization code flow with PKCE (RFC 6749 section 4.1, RFC 7636): strict in what a client must
 * send, with no page in between, as the person is known and agrees.
 */
export function signInEndpoints(clock: () => number, mint: (claims: Record<string, unknown>) => string) {
  const codes = new Map<string, Code>();
  let person: BrowserUser | undefined;
  let choices: readonly BrowserUser[] = [];
  let asksAnew = true;

  function authorize(request: IncomingMessage, response: ServerResponse): void {
    const issuer = `http://${request.headers.host}`;
    const asked = new URL(request.url ?? '/', issuer).searchParams;
    const wrong = faultOf(asked);
    if (wrong) {
      sendJson(response, { error: 'invalid_request', error_description: wrong }, 400);
      return;
    }
    const chosen = choices.find(({ sub }) => sub === asked.get('as'));
    if (choices.length > 0 && !chosen) {
      response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' }).end(page(asked, choices));
      return;
    }
    const back = new URL(asked.get('redirect_uri') ?? '');
    back.searchParams.set('state', asked.get('state') ?? '');
    back.searchParams.set('iss', issuer);
    const who = chosen ?? person;
    if (who) back.searchParams.set('code', codeFor(who, asked));
    else back.searchParams.set('error', 'access_denied');
    response.writeHead(302, { Location: back.href }).end();
  }

  function codeFor(who: BrowserUser, asked: URLSearchParams): string {
    const code = randomUUID();
    const signedInAt = who['auth_time'];
    const anew = signedInAt === undefined || (asksAnew && clock() - Number(signedInAt) >= maxAgeOf(asked));
    codes.set(code, {
      challenge: asked.get('code_challenge') ?? '',
      redirect: asked.get('redirect_uri') ?? '',
      client: asked.get('client_id') ?? '',
      claims: { nonce: asked.get('nonce') ?? undefined, ...who, ...(anew && { auth_time: clock() }) },
    });
    return code;
  }

  async function token(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const sent = new URLSearchParams(await text(request));
    const code = codes.get(sent.get('code') ?? '');
    codes.delete(sent.get('code') ?? '');
    const isRight =
      code?.challenge === sha256Base64Url(sent.get('code_verifier') ?? '') &&
      code.redirect === sent.get('redirect_uri') &&
      code.client === sent.get('client_id') &&
      sent.get('grant_type') === 'authorization_code';
    if (!isRight) return sendJson(response, { error: 'invalid_grant' }, 400);
    const id_token = mint({ aud: code.client, ...code.claims });
    sendJson(response, { access_token: randomUUID(), token_type: 'Bearer', expires_in: 300, id_token });
  }

  /** `honoursMaxAge`: false for a provider that lets an old session do. */
  function browserIsOf(who: BrowserUser | undefined, honoursMaxAge = true): void {
    person = who;
    asksAnew = honoursMaxAge;
  }

  /** Lets whoever sits at the browser say which of these they are. */
  function browserChooses(people: readonly BrowserUser[]): void {
    choices = people;
  }

  return { authorize, token, browserIsOf, browserChooses };
}

/** The page on which a person says who they are: a local run asks for no password. */
function page(asked: URLSearchParams, people: readonly BrowserUser[]): string {
  const links = people.map(({ sub, groups }) => {
    const query = new URLSearchParams([...asked, ['as', sub]]);
    const href = `/authorize?${query}`.replaceAll('&', '&amp;');
    return `<p><a href="${href}">${sub}</a> ${Array.isArray(groups) ? groups.join(', ') : ''}</p>`;
  });
  return `<!doctype html><title>Sign in</title><h1>Who are you?</h1>${links.join('')}`;
}

function maxAgeOf(asked: URLSearchParams): number {
  return asked.has('max_age') ? Number(asked.get('max_age')) : Number.POSITIVE_INFINITY;
}

/** What a careless client would leave out. */
function faultOf(asked: URLSearchParams): string | undefined {
  if (asked.get('response_type') !== 'code') return 'response_type';
  if (asked.get('client_id') !== 'mayfly-cli') return 'client_id';
  if (!/^http:\/\/127\.0\.0\.1:\d+\//.test(asked.get('redirect_uri') ?? '')) return 'redirect_uri';
  if (asked.get('code_challenge_method') !== 'S256' || !asked.get('code_challenge')) return 'code_challenge';
  if (!asked.get('scope')?.split(' ').includes('openid')) return 'scope';
  return asked.get('state') ? undefined : 'state';
}
