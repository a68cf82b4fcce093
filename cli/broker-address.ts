import { UsageError } from './cli-error.ts';

const loopback = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * The address of the broker, without a trailing slash. Throws {@link UsageError} for none, and for one where requests,
 * which carry a session token, would travel in the clear.
 */
export function brokerAddress(given: string | undefined): string {
  if (!given)
    throw new UsageError('no broker is named', "Set MAYFLY_URL to the stack's output Url, or give --url.");
  const url = apiAddress(given);
  if (!url)
    throw new UsageError(
      `${given} is no address of a broker`,
      "The stack's output Url is: https://….execute-api.<region>.amazonaws.com/live",
    );
  if (url.protocol === 'http:' && !loopback.has(url.hostname))
    throw new UsageError(`${given} is not encrypted: only a broker on this machine is reached by http`);
  return given.replace(/\/+$/, '');
}

function apiAddress(text: string): URL | undefined {
  const url = URL.parse(text);
  return url && /^https?:$/.test(url.protocol) && url.search === '' && url.hash === '' ? url : undefined;
}

/** The region that an API's own address names; a signature for any other would be refused. */
export function regionOfAddress(url: string): string | undefined {
  return /\.execute-api\.([a-z0-9-]+)\.amazonaws\.com(\.cn)?$/.exec(new URL(url).hostname)?.[1];
}
