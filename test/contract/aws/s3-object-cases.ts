import {
  DeleteObjectCommand,
  GetObjectCommand,
  type GetObjectCommandInput,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type PutObjectCommandInput,
} from '@aws-sdk/client-s3';
import { type Case, refused } from './case.ts';
import type { Target } from './target.ts';

/** Puts an object into the bucket of the cases. */
export const put = ({ s3, bucket }: Target, Key: string, rest: Partial<PutObjectCommandInput> = {}) =>
  s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body: Key, ...rest }));

/** Reads an object of that bucket. */
export const get = ({ s3, bucket }: Target, Key: string, rest: Partial<GetObjectCommandInput> = {}) =>
  s3.send(new GetObjectCommand({ Bucket: bucket, Key, ...rest }));

const absent = 'nobody-made-this-bucket';

/** S3 API reference: PutObject, GetObject, HeadObject, DeleteObject. */
const kept: Case[] = [
  {
    name: 'S3 keeps what is put',
    async run(target) {
      const { ETag } = await put(target, 'kept', { Body: 'body', ContentType: 'text/plain' });
      const { Body, ContentType, ContentLength, ETag: same, LastModified } = await get(target, 'kept');
      const recent = Math.abs((LastModified?.getTime() ?? 0) - Date.now()) < 600_000;
      return {
        body: await Body?.transformToString(),
        ContentType,
        ContentLength,
        ETag,
        same: same === ETag,
        recent,
      };
    },
    answers: {
      body: 'body',
      ContentType: 'text/plain',
      ContentLength: 4,
      ETag: '"841a2d689ad86bd1611447453c22c6fc"',
      same: true,
      recent: true,
    },
  },
  {
    name: 'S3 keeps the metadata of an object',
    async run(target) {
      await put(target, 'metadata', { Metadata: { lease: 'L-1' }, CacheControl: 'no-store' });
      const { Metadata, CacheControl } = await get(target, 'metadata');
      return { Metadata, CacheControl };
    },
    answers: { Metadata: { lease: 'L-1' }, CacheControl: 'no-store' },
  },
  {
    name: 'S3 keeps bytes that are no text, and nothing at all',
    async run(target) {
      await put(target, 'bytes', { Body: new Uint8Array([0, 255, 13, 10]) });
      await put(target, 'empty', { Body: new Uint8Array(0) });
      const bytes = await (await get(target, 'bytes')).Body?.transformToByteArray();
      return [[...(bytes ?? [])], (await get(target, 'empty')).ContentLength];
    },
    answers: [[0, 255, 13, 10], 0],
  },
  {
    name: 'S3 replaces an object that is put again',
    async run(target) {
      for (const Body of ['first', 'second']) await put(target, 'again', { Body });
      return (await get(target, 'again')).Body?.transformToString();
    },
    answers: 'second',
  },
  {
    name: 'HeadObject answers an object without its body',
    async run(target) {
      const { s3, bucket: Bucket } = target;
      await put(target, 'head', { Body: 'body', ContentType: 'text/plain' });
      const { ContentLength, ContentType, ETag } = await s3.send(
        new HeadObjectCommand({ Bucket, Key: 'head' }),
      );
      return { ContentLength, ContentType, ETag };
    },
    answers: { ContentLength: 4, ContentType: 'text/plain', ETag: '"841a2d689ad86bd1611447453c22c6fc"' },
  },
  {
    name: 'PutObject with If-None-Match does not replace an object',
    async run(target) {
      await put(target, 'once');
      return put(target, 'once', { IfNoneMatch: '*' });
    },
    answers: refused('PreconditionFailed', 412),
  },
  {
    name: 'DeleteObject takes an object away, and one that is not there',
    async run(target) {
      const { s3, bucket: Bucket } = target;
      await put(target, 'gone');
      const remove = async () => (await s3.send(new DeleteObjectCommand({ Bucket, Key: 'gone' }))).$metadata;
      const statuses = [(await remove()).httpStatusCode, (await remove()).httpStatusCode];
      return [statuses, await get(target, 'gone').catch(({ name }: Error) => name)];
    },
    answers: [[204, 204], 'NoSuchKey'],
  },
];

/** S3 API reference, error responses: a HEAD has no body to name its error in. */
const missing: Case[] = [
  {
    name: 'GetObject without the key',
    run: (target) => get(target, 'never'),
    answers: refused('NoSuchKey', 404),
  },
  {
    name: 'HeadObject without the key',
    run: ({ s3, bucket: Bucket }) => s3.send(new HeadObjectCommand({ Bucket, Key: 'never' })),
    answers: refused('NotFound', 404),
  },
  {
    name: 'GetObject without the bucket',
    run: ({ s3 }) => s3.send(new GetObjectCommand({ Bucket: absent, Key: 'k' })),
    answers: refused('NoSuchBucket', 404),
  },
  {
    name: 'HeadObject without the bucket',
    run: ({ s3 }) => s3.send(new HeadObjectCommand({ Bucket: absent, Key: 'k' })),
    answers: refused('NotFound', 404),
  },
  {
    name: 'PutObject without the bucket',
    run: ({ s3 }) => s3.send(new PutObjectCommand({ Bucket: absent, Key: 'k', Body: 'body' })),
    answers: refused('NoSuchBucket', 404),
  },
  {
    name: 'DeleteObject without the bucket',
    run: ({ s3 }) => s3.send(new DeleteObjectCommand({ Bucket: absent, Key: 'k' })),
    answers: refused('NoSuchBucket', 404),
  },
  {
    name: 'ListObjectsV2 without the bucket',
    run: ({ s3 }) => s3.send(new ListObjectsV2Command({ Bucket: absent })),
    answers: refused('NoSuchBucket', 404),
  },
];

/** Every case of single objects but their keys. */
export const s3ObjectCases: Case[] = [...kept, ...missing];
