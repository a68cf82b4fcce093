import type { IncomingMessage } from 'node:http';

/** An HTTP request as it was on the wire: the signature covers exactly these bytes. */
export type WireRequest = {
  readonly method: string;
  /** Path as sent, still percent-encoded. */
  readonly rawPath: string;
  /** Decoded query parameters; a repeated one has several values. */
  readonly query: ReadonlyMap<string, readonly string[]>;
  /** Header values by lower-case name, in the order they came. */
  readonly headers: ReadonlyMap<string, readonly string[]>;
  readonly body: Buffer;
};

/** An answer on its way out. */
export type WireReply = {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
};

/** Largest body the emulation takes, in bytes: API Gateway's limit. */
const largestBody = 10 * 1024 * 1024;

/** Reads a whole request; throws when its body is larger than API Gateway would take. */
export async function readRequest(incoming: IncomingMessage): Promise<WireRequest> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming) {
    size += chunk.length;
    if (size > largestBody) throw new Error('the body is larger than 10 MB');
    chunks.push(chunk);
  }
  const [rawPath = '/', rawQuery = ''] = splitOnce(incoming.url ?? '/', '?');
  return {
    method: incoming.method ?? 'GET',
    rawPath,
    query: grouped([...new URLSearchParams(rawQuery)]),
    headers: grouped(pairs(incoming.rawHeaders).map(([name, value]) => [name.toLowerCase(), value])),
    body: Buffer.concat(chunks),
  };
}

/** The single value of a header, undefined when it is absent or came more than once. */
export function header(request: WireRequest, name: string): string | undefined {
  const values = request.headers.get(name) ?? [];
  return values.length === 1 ? values[0] : undefined;
}

function grouped(entries: readonly (readonly [string, string])[]): Map<string, string[]> {
  const map = new Map<string, string[]>();
  for (const [name, value] of entries) map.set(name, [...(map.get(name) ?? []), value]);
  return map;
}

function pairs(flat: readonly string[]): [string, string][] {
  return Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i] ?? '', flat[2 * i + 1] ?? '']);
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
