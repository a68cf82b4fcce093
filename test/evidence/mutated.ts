import { seeded } from '../early/seeded.ts';

/** Bytes that say something in CBOR or DER: lengths, ends, heads of maps, arrays, strings, sequences. */
const telling = [
  0x00, 0x01, 0x30, 0x31, 0x3f, 0x5b, 0x5f, 0x7f, 0x80, 0x81, 0x82, 0x84, 0x9b, 0xa0, 0xbf, 0xd2, 0xf6, 0xff,
];

/** So many mutations of some bytes, the same for the same seed: one to three changes each. */
export function* mutationsOf(sound: Uint8Array, seed: number, count: number): Generator<Buffer> {
  const random = seeded(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  for (let i = 0; i < count; i += 1) {
    let bytes: Buffer = Buffer.from(sound);
    for (let left = 1 + below(3); left > 0; left -= 1) bytes = mutated(bytes, below);
    yield bytes;
  }
}

function mutated(bytes: Buffer, below: (limit: number) => number): Buffer {
  const at = below(bytes.length + 1);
  const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)];
  const some = bytes.subarray(below(bytes.length + 1)).subarray(0, 1 + below(64));
  switch (below(8)) {
    case 0:
      return replaced(bytes, at, (byte) => byte ^ (1 << below(8)));
    case 1:
      return replaced(bytes, at, () => telling[below(telling.length)] ?? 0);
    case 2:
      return replaced(bytes, at, () => below(256));
    case 3:
      return Buffer.concat([before, Buffer.from([telling[below(telling.length)] ?? 0]), after]);
    case 4:
      return Buffer.concat([before, after.subarray(1 + below(16))]);
    case 5:
      return Buffer.concat([before, some, after]);
    case 6:
      return Buffer.concat([before, some, after.subarray(some.length)]);
    default:
      return Buffer.from(before);
  }
}

function replaced(bytes: Buffer, at: number, change: (byte: number) => number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at % Math.max(copy.length, 1)] = change(copy[at % Math.max(copy.length, 1)] ?? 0);
  return copy;
}

/** How many mutations a test tries: `MAYFLY_FUZZ`, else few enough for every run. */
export const mutationCount = Number(process.env['MAYFLY_FUZZ'] ?? '2000');
