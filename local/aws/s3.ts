import { AwsFault } from '../fault.ts';
import type { WireReply, WireRequest } from '../http/message.ts';
import type { Authorizer } from '../iam/authorize.ts';
import type { PolicyDocument } from '../iam/document.ts';
import type { Session } from '../iam/store.ts';
import { type BucketEncryption, keyUse } from './s3-encryption.ts';
import { listObjects } from './s3-list.ts';
import { etag, objectOf, objectReply, type StoredObject } from './s3-object.ts';
import { type Service, xmlText } from './service.ts';

/** One bucket: its objects by key, its bucket policy, and the KMS key that encrypts its objects. */
export type Bucket = {
  readonly objects: Map<string, StoredObject>;
  policy: PolicyDocument | undefined;
  readonly encryption?: BucketEncryption | undefined;
};

/** The buckets of the account. */
export type Buckets = Map<string, Bucket>;

type S3Call = { readonly bucketName: string; readonly key: string; readonly request: WireRequest };
type Operation = {
  readonly action: string;
  /** What S3 asks of KMS for it, where the bucket is encrypted with a key. */
  readonly keyAction?: string;
  /** Whether it heeds a range of bytes. */
  readonly ranged?: true;
  readonly run: (bucket: Bucket, call: S3Call, mayList: () => Promise<boolean>) => Promise<WireReply>;
};

const objectOperations: Readonly<Record<string, Operation>> = {
  GET: { action: 's3:GetObject', keyAction: 'kms:Decrypt', ranged: true, run: getObject },
  HEAD: { action: 's3:GetObject', ranged: true, run: getObject },
  PUT: { action: 's3:PutObject', keyAction: 'kms:GenerateDataKey', run: putObject },
  DELETE: { action: 's3:DeleteObject', run: deleteObject },
};
const listing: Operation = { action: 's3:ListBucket', run: listObjectsV2 };

/** Parameters that are understood, or change nothing; any other names another operation or asks for more. */
const parameters = /^(x-id|list-type|prefix|max-keys|continuation-token|start-after|encoding-type)$/;

/** Headers that ask for more than the plain operation does, but those that are understood or change nothing. */
const asksMore =
  /^(range|if-.+|x-amz-(?!(date|security-token|content-sha256|user-agent|sdk-checksum-algorithm|checksum-.+|meta-.+)$).+)$/;

/** S3 with path-style addresses: object reads and writes, and ListObjectsV2. */
export function createS3(buckets: Buckets, authorizer: Authorizer, region: string): Service {
  return {
    async handle(request, session) {
      const call = parse(request);
      const operation = operationOf(call);
      const bucket = buckets.get(call.bucketName);
      await authorizer.demand(session, attemptOf(operation?.action ?? unknownAction(call), call, bucket));
      const heeded = operation?.ranged ? 'range' : undefined;
      const more = [...request.headers.keys()].find((name) => asksMore.test(name) && name !== heeded);
      if (!operation || more)
        throw new AwsFault('NotImplemented', `${more ?? 'This operation'} is not emulated.`, 501);
      if (!bucket) throw new AwsFault('NoSuchBucket', 'The specified bucket does not exist', 404);
      if (operation.keyAction && bucket.encryption && call.key !== '') {
        const { bucketName, key } = call;
        const use = keyUse(
          bucket.encryption,
          operation.keyAction,
          `arn:aws:s3:::${bucketName}/${key}`,
          region,
        );
        await authorizer.demand(session, use);
      }
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
  if ([...request.query.keys()].some((name) => !parameters.test(name))) return undefined;
  if (key !== '') return objectOperations[request.method];
  return request.method === 'GET' && request.query.get('list-type')?.[0] === '2' ? listing : undefined;
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
  const attempt = attemptOf(listing.action, { ...call, key: '' }, bucket);
  return (await authorizer.decide(session, attempt)).allowed;
}

async function getObject(bucket: Bucket, { key, request }: S3Call, mayListBucket: () => Promise<boolean>) {
  const object = bucket.objects.get(key);
  if (!object) {
    throw (await mayListBucket())
      ? new AwsFault('NoSuchKey', 'The specified key does not exist.', 404)
      : new AwsFault('AccessDenied', 'Access Denied', 403);
  }
  return objectReply(object, request);
}

async function putObject({ objects }: Bucket, { key, request }: S3Call): Promise<WireReply> {
  const object = objectOf(key, request);
  objects.set(key, object);
  return { status: 200, headers: { ETag: etag(object.body) } };
}

async function deleteObject({ objects }: Bucket, { key }: S3Call): Promise<WireReply> {
  objects.delete(key);
  return { status: 204 };
}

async function listObjectsV2({ objects }: Bucket, { bucketName, request }: S3Call): Promise<WireReply> {
  return { status: 200, headers: xml, body: listObjects(bucketName, objects, request) };
}
