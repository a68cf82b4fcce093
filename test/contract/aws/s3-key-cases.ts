import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { type Case, refused } from './case.ts';
import { get, put } from './s3-object-cases.ts';

/** S3 user guide, object keys: UTF-8 of at most 1,024 bytes; `/` and `.` mean nothing by themselves. */
const awkwardKeys: readonly string[] = [
  'with space',
  'plus+sign',
  'per%20cent',
  'a?b=c#d',
  '&<>"\'',
  "~!*'()",
  'ünïcödé/日本/😀',
  'ends/with/slash/',
  'two//slashes',
  '/begins with slash',
  'semi;colon,comma:equals=at@dollar$',
  'back\\slash^`{|}[]',
  'line\r\nbreak\ttab',
  'k'.repeat(1_000),
];

const awkward = awkwardKeys.map((key): Case => {
  const shown = JSON.stringify(key.length > 40 ? `${key.slice(0, 8)}… of ${key.length}` : key);
  return {
    name: `S3 keeps and lists the key ${shown}`,
    async run(target) {
      const { s3, bucket: Bucket } = target;
      await put(target, key);
      const body = await (await get(target, key)).Body?.transformToString();
      const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: key }));
      return [body === key, Contents?.map(({ Key }) => Key)];
    },
    answers: [true, [key]],
  };
});

const tooLong: Case = {
  name: 'PutObject refuses a key of 1,025 bytes',
  run: (target) => put(target, 'k'.repeat(1_025)),
  answers: refused('KeyTooLongError'),
};

/** Every case of keys. */
export const s3KeyCases: Case[] = [...awkward, tooLong];
