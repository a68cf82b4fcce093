import { createHash } from 'node:crypto';
import { AwsFault } from '../fault.ts';
import { header, type WireReply, type WireRequest } from '../http/message.ts';
import { partOf } from './s3-range.ts';

/** An object of a bucket. */
export type StoredObject = {
  readonly body: Buffer;
  /** Content type. */
  readonly type: string;
  readonly modified: Date;
  /** Headers that were put with it and come back with it, by lower-case name. */
  readonly headers?: Readonly<Record<string, string>>;
};

/** Longest key, in bytes of UTF-8 (S3 user guide, naming objects). */
const longestKey = 1_024;

/** Headers that belong to the object (S3 user guide, working with object metadata). */
const metadata = /^(cache-control|content-(disposition|encoding|language)|expires|x-amz-meta-.+)$/;

/** The object that a PutObject request stores; throws for a key or body that S3 or the emulation does not take. */
export function objectOf(key: string, request: WireRequest): StoredObject {
  if (header(request, 'x-amz-content-sha256')?.startsWith('STREAMING-'))
    throw new AwsFault('NotImplemented', 'Chunked uploads are not emulated.', 501);
  if (Buffer.byteLength(key) > longestKey) throw new AwsFault('KeyTooLongError', 'Your key is too long');
  const kept = [...request.headers.keys()].filter((name) => metadata.test(name));
  return {
    body: request.body,
    type: header(request, 'content-type') ?? 'binary/octet-stream',
    modified: new Date(),
    headers: Object.fromEntries(kept.map((name) => [name, header(request, name) ?? ''])),
  };
}

/** The answer to GetObject, or to HeadObject without the body: the whole object, or the part that is asked for. */
export function objectReply(
  { body, type, modified, headers }: StoredObject,
  request: WireRequest,
): WireReply {
  const range = header(request, 'range');
  const part = range === undefined ? undefined : partOf(range, body.length);
  const sent = part ? body.subarray(part.first, part.last + 1) : body;
  const all = {
    ...headers,
    'Accept-Ranges': 'bytes',
    'Content-Type': type,
    'Content-Length': String(sent.length),
    'Last-Modified': modified.toUTCString(),
    ETag: etag(body),
    ...(part && { 'Content-Range': `bytes ${part.first}-${part.last}/${body.length}` }),
  };
  return { status: part ? 206 : 200, headers: all, ...(request.method !== 'HEAD' && { body: sent }) };
}

/** The entity tag of an object that was put in one piece: the MD5 of its bytes, in quotes. */
export function etag(body: Buffer): string {
  return `"${createHash('md5').update(body).digest('hex')}"`;
}
