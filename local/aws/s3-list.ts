import { AwsFault } from '../fault.ts';
import type { WireRequest } from '../http/message.ts';
import { etag, type StoredObject } from './s3-object.ts';
import { xmlText } from './service.ts';

/** Most keys that one listing answers (S3 API reference, ListObjectsV2). */
const largestPage = 1_000;

/** The body of an answer to ListObjectsV2 (S3 API reference): keys in the order of their UTF-8 bytes, by pages. */
export function listObjects(
  bucketName: string,
  objects: ReadonlyMap<string, StoredObject>,
  request: WireRequest,
): string {
  const query = (name: string) => request.query.get(name)?.[0] ?? '';
  const [prefix, size, text] = [
    query('prefix'),
    pageSize(query('max-keys')),
    keyText(query('encoding-type')),
  ];
  const token = query('continuation-token');
  const start = token === '' ? query('start-after') : keyOf(token);
  const found = [...objects].filter(([key]) => key.startsWith(prefix) && inBytes(key, start) > 0);
  const page = found.sort(([a], [b]) => inBytes(a, b)).slice(0, size);
  const contents = page.map(
    ([key, object]) => `<Contents><Key>${text(key)}</Key>${described(object)}</Contents>`,
  );
  const last = size > 0 && found.length > page.length ? page.at(-1) : undefined;
  const next = last ? `<NextContinuationToken>${tokenOf(last[0])}</NextContinuationToken>` : '';
  const encoding = query('encoding-type') === '' ? '' : '<EncodingType>url</EncodingType>';
  return `<?xml version="1.0" encoding="UTF-8"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>${bucketName}</Name><Prefix>${text(prefix)}</Prefix><KeyCount>${page.length}</KeyCount><MaxKeys>${size}</MaxKeys>${encoding}<IsTruncated>${last !== undefined}</IsTruncated>${next}${contents.join('')}</ListBucketResult>`;
}

function described({ body, modified }: StoredObject): string {
  return `<LastModified>${modified.toISOString()}</LastModified><ETag>${xmlText(etag(body))}</ETag><Size>${body.length}</Size><StorageClass>STANDARD</StorageClass>`;
}

function pageSize(value: string): number {
  if (!/^\d{0,9}$/.test(value)) throw new AwsFault('InvalidArgument', 'max-keys is not a number of keys.');
  return value === '' ? largestPage : Math.min(Number(value), largestPage);
}

/** How keys are written: as text of XML, which cannot hold every character, or encoded as in a form. */
function keyText(encoding: string): (key: string) => string {
  if (encoding === '') return xmlText;
  if (encoding !== 'url')
    throw new AwsFault('InvalidArgument', 'Invalid Encoding Method specified in Request');
  return (key) => new URLSearchParams({ '': key }).toString().slice(1).replaceAll('%2F', '/');
}

/** JavaScript's own order is by UTF-16 and puts U+FF5E behind what lies beyond U+FFFF. */
function inBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

const tokenMark = 'after:';

function tokenOf(key: string): string {
  return Buffer.from(tokenMark + key).toString('base64');
}

function keyOf(token: string): string {
  const text = Buffer.from(token, 'base64').toString();
  if (!text.startsWith(tokenMark))
    throw new AwsFault('InvalidArgument', 'The continuation token provided is incorrect');
  return text.slice(tokenMark.length);
}
