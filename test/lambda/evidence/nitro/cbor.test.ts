import { describe, expect, it } from 'vitest';
import { type Cbor, readCbor } from '../../../../lambda/evidence/nitro/cbor.ts';

const read = (hex: string) => readCbor(Buffer.from(hex, 'hex'));
const bytes = (hex: string) => Buffer.from(hex, 'hex');

/** Encodings of RFC 8949 appendix A that documents may hold, and what they are. */
const sound: readonly (readonly [string, Cbor])[] = [
  ['00', 0],
  ['17', 23],
  ['1818', 24],
  ['1903e8', 1_000],
  ['1a000f4240', 1_000_000],
  ['1b000000e8d4a51000', 1_000_000_000_000],
  ['20', -1],
  ['3863', -100],
  ['f6', null],
  ['60', ''],
  ['6449455446', 'IETF'],
  ['62c3bc', 'ü'],
  ['80', []],
  ['83010203', [1, 2, 3]],
  ['a0', new Map()],
  [
    'a201020304',
    new Map([
      [1, 2],
      [3, 4],
    ]),
  ],
  ['826161a161626163', ['a', new Map([['b', 'c']])]],
  ['bf6346756ef6ff', new Map([['Fun', null]])],
];

const refused: Readonly<Record<string, string>> = {
  nothing: '',
  'a byte after the end': '0000',
  'a number that ends too early': '1b000000e8d4',
  'a byte string that ends too early': '440102',
  'a list that ends too early': '830102',
  'a list of four thousand million': '9affffffff',
  'a map of four thousand million': 'baffffffff',
  'a number beyond 2^53': '1b0020000000000000',
  'a length beyond 2^53': '5bffffffffffffffff',
  'a reserved length': '1c',
  'another reserved length': '5e',
  'a reserved length with bytes enough': `1c${'00'.repeat(16)}`,
  'bytes of indefinite length with bytes enough': `5f${'00'.repeat(128)}`,
  'text that is not UTF-8': '61ff',
  'text that is half a surrogate pair': '63eda080',
  'a key twice': 'a201020103',
  'a key twice in a map of indefinite length': 'bf01020103ff',
  'a key twice, once written longer than it must be': 'bf0102180103ff',
  'a key that is bytes': 'a1410102',
  'a key that is null': 'a1f602',
  'a key that is a list': 'a1800102',
  'a map of indefinite length that does not end': 'bf0102',
  'a map of indefinite length that ends after a key': 'bf01ff',
  'a map of indefinite length inside another': 'bf01bfffff',
  'a map of indefinite length in a list': '81bfff',
  'a list of indefinite length': '9fff',
  'bytes of indefinite length': '5f4101ff',
  'text of indefinite length': '7f6161ff',
  'an end without a beginning': 'ff',
  'three lists in each other': '818180',
  'three maps in each other': 'a101a101a0',
  'a list in a map in a map': 'a101a10180',
  'a hundred thousand lists in each other': '81'.repeat(100_000),
  'a date': 'c11a514b67b0',
  'a number of any length': 'c249010000000000000000',
  'a document in a tag inside': '81d280',
  false: 'f4',
  true: 'f5',
  undefined: 'f7',
  'a half float': 'f93c00',
  'a float': 'fb3ff199999999999a',
  'a simple value': 'f818',
};

describe('CBOR', () => {
  it.each(sound)('%s is read as the RFC has it', (hex, value) => {
    expect(read(hex)).toEqual(value);
  });

  it('gives byte strings as they are', () => {
    expect(read('4401020304')).toEqual(bytes('01020304'));
    expect(read('40')).toEqual(bytes(''));
  });

  it('keeps a byte order mark, which is a character like others', () => {
    expect(read('63efbbbf')).toBe('\ufeff');
  });

  it.each(Object.entries(refused))('that is %s is refused', (_, hex) => {
    expect(() => read(hex)).toThrow(TypeError);
  });

  it('has tables', () => {
    expect([sound.length, Object.keys(refused).length]).toEqual([18, 42]);
  });
});
