import {
  ListObjectsV2Command,
  type ListObjectsV2CommandInput,
  type ListObjectsV2CommandOutput,
} from '@aws-sdk/client-s3';
import { type Case, refused } from './case.ts';
import { put } from './s3-object-cases.ts';
import type { Target } from './target.ts';

const list = ({ s3, bucket }: Target, input: Partial<ListObjectsV2CommandInput>) =>
  s3.send(new ListObjectsV2Command({ Bucket: bucket, ...input }));

const keysOf = ({ Contents }: ListObjectsV2CommandOutput) => Contents?.map(({ Key }) => Key) ?? [];

/** Puts the keys below a prefix of their own, then asks; keys are answered without the prefix. */
const listing = (
  name: string,
  keys: readonly string[],
  input: Partial<ListObjectsV2CommandInput>,
  answers: unknown,
): Case => ({
  name: `ListObjectsV2 ${name}`,
  async run(target) {
    const Prefix = `${name}/`;
    for (const key of keys) await put(target, Prefix + key);
    const after = input.StartAfter && { StartAfter: Prefix + input.StartAfter };
    const answer = await list(target, { Prefix, ...input, ...after });
    const { KeyCount, IsTruncated, MaxKeys } = answer;
    return { keys: keysOf(answer).map((key) => key?.slice(Prefix.length)), KeyCount, IsTruncated, MaxKeys };
  },
  answers,
});

const all = (keys: readonly string[], MaxKeys = 1_000) => ({
  keys,
  KeyCount: keys.length,
  IsTruncated: false,
  MaxKeys,
});

/** S3 API reference, ListObjectsV2. */
export const s3ListCases: Case[] = [
  listing('answers nothing where there is nothing', [], {}, all([])),
  listing(
    'is in the order of UTF-8 bytes',
    ['b', 'a/', '\uff5e', '😀', 'a', 'é', 'B'],
    {},
    all(['B', 'a', 'a/', 'b', 'é', '\uff5e', '😀']),
  ),
  listing('begins after a key', ['a', 'b', 'c'], { StartAfter: 'a' }, all(['b', 'c'])),
  listing('begins after a key that is not there', ['a', 'c'], { StartAfter: 'b' }, all(['c'])),
  listing(
    'begins after a key in the order of UTF-8 bytes',
    ['\uff5e', '😀'],
    { StartAfter: '\uff5e' },
    all(['😀']),
  ),
  listing('of no keys at all is complete', ['a'], { MaxKeys: 0 }, all([], 0)),
  listing('answers at most 1,000 keys', ['a'], { MaxKeys: 1_001 }, all(['a'])),
  listing('takes a negative page for an error', [], { MaxKeys: -1 }, refused('InvalidArgument')),
  {
    name: 'ListObjectsV2 pages to the end',
    async run(target) {
      for (let i = 1; i <= 5; i++) await put(target, `pages/${i}`);
      const pages: unknown[] = [];
      let ContinuationToken: string | undefined;
      do {
        const page = await list(target, {
          Prefix: 'pages/',
          MaxKeys: 2,
          ...(ContinuationToken && { ContinuationToken }),
        });
        pages.push([keysOf(page), page.KeyCount, page.IsTruncated]);
        ContinuationToken = page.NextContinuationToken;
      } while (ContinuationToken);
      return pages;
    },
    answers: [
      [['pages/1', 'pages/2'], 2, true],
      [['pages/3', 'pages/4'], 2, true],
      [['pages/5'], 1, false],
    ],
  },
  {
    name: 'ListObjectsV2 goes on behind the token, not behind the key of the first page',
    async run(target) {
      for (let i = 1; i <= 4; i++) await put(target, `both/${i}`);
      const first = { Prefix: 'both/', StartAfter: 'both/1', MaxKeys: 1 };
      const { NextContinuationToken } = await list(target, first);
      return keysOf(await list(target, { ...first, ContinuationToken: NextContinuationToken }));
    },
    answers: ['both/3'],
  },
  {
    name: 'ListObjectsV2 refuses a token that it did not give',
    run: (target) => list(target, { Prefix: 'both/', ContinuationToken: 'made up' }),
    answers: refused('InvalidArgument'),
  },
  {
    name: 'ListObjectsV2 encodes keys for a URL when asked',
    async run(target) {
      await put(target, 'encoded/a b+ü');
      const answer = await list(target, { Prefix: 'encoded/', EncodingType: 'url' });
      // A space may be `+` or `%20`, as both are read back as one.
      const keys = keysOf(answer).map((key) => key?.replaceAll('+', '%20'));
      return [keys, answer.EncodingType, answer.Prefix];
    },
    answers: [['encoded/a%20b%2B%C3%BC'], 'url', 'encoded/'],
  },
  {
    name: 'ListObjectsV2 describes each object',
    async run(target) {
      await put(target, 'described/one', { Body: 'body' });
      const { Contents, Name, Prefix } = await list(target, { Prefix: 'described/' });
      const described = Contents?.map(({ Key, Size, ETag, StorageClass }) => ({
        Key,
        Size,
        ETag,
        StorageClass,
      }));
      return { described, sameName: Name === target.bucket, Prefix };
    },
    answers: {
      described: [
        {
          Key: 'described/one',
          Size: 4,
          ETag: '"841a2d689ad86bd1611447453c22c6fc"',
          StorageClass: 'STANDARD',
        },
      ],
      sameName: true,
      Prefix: 'described/',
    },
  },
  {
    name: 'ListObjectsV2 groups keys by a delimiter',
    async run(target) {
      for (const key of ['a', 'b/1', 'b/2']) await put(target, `grouped/${key}`);
      const answer = await list(target, { Prefix: 'grouped/', Delimiter: '/' });
      return [keysOf(answer), answer.CommonPrefixes?.map(({ Prefix }) => Prefix), answer.KeyCount];
    },
    answers: [['grouped/a'], ['grouped/b/'], 2],
  },
];
