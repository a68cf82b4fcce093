import type { Resolve } from '../outbound/addresses.ts';
import { sender } from '../outbound/send.ts';
import { jsonObject, type Members } from './compact-jwt.ts';

/** How a source of trust is asked. */
export type TrustFetchOptions = {
  /** Milliseconds for all of it: names, connection, headers and body. */
  readonly patience?: number;
  /** Bytes of the body. */
  readonly largest?: number;
  /** Whether the source may be at a private address: so its configuration says, never a token. */
  readonly privateNetwork?: boolean;
  /** Certificates (PEM) trusted instead of the well-known ones. */
  readonly ca?: string;
  readonly resolve?: Resolve;
};

/** Milliseconds until a source is given up. */
export const patience = 2_000;

/** Bytes of a key set or a bundle. */
export const largest = 65_536;

/**
 * The JSON object at an address from configuration, by one GET that follows nothing, believes no proxy and reads no more
 * than it must. Throws an Error whose message is for a log; it never waits longer than `patience`, whatever the source does.
 */
export async function trustFetch(url: string, options: TrustFetchOptions = {}): Promise<Members> {
  const send = sender({ only: 200, ...(options.resolve && { resolve: options.resolve }) });
  const { body } = await send({
    method: 'GET',
    url,
    headers: { Accept: 'application/json' },
    patience: options.patience ?? patience,
    largest: options.largest ?? largest,
    // What is not encrypted is on this machine, or nowhere.
    privateNetwork: (options.privateNetwork ?? false) || new URL(url).protocol === 'http:',
    ca: options.ca,
  });
  const object = jsonObject(body);
  if (!object) throw new Error('it answers no JSON object, or one that names a member twice');
  return object;
}
