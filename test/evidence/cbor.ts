/** What {@link cbor} writes: a list of pairs is a map, so that one may hold a key twice. */
export type CborValue = number | string | null | Uint8Array | readonly CborValue[] | CborPairs | Raw;

/** A map, as pairs in the order in which they are to stand. */
export class CborPairs {
  readonly pairs: readonly (readonly [CborValue, CborValue])[];
  /** Of indefinite length, as the hypervisor writes the outermost map. */
  readonly isOpen: boolean;

  constructor(pairs: readonly (readonly [CborValue, CborValue])[], isOpen = false) {
    this.pairs = pairs;
    this.isOpen = isOpen;
  }
}

/** Bytes that are to stand as they are, sound or not. */
export class Raw {
  readonly bytes: Uint8Array;

  constructor(hex: string) {
    this.bytes = Buffer.from(hex, 'hex');
  }
}

/** A value in CBOR (RFC 8949). */
export function cbor(value: CborValue): Buffer {
  if (value === null) return Buffer.from([0xf6]);
  if (value instanceof Raw) return Buffer.from(value.bytes);
  if (typeof value === 'number') return value < 0 ? head(0x20, -1 - value) : head(0x00, value);
  if (typeof value === 'string')
    return Buffer.concat([head(0x60, Buffer.byteLength(value)), Buffer.from(value)]);
  if (value instanceof Uint8Array) return Buffer.concat([head(0x40, value.length), value]);
  if (value instanceof CborPairs) return map(value);
  return Buffer.concat([head(0x80, value.length), ...value.map(cbor)]);
}

function map({ pairs, isOpen }: CborPairs): Buffer {
  const items = pairs.flatMap(([key, value]) => [cbor(key), cbor(value)]);
  return isOpen
    ? Buffer.concat([Buffer.from([0xbf]), ...items, Buffer.from([0xff])])
    : Buffer.concat([head(0xa0, pairs.length), ...items]);
}

function head(major: number, argument: number): Buffer {
  if (argument < 24) return Buffer.from([major | argument]);
  if (argument < 0x100) return Buffer.from([major | 24, argument]);
  if (argument < 0x10000) return Buffer.from([major | 25, argument >> 8, argument & 0xff]);
  const bytes = Buffer.alloc(9, major | 27);
  bytes.writeBigUInt64BE(BigInt(argument), 1);
  return bytes;
}
