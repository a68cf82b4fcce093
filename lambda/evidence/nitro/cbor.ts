/** A value of the part of CBOR (RFC 8949) that attestation documents are written in. */
export type Cbor = number | string | null | Uint8Array | readonly Cbor[] | CborMap;
export type CborMap = ReadonlyMap<string | number, Cbor>;

/** Arrays and maps inside each other; a document has two: its fields, and what is in one of them. */
const deepest = 2;

/** A byte that ends an item of indefinite length. */
const breakByte = 0xff;

/**
 * Reads exactly one CBOR item, or throws. Strict where two readers could differ: whole numbers up to 2^53, text in valid
 * UTF-8, keys that are text or numbers and stand once, no tags, floats, booleans, nothing after the end. Of indefinite
 * length may be the outermost map alone: as which the hypervisor writes the fields of a document by now. What an array or
 * map says of its length is never believed further than there are bytes.
 */
export function readCbor(bytes: Uint8Array): Cbor {
  const reader = new Reader(bytes);
  const value = reader.item(deepest);
  if (!reader.isDone) throw new TypeError('bytes after the end');
  return value;
}

class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get isDone(): boolean {
    return this.#at === this.#bytes.length;
  }

  item(depth: number): Cbor {
    const first = this.#byte();
    if (first === 0xf6) return null;
    if (first === 0xbf && depth === deepest) return this.#map(Number.POSITIVE_INFINITY, depth);
    const argument = this.#argument(first & 0x1f);
    switch (first >> 5) {
      case 0:
        return argument;
      case 1:
        return -1 - argument;
      case 2:
        return this.#take(argument);
      case 3:
        return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(this.#take(argument));
      case 4:
        return this.#array(argument, depth);
      case 5:
        return this.#map(argument, depth);
      default:
        throw new TypeError('a tag, a float or another simple value');
    }
  }

  #array(length: number, depth: number): Cbor[] {
    if (depth === 0) throw new TypeError('too deep');
    const items: Cbor[] = [];
    while (items.length < length) items.push(this.item(depth - 1));
    return items;
  }

  #map(length: number, depth: number): CborMap {
    if (depth === 0) throw new TypeError('too deep');
    const map = new Map<string | number, Cbor>();
    while (map.size < length && !(length === Number.POSITIVE_INFINITY && this.#ends())) {
      const key = this.item(0);
      if ((typeof key !== 'string' && typeof key !== 'number') || map.has(key)) throw new TypeError('key');
      map.set(key, this.item(depth - 1));
    }
    return map;
  }

  #ends(): boolean {
    if (this.#bytes[this.#at] !== breakByte) return false;
    this.#at += 1;
    return true;
  }

  /** The number in or after an item's first byte (RFC 8949 section 3); 28 to 31 are no lengths. */
  #argument(low: number): number {
    if (low < 24) return low;
    if (low > 27) throw new TypeError('indefinite or reserved length');
    const number = this.#take(2 ** (low - 24)).reduce((sum, byte) => sum * 256 + byte, 0);
    if (!Number.isSafeInteger(number)) throw new TypeError('a number beyond 2^53');
    return number;
  }

  #byte(): number {
    const [byte = 0] = this.#take(1);
    return byte;
  }

  #take(length: number): Uint8Array {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new TypeError('ends too early');
    const part = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return part;
  }
}
