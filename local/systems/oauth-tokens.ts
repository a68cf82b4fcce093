import { randomBytes } from 'node:crypto';
import { createLocalJWKSet, type JSONWebKeySet } from 'jose';
import { type OauthServerClient, verified } from './oauth-clients.ts';
import { OauthFault } from './oauth-fault.ts';

/** A token as the server remembers it. */
export type IssuedToken = {
  readonly token: string;
  readonly client_id: string;
  /** Whom it speaks for, where it was given in exchange. */
  readonly subject?: string;
  readonly scope: string;
  readonly resource?: string;
  readonly audience?: string;
  /** Epoch seconds. */
  readonly expires: number;
  revoked: boolean;
};

/** Who signs the subject tokens that are taken in exchange. */
export type TrustedIssuer = { readonly issuer: string; keys(): Promise<JSONWebKeySet> };

/** What an authorization server that issues tokens is made with. */
export type TokenOptions = {
  readonly trusts: TrustedIssuer | undefined;
  /** Seconds that a token lives. */
  readonly lifetime: number;
  readonly clock: () => number;
};

const exchange = 'urn:ietf:params:oauth:grant-type:token-exchange';
const accessToken = 'urn:ietf:params:oauth:token-type:access_token';
const jwt = 'urn:ietf:params:oauth:token-type:jwt';

/** Parameters that a grant takes, besides what authenticates: whatever else is sent is an error of the client. */
const taken: Readonly<Record<string, readonly string[]>> = {
  client_credentials: ['scope', 'resource', 'audience'],
  [exchange]: [
    'scope',
    'resource',
    'audience',
    'subject_token',
    'subject_token_type',
    'requested_token_type',
  ],
};
const authenticating = [
  'grant_type',
  'client_id',
  'client_secret',
  'client_assertion',
  'client_assertion_type',
];

/** Issues tokens by the client credentials grant (RFC 6749 section 4.4) and by exchange (RFC 8693), and revokes them. */
export function oauthTokens({ trusts, lifetime, clock }: TokenOptions) {
  const issued: IssuedToken[] = [];

  /** Members of the answer; throws an {@link OauthFault}. */
  async function issue(client: OauthServerClient, form: URLSearchParams, audiences: readonly string[]) {
    const type = form.get('grant_type') ?? '';
    const allowed = Object.hasOwn(taken, type) ? taken[type] : undefined;
    if (!allowed) throw new OauthFault('unsupported_grant_type');
    if ([...form.keys()].some((name) => ![...authenticating, ...allowed].includes(name)))
      throw new OauthFault('invalid_request');
    const kind = type === exchange ? 'token_exchange' : 'client_credentials';
    if (!client.grants.includes(kind)) throw new OauthFault('unauthorized_client');
    const subject = type === exchange ? await subjectOf(form, audiences) : undefined;
    const token = randomBytes(32).toString('base64url');
    const scope = scopeOf(client, form);
    issued.push({
      token,
      client_id: client.client_id,
      scope,
      ...(subject !== undefined && { subject }),
      ...serviceOf(client, form),
      expires: clock() + lifetime,
      revoked: false,
    });
    const answer = { access_token: token, token_type: 'Bearer', expires_in: lifetime, scope };
    return subject === undefined ? answer : { ...answer, issued_token_type: accessToken };
  }

  async function subjectOf(form: URLSearchParams, audiences: readonly string[]): Promise<string> {
    const requested = form.get('requested_token_type') ?? accessToken;
    if (!trusts || form.get('subject_token_type') !== jwt || requested !== accessToken)
      throw new OauthFault('invalid_request');
    const keys = createLocalJWKSet(await trusts.keys());
    const expected = { issuer: trusts.issuer, audiences, now: clock() };
    const claims = await verified(form.get('subject_token') ?? '', keys, expected).catch(() => {
      // RFC 8693 section 2.2.2: a subject token that is not acceptable is an invalid request.
      throw new OauthFault('invalid_request');
    });
    return String(claims.sub);
  }

  /** The token, where it works now. */
  function working(token: string): IssuedToken | undefined {
    return issued.find((each) => each.token === token && !each.revoked && each.expires > clock());
  }

  /** Revokes a token of this client; one of another is refused, one that nobody knows is not (RFC 7009 section 2). */
  function revoke(client: OauthServerClient, token: string): void {
    const found = issued.find((each) => each.token === token);
    if (found && found.client_id !== client.client_id) throw new OauthFault('invalid_request');
    if (found) found.revoked = true;
  }
  return { issue, working, revoke, issued };
}

function scopeOf(client: OauthServerClient, form: URLSearchParams): string {
  const scope = form.get('scope') ?? client.scopes.join(' ');
  if (!scope.split(' ').every((each) => client.scopes.includes(each))) throw new OauthFault('invalid_scope');
  return scope;
}

function serviceOf(client: OauthServerClient, form: URLSearchParams) {
  const resource = form.get('resource');
  const audience = form.get('audience');
  if (resource !== null && !client.resources?.includes(resource)) throw new OauthFault('invalid_target');
  if (audience !== null && !client.audiences?.includes(audience)) throw new OauthFault('invalid_target');
  return { ...(resource !== null && { resource }), ...(audience !== null && { audience }) };
}
