import { createHash } from 'node:crypto';
import { AwsFault } from '../fault.ts';
import { header, type WireReply, type WireRequest } from '../http/message.ts';
import type { Authorizer } from '../iam/authorize.ts';
import type { PolicyDocument } from '../iam/document.ts';
import type { Session } from '../iam/store.ts';
import { type Service, xmlText } from './service.ts';

type StoredObject = { readonly body: Buffer; readonly type: string; readonly modified: Date };

/** One bucket: its objects by key, and its bucket policy. */
export type Bucket = { readonly objects: Map<string, StoredObject>; policy: PolicyDocument | undefined };

/** The buckets of the account. */
export type Buckets = Map<string, Bucket>;

type S3Call = { readonly bucketName: string; readonly key: string; readonly request: WireRequest };
type Operation = {
  readonly action: string;
  readonly run: (bucket: Bucket, call: S3Call, mayList: () => Promise<boolean>) => Promise<WireReply>;
};

const objectOperations: Readonly<Record<string, Operation>> = {
  GET: { action: 's3:GetObject', run: getObject },
  HEAD: { action: 's3:GetObject', run: getObject },
  PUT: { action: 's3:PutObject', run: putObject },
  DELETE: { action: 's3:DeleteObject', run: deleteObject },
};
const listObjects: Operation = { action: 's3:ListBucket', run: listObjectsV2 };

/** Sub-resources of other operations: refused as not implemented, never mistaken for the plain one. */
const subresource =
  /^(acl|tagging|versions|versionId|uploads|uploadId|partNumber|policy|attributes|retention|legal-hold|torrent|restore|select|delete)$/;

/** S3 with path-style addresses: object reads and writes, and ListObjectsV2. */
export function createS3(buckets: Buckets, authorizer: Authorizer): Service {
  return {
    async handle(request, session) {
      const call = parse(request);
      const operation = operationOf(call);
      const bucket = buckets.get(call.bucketName);
      await authorizer.demand(session, attemptOf(operation?.action ?? unknownAction(call), call, bucket));
      if (!operation) throw new AwsFault('NotImplemented', 'This operation is not emulated.', 501);
      if (!bucket) throw new AwsFault('NoSuchBucket', 'The specified bucket does not exist', 404);
      return operation.run(bucket, call, () => mayList(authorizer, session, call, bucket));
    },
    refuse: ({ code, message, status }, requestId) => ({
      status: code === 'expired_token' ? 400 : status,
      headers: xml,
      body: `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${wireNames[code] ?? code}</Code><Message>${xmlText(message)}</Message><RequestId>${requestId}</RequestId></Error>`,
    }),
  };
}

const xml = { 'Content-Type': 'application/xml' };
const wireNames: Readonly<Record<string, string>> = {
  missing_token: 'AccessDenied',
  incomplete_signature: 'AuthorizationHeaderMalformed',
  unknown_key: 'InvalidAccessKeyId',
  expired_token: 'ExpiredToken',
  wrong_signature: 'SignatureDoesNotMatch',
  stale_signature: 'RequestTimeTooSkewed',
};

function parse(request: WireRequest): S3Call {
  const [, bucketName = '', ...rest] = request.rawPath.split('/');
  return { bucketName, key: decodeURIComponent(rest.join('/')), request };
}

function operationOf({ key, request }: S3Call): Operation | undefined {
  if ([...request.query.keys()].some((name) => subresource.test(name))) return undefined;
  if (header(request, 'x-amz-copy-source') !== undefined) return undefined;
  if (key !== '') return objectOperations[request.method];
  return request.method === 'GET' && request.query.get('list-type')?.[0] === '2' ? listObjects : undefined;
}

/** The nearest action of an operation that is not emulated, so that it is still authorized first. */
function unknownAction({ key, request }: S3Call): string {
  const write = request.method !== 'GET' && request.method !== 'HEAD';
  if (key === '') return write ? 's3:PutBucketPolicy' : 's3:ListBucket';
  return write ? 's3:PutObject' : 's3:GetObjectVersion';
}

function attemptOf(action: string, { bucketName, key, request }: S3Call, bucket: Bucket | undefined) {
  const prefix = request.query.get('prefix')?.[0];
  return {
    action,
    resource: key === '' ? `arn:aws:s3:::${bucketName}` : `arn:aws:s3:::${bucketName}/${key}`,
    ...(key === '' && { context: { 's3:prefix': prefix ?? '' } }),
    resourcePolicy: bucket?.policy,
  };
}

/** S3 tells a missing key only to who may list; others get AccessDenied (S3 API reference, GetObject). */
async function mayList(
  authorizer: Authorizer,
  session: Session,
  call: S3Call,
  bucket: Bucket,
): Promise<boolean> {
  const attempt = attemptOf(listObjects.action, { ...call, key: '' }, bucket);
  return (await authorizer.decide(session, attempt)).allowed;
}

async function getObject(bucket: Bucket, { key, request }: S3Call, mayListBucket: () => Promise<boolean>) {
  const object = bucket.objects.get(key);
  if (!object) {
    throw (await mayListBucket())
      ? new AwsFault('NoSuchKey', 'The specified key does not exist.', 404)
      : new AwsFault('AccessDenied', 'Access Denied', 403);
  }
  const headers = {
    'Content-Type': object.type,
    'Content-Length': String(object.body.length),
    'Last-Modified': object.modified.toUTCString(),
    ETag: etag(object.body),
  };
  return request.method === 'HEAD' ? { status: 200, headers } : { status: 200, headers, body: object.body };
}

async function putObject({ objects }: Bucket, { key, request }: S3Call): Promise<WireReply> {
  if (header(request, 'x-amz-content-sha256')?.startsWith('STREAMING-'))
    throw new AwsFault('NotImplemented', 'Chunked uploads are not emulated.', 501);
  const type = header(request, 'content-type') ?? 'binary/octet-stream';
  objects.set(key, { body: request.body, type, modified: new Date() });
  return { status: 200, headers: { ETag: etag(request.body) } };
}

async function deleteObject({ objects }: Bucket, { key }: S3Call): Promise<WireReply> {
  objects.delete(key);
  return { status: 204 };
}

/** Most keys that one listing answers (S3 API reference, ListObjectsV2). */
const largestPage = 1_000;

async function listObjectsV2({ objects }: Bucket, { bucketName, request }: S3Call): Promise<WireReply> {
  const query = (name: string) => request.query.get(name)?.[0] ?? '';
  if (query('delimiter') !== '') throw new AwsFault('NotImplemented', 'Delimiters are not emulated.', 501);
  const [prefix, start] = [query('prefix'), query('continuation-token') || query('start-after')];
  const size = Math.min(Number(query('max-keys') || largestPage), largestPage);
  const keys = [...objects.keys()].filter((key) => key.startsWith(prefix) && key > start).sort();
  const page = keys.slice(0, size);
  const contents = page.map((key) => {
    const { body = Buffer.alloc(0), modified = new Date(0) } = objects.get(key) ?? {};
    return `<Contents><Key>${xmlText(key)}</Key><LastModified>${modified.toISOString()}</LastModified><ETag>${xmlText(etag(body))}</ETag><Size>${body.length}</Size><StorageClass>STANDARD</StorageClass></Contents>`;
  });
  const more = keys.length > page.length;
  const next = more ? `<NextContinuationToken>${xmlText(page.at(-1) ?? '')}</NextContinuationToken>` : '';
  return {
    status: 200,
    headers: xml,
    body: `<?xml version="1.0" encoding="UTF-8"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>${bucketName}</Name><Prefix>${xmlText(prefix)}</Prefix><KeyCount>${page.length}</KeyCount><MaxKeys>${size}</MaxKeys><IsTruncated>${more}</IsTruncated>${next}${contents.join('')}</ListBucketResult>`,
  };
}

function etag(body: Buffer): string {
  return `"${createHash('md5').update(body).digest('hex')}"`;
}
