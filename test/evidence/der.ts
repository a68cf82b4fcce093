/** One DER value: identifier, length, content. */
export function der(tag: number, ...content: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(content);
  return Buffer.concat([Buffer.from([tag]), lengthOf(body.length), body]);
}

function lengthOf(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length]);
  if (length < 0x100) return Buffer.from([0x81, length]);
  return Buffer.from([0x82, length >> 8, length & 0xff]);
}

/** SEQUENCE. */
export const sequence = (...content: readonly Uint8Array[]) => der(0x30, ...content);
/** SET. */
export const set = (...content: readonly Uint8Array[]) => der(0x31, ...content);
/** OCTET STRING. */
export const octets = (content: Uint8Array) => der(0x04, content);
/** INTEGER of one byte. */
export const small = (value: number) => der(0x02, Buffer.from([value]));
/** INTEGER of these bytes. */
export const integer = (...bytes: readonly number[]) => der(0x02, Buffer.from(bytes));
/** NULL. */
export const nothing = der(0x05);
/** BOOLEAN true. */
export const yes = der(0x01, Buffer.from([0xff]));

/** BIT STRING of whole bytes, or of the named bits of a KeyUsage. */
export function bits(content: Uint8Array, unused = 0): Buffer {
  return der(0x03, Buffer.from([unused]), content);
}

/** OBJECT IDENTIFIER. */
export function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return der(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

function base128(arc: number): number[] {
  const low = [arc & 0x7f];
  for (let rest = arc >>> 7; rest > 0; rest >>>= 7) low.unshift((rest & 0x7f) | 0x80);
  return low;
}

/** GeneralizedTime of whole seconds since the epoch. */
export function time(seconds: number): Buffer {
  const digits = new Date(seconds * 1000).toISOString().replace(/\D/g, '').slice(0, 14);
  return der(0x18, Buffer.from(`${digits}Z`));
}

/** An AlgorithmIdentifier without parameters. */
export const algorithm = (dotted: string) => sequence(oid(dotted), nothing);

/** Something of indefinite length, which BER allows and DER does not. */
export function indefinite(tag: number, ...content: readonly Uint8Array[]): Buffer {
  return Buffer.concat([Buffer.of(tag, 0x80), ...content, Buffer.of(0, 0)]);
}
