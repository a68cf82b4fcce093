/** Bytes that are like these but for a few accidents: flipped, inserted, deleted, doubled, moved or cut off. */
export function mutated(bytes: Uint8Array, random: () => number): Buffer {
  let result = Buffer.from(bytes);
  for (let left = 1 + below(random, 3); left > 0; left--)
    result = accidents[below(random, accidents.length)]?.(result, random) ?? result;
  return result;
}

type Accident = (bytes: Buffer<ArrayBuffer>, random: () => number) => Buffer<ArrayBuffer>;

const below = (random: () => number, limit: number) => Math.floor(random() * limit);
const joined = (...parts: Uint8Array[]) => Buffer.concat(parts);

/** Numbers at which lengths and tags change their meaning. */
const telling = [0x00, 0x01, 0x30, 0x31, 0x7f, 0x80, 0x81, 0x82, 0x84, 0xa0, 0xff];

const accidents: readonly Accident[] = [
  function flip(bytes, random) {
    const [at, bit] = [below(random, bytes.length), below(random, 8)];
    return Buffer.from(bytes.map((byte, index) => (index === at ? byte ^ (1 << bit) : byte)));
  },
  function replace(bytes, random) {
    const [at, value] = [below(random, bytes.length), telling[below(random, telling.length)] ?? 0];
    return Buffer.from(bytes.map((byte, index) => (index === at ? value : byte)));
  },
  function insert(bytes, random) {
    const at = below(random, bytes.length + 1);
    return joined(bytes.subarray(0, at), Buffer.of(below(random, 256)), bytes.subarray(at));
  },
  function remove(bytes, random) {
    const [at, count] = [below(random, bytes.length), 1 + below(random, 8)];
    return joined(bytes.subarray(0, at), bytes.subarray(at + count));
  },
  function double(bytes, random) {
    const [at, count] = [below(random, bytes.length), 1 + below(random, 64)];
    return joined(bytes.subarray(0, at + count), bytes.subarray(at));
  },
  function splice(bytes, random) {
    const [from, to, count] = [
      below(random, bytes.length),
      below(random, bytes.length),
      1 + below(random, 64),
    ];
    return joined(bytes.subarray(0, to), bytes.subarray(from, from + count), bytes.subarray(to + count));
  },
  function cut(bytes, random) {
    return joined(bytes.subarray(0, below(random, bytes.length)));
  },
];
