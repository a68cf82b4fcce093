import { allowInsecureRequests, type ClientAuth, Configuration, customFetch } from 'openid-client';
import type { ClientSystem } from '../../core/policy/schema-systems.ts';
import { jsonObject, type Members, member } from '../evidence/compact-jwt.ts';
import type { Answer, Outbound, Send } from '../outbound/outbound.ts';

/** What a server answered, already taken apart. */
export type Said = {
  readonly status: number;
  /** Whether it is an answer as the RFC of its endpoint describes it. */
  readonly isSound: boolean;
  /** Whether it calls itself JSON. */
  readonly isJson: boolean;
  /** Members of its JSON object; none where it is none, or names a member twice. */
  readonly members: Members;
  /** Seconds after which to ask again, where it says so. */
  readonly retryAfter: number | undefined;
};

/** Where a client asks, and how it proves who it is. */
export type Asking = {
  readonly client: ClientSystem;
  readonly authentication: ClientAuth;
  readonly send: Send;
  /** Milliseconds. */
  readonly patience: number;
};

/** Bytes of an answer of an authorization server. */
const largestAnswer = 65_536;

/**
 * Lets `openid-client` ask one question of a client, by our own connection, and answers what came back whatever the library
 * thinks of it: a token that we do not want has to be known to be revoked. Throws where nothing came back.
 */
export async function ask(
  { client, authentication, send, patience }: Asking,
  endpoints: { readonly token_endpoint?: string; readonly revocation_endpoint?: string },
  question: (configuration: Configuration) => Promise<unknown>,
): Promise<Said> {
  // The issuer is said to nobody: it would be the audience of assertions, which name their own.
  const metadata = { issuer: 'https://issuer.invalid', ...endpoints };
  const configuration = new Configuration(metadata, client.client_id, undefined, authentication);
  // http is only what configuration may say: an address of this machine.
  if (Object.values(endpoints).some(isPlain)) allowInsecureRequests(configuration);
  let answer: Answer | undefined;
  let fault: unknown;
  configuration[customFetch] = async (url, { method, headers, body }) => {
    const options = { patience, largest: largestAnswer, privateNetwork: client.private_network };
    const request: Outbound = { method, url, headers, body: String(body), ca: client.ca, ...options };
    answer = await send(request).catch((error: unknown) => {
      fault = error;
      throw new Error('not sent');
    });
    return responseOf(answer);
  };
  const isSound = await question(configuration).then(
    () => true,
    () => false,
  );
  if (!answer) {
    const reason = fault instanceof Error ? fault.message : 'it cannot be asked';
    throw new Error(`the authorization server gives no answer: ${reason}`);
  }
  return { ...said(answer), isSound };
}

/** The error code of an answer that is one of the RFCs' own words, since a log takes no others; RFC 6749, 7009, 8707. */
export function errorIn({ members }: Said): string | undefined {
  return codes.find((code) => code === member(members, 'error'));
}

const codes = [
  'invalid_request',
  'invalid_client',
  'invalid_grant',
  'unauthorized_client',
  'unsupported_grant_type',
  'invalid_scope',
  'invalid_target',
  'unsupported_token_type',
  'server_error',
  'temporarily_unavailable',
];

function isPlain(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === 'http:' && ['127.0.0.1', 'localhost'].includes(hostname);
}

/** Statuses whose answers have no body (Fetch standard, null body status). */
const bodiless = [101, 103, 204, 205, 304];

function responseOf({ status, headers, body }: Answer): Response {
  const fields = Object.entries(headers).flatMap(([name, values]) =>
    values.map((value): [string, string] => [name, value]),
  );
  return new Response(bodiless.includes(status) ? null : new Uint8Array(body), { status, headers: fields });
}

function said({ status, headers, body }: Answer): Omit<Said, 'isSound'> {
  const after = headers['retry-after']?.[0] ?? '';
  return {
    status,
    isJson: /^application\/json *(;|$)/i.test(headers['content-type']?.[0] ?? ''),
    members: jsonObject(body) ?? {},
    retryAfter: /^\d{1,6}$/.test(after) ? Number(after) : undefined,
  };
}
