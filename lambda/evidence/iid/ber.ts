import { Set as Asn1Set, type BaseBlock, Constructed, fromBER, OctetString, Sequence } from 'asn1js';

/** Thrown for bytes that are not the BER that was expected; it says no more. */
export class BerFault extends Error {
  constructor() {
    super('not the expected BER');
    this.name = 'BerFault';
  }
}

/** One value in BER (X.690); what it is called by its first octet, as all tags met here are of one octet. */
export type Ber = { readonly tag: number; readonly raw: Uint8Array; readonly block: BaseBlock };

/** The one value that these bytes are, nothing behind it, nested at most 100 deep (asn1js); throws {@link BerFault}. */
export function readBer(bytes: Uint8Array): Ber {
  const { offset, result } = fromBER(new Uint8Array(bytes));
  if (offset !== bytes.length || result.error) throw new BerFault();
  return ber(result);
}

/** The values in a value with this tag; throws {@link BerFault}. */
export function inside(value: Ber | undefined, tag: number): Ber[] {
  if (value?.tag !== tag) throw new BerFault();
  const { block } = value;
  if (!(block instanceof Constructed || block instanceof Sequence || block instanceof Asn1Set))
    throw new BerFault();
  return block.valueBlock.value.map(ber);
}

/** The octets of an OCTET STRING, in one piece or several; throws {@link BerFault} for anything else. */
export function octets(value: Ber | undefined): Uint8Array {
  if (!(value?.block instanceof OctetString)) throw new BerFault();
  return new Uint8Array(value.block.getValue());
}

/** Whether two values are the same to the byte. */
export function isSame(one: Ber | undefined, other: Ber | undefined): boolean {
  return one !== undefined && other !== undefined && Buffer.compare(one.raw, other.raw) === 0;
}

/** Whether a value is exactly these bytes, in hex. */
export function isBytes(value: Ber | undefined, hex: string): boolean {
  return value !== undefined && Buffer.from(value.raw).toString('hex') === hex;
}

function ber(block: BaseBlock): Ber {
  const raw = block.valueBeforeDecodeView;
  return { tag: raw[0] ?? 0, raw, block };
}
