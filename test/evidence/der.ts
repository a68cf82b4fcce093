/** A value in DER (X.690): tag, length, contents. */
export function der(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(contents);
  const length = content.length;
  const bytes = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.of(tag, ...bytes), content]);
}

/** The same in BER of indefinite length, as AWS writes what is around a document. */
export function indefinite(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  return Buffer.concat([Buffer.of(tag, 0x80), ...contents, Buffer.of(0, 0)]);
}

export const sequence = (...contents: readonly Uint8Array[]) => der(0x30, ...contents);
export const set = (...contents: readonly Uint8Array[]) => der(0x31, ...contents);
export const integer = (...bytes: readonly number[]) => der(0x02, Buffer.from(bytes));
export const octets = (bytes: Uint8Array) => der(0x04, bytes);
export const nothing = der(0x05);

/** An object identifier, as numbers with dots. */
export function oid(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number);
  const base128 = (value: number): number[] =>
    value < 128 ? [value] : [...base128(Math.floor(value / 128)).map((byte) => byte | 0x80), value % 128];
  return der(0x06, Buffer.from([40 * first + second, ...rest.flatMap(base128)]));
}

/** An algorithm without parameters. */
export const algorithm = (text: string) => sequence(oid(text), nothing);
