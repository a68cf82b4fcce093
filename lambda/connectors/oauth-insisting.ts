import type { Configuration } from 'openid-client';
import type { ClientSystem } from '../../core/policy/schema-systems.ts';
import type { EpochSeconds } from '../../core/time.ts';
import type { Secrets } from '../aws/secrets.ts';
import type { Send } from '../outbound/outbound.ts';
import { ask, errorIn, type Said } from './oauth-asking.ts';
import { clientAuthentication } from './oauth-authentication.ts';

/** What asking an authorization server takes. */
export type OauthPorts = {
  readonly secrets: Secrets;
  readonly send: Send;
  /** The time that assertions of clients say. */
  readonly clock: () => EpochSeconds;
  /** Milliseconds that have passed since some moment. */
  readonly elapsed: () => number;
  /** Waits for so many milliseconds. */
  readonly pause: (milliseconds: number) => Promise<void>;
  /** Milliseconds for one question, all its tries with one secret included; {@link oauthPatience} when absent. */
  readonly patience?: number;
};

/** One question to an authorization server. */
export type Question = {
  readonly client: ClientSystem;
  /** The token endpoint, by which the server is called in the assertions of clients (RFC 7523 section 3). */
  readonly audience: string;
  readonly endpoints: { readonly token_endpoint?: string; readonly revocation_endpoint?: string };
  /** Asks it, once for each try. */
  readonly of: (configuration: Configuration) => Promise<unknown>;
};

/** Milliseconds for one question. */
export const oauthPatience = 3_000;

/** Milliseconds before the second and the third try; a server that asks for more than there is left is not asked again. */
const pauses = [200, 600];

/**
 * What the server answers to the question: with a fresh secret once, where it refuses the one that we had, and tried again
 * where it is busy. Throws where nothing comes back, or the secret cannot be had.
 */
export async function insist(ports: OauthPorts, question: Question): Promise<Said> {
  const arn = question.client.secret;
  const secret = await ports.secrets.read(arn);
  const said = await inTime(ports, question, secret);
  if (!refusesClient(said)) return said;
  const fresh = await ports.secrets.read(arn, 'fresh');
  // The same secret again is only one more failure that a server counts against the client.
  return fresh === secret ? said : inTime(ports, question, fresh);
}

function refusesClient(said: Said): boolean {
  return said.status === 401 || errorIn(said) === 'invalid_client';
}

async function inTime(ports: OauthPorts, question: Question, secret: string): Promise<Said> {
  const { send, elapsed, clock, patience = oauthPatience } = ports;
  const { client, audience, endpoints, of } = question;
  const until = elapsed() + patience;
  for (let tries = 0; ; tries++) {
    // Anew for each try: an assertion is taken once.
    const authentication = await clientAuthentication(client, secret, audience, clock());
    const left = Math.max(1, until - elapsed());
    const said = await ask({ client, authentication, send, patience: left }, endpoints, of);
    const wait = Math.max(pauses[tries] ?? Number.POSITIVE_INFINITY, (said.retryAfter ?? 0) * 1_000);
    const isBusy = said.status >= 500 || said.status === 429;
    if (!isBusy || elapsed() + wait >= until) return said;
    await ports.pause(wait);
  }
}
