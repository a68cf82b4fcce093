import { type IncomingHttpHeaders, request } from 'node:http';
import { AwsV4Signer } from 'aws4fetch';
import type { LocalCredentials } from '../../local/start.ts';

/** A request as it goes on the wire; nothing of it is checked, put right or joined. */
export type Wire = {
  readonly method: string;
  /** Address with stage and path, as it is sent: percent-encoding stays as it is. */
  readonly url: string;
  /** A list is a header that comes more than once; undefined is one that does not come. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body?: string | undefined;
};

/** What came back. */
export type Answer = {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
};

/** What the signature says of itself. */
export type Scope = { readonly service: string; readonly region: string; readonly datetime?: string };

/** The request under SigV4. Host and `X-Amz-*` are signed, which is all that API Gateway asks for. */
export async function signed(wire: Wire, keys: LocalCredentials, scope: Scope): Promise<Wire> {
  const { method, url, body } = wire;
  const { headers } = await new AwsV4Signer({ method, url, body: body ?? '', ...keys, ...scope }).sign();
  return { ...wire, headers: { ...wire.headers, ...Object.fromEntries(headers as Headers) } };
}

/** Sends it to a broker on this machine. */
export function send({ method, url, headers, body }: Wire): Promise<Answer> {
  const { hostname, port, origin } = new URL(url);
  const path = url.slice(origin.length);
  return new Promise((resolve, reject) => {
    const outgoing = request({ method, hostname, port, path }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('end', () =>
        resolve({
          status: incoming.statusCode ?? 0,
          headers: incoming.headers,
          body: Buffer.concat(chunks).toString(),
        }),
      );
    });
    outgoing.on('error', reject);
    for (const [name, value] of Object.entries(headers))
      if (value !== undefined) outgoing.setHeader(name, value);
    // Bytes, and their number said: Node would send a GET's body without, and text together with the headers.
    const bytes = body === undefined ? undefined : Buffer.from(body);
    if (bytes) outgoing.setHeader('Content-Length', bytes.length);
    outgoing.end(bytes);
  });
}
