import { HeadObjectCommand } from '@aws-sdk/client-s3';
import { type Case, refused } from './case.ts';
import { get, put } from './s3-object-cases.ts';

/** A range of an object of ten bytes: its text, which part it is, how long, and the status. */
const range = (name: string, Range: string, answers: unknown): Case => ({
  name: `GetObject reads ${name}`,
  async run(target) {
    const key = `range ${Range}`;
    await put(target, key, { Body: '0123456789' });
    const { Body, ContentRange, ContentLength, $metadata } = await get(target, key, { Range });
    return [await Body?.transformToString(), ContentRange, ContentLength, $metadata.httpStatusCode];
  },
  answers,
});

/** Every case of ranges (S3 API reference, GetObject: Range; RFC 9110, section 14). */
export const s3RangeCases: Case[] = [
  range('a range of bytes', 'bytes=2-4', ['234', 'bytes 2-4/10', 3, 206]),
  range('the rest of an object', 'bytes=7-', ['789', 'bytes 7-9/10', 3, 206]),
  range('the end of an object', 'bytes=-4', ['6789', 'bytes 6-9/10', 4, 206]),
  range('all of an object that is shorter than the end', 'bytes=-40', [
    '0123456789',
    'bytes 0-9/10',
    10,
    206,
  ]),
  range('what is there of a range', 'bytes=8-40', ['89', 'bytes 8-9/10', 2, 206]),
  range('no range that begins after the end', 'bytes=10-', refused('InvalidRange', 416)),
  {
    name: 'GetObject reads no range of an empty object',
    async run(target) {
      await put(target, 'empty range', { Body: '' });
      return get(target, 'empty range', { Range: 'bytes=0-' });
    },
    answers: refused('InvalidRange', 416),
  },
  {
    name: 'HeadObject tells how long a range is',
    async run(target) {
      await put(target, 'head range', { Body: '0123456789' });
      const command = { Bucket: target.bucket, Key: 'head range', Range: 'bytes=2-4' };
      const { ContentLength, $metadata } = await target.s3.send(new HeadObjectCommand(command));
      return [ContentLength, $metadata.httpStatusCode];
    },
    answers: [3, 206],
  },
];
