import { textTypeOf } from './asked-call.ts';
import type { CallFault } from './call-record.ts';
import { headersBack } from './headers.ts';
import { showsSecret } from './reflected-secret.ts';

/** What came back, as it came. */
export type UpstreamAnswer = {
  readonly status: number;
  /** By lower-case name; of several of one name, all. */
  readonly headers: Readonly<Record<string, readonly string[]>>;
  readonly body: Uint8Array;
};

/** What of an answer the agent sees. */
export type ShownAnswer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

/** An answer as the agent may see it, or why it may see nothing of it. */
export function shownOf(
  { status, headers, body }: UpstreamAnswer,
  base: string,
  secrets: readonly string[],
): ShownAnswer | CallFault {
  if (shows(headers, body, secrets)) return 'showed_secret';
  if (status >= 300 && status < 400) return 'redirected';
  if (status < 200 || status > 599) return 'unreadable';
  const text = textOf(body);
  const [type, ...others] = headers['content-type'] ?? [];
  if (text === undefined || others.length > 0) return 'unreadable';
  if (text !== '' && textTypeOf(type) === undefined) return 'unreadable';
  return { status, headers: headersBack(headers, base), body: text };
}

/** Everywhere, in what the agent would not see as well: a service that does this once does it elsewhere. */
function shows(headers: UpstreamAnswer['headers'], body: Uint8Array, secrets: readonly string[]): boolean {
  const lines = Object.entries(headers)
    .flatMap(([name, values]) => [name, ...values])
    .join('\n');
  // By bytes: whatever the text is encoded in, what is plain in it stays so.
  const bytes = Buffer.from(body).toString('latin1');
  return [...new Set(secrets)].some((each) => showsSecret(lines, each) || showsSecret(bytes, each));
}

function textOf(body: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body);
  } catch {
    return undefined;
  }
}
