import { EvidenceFault } from '../../../core/evidence.ts';
import { type Cbor, type CborMap, readCbor } from './cbor.ts';

/** The four parts of a COSE_Sign1 (RFC 9052 section 4.2) as they were sent. */
export type Envelope = {
  readonly protectedHeader: Uint8Array;
  readonly payload: Uint8Array;
  readonly signature: Uint8Array;
};

/** The first byte of a COSE_Sign1 that says that it is one: CBOR tag 18. */
const coseSign1 = 0xd2;

/** `alg` in a COSE header, and ES384 (RFC 9053 sections 2.1). */
const es384: ReadonlyMap<Cbor, Cbor> = new Map([[1, -35]]);

/** Bytes of an ES384 signature. */
const signatureBytes = 96;

/**
 * Takes a signed attestation document apart; nothing in it is verified but its form. The only algorithm is ES384, and
 * nothing may stand in the header that is not signed. Throws an {@link EvidenceFault}.
 */
export function readEnvelope(document: Uint8Array): Envelope {
  const parts = cborIn(document[0] === coseSign1 ? document.subarray(1) : document, 'document');
  if (!isList(parts) || parts.length !== 4) throw malformed('document', 'is no COSE_Sign1');
  const [protectedHeader, unprotectedHeader, payload, signature] = parts;
  if (!isBytes(protectedHeader) || !isBytes(payload) || !isBytes(signature)) {
    throw malformed('document', 'is no COSE_Sign1');
  }
  const header = cborIn(protectedHeader, 'document.protected');
  if (!isMap(header) || header.size !== es384.size || header.get(1) !== es384.get(1)) {
    throw new EvidenceFault(
      'algorithm',
      'document.protected',
      'the header of the document is not ES384 alone',
    );
  }
  if (!isMap(unprotectedHeader) || unprotectedHeader.size > 0) {
    throw new EvidenceFault('header', 'document.unprotected', 'the document has a header that is not signed');
  }
  if (signature.length !== signatureBytes) throw malformed('document.signature', 'is not of 96 bytes');
  return { protectedHeader, payload, signature };
}

/** Reads the CBOR of a part of the document; throws an {@link EvidenceFault} that does not quote it. */
export function cborIn(bytes: Uint8Array, field: string): Cbor {
  try {
    return readCbor(bytes);
  } catch (cause) {
    throw new EvidenceFault('malformed', field, `${field} is not CBOR as it is taken here`, cause);
  }
}

/** The refusal of a field for its form. */
export function malformed(field: string, words: string): EvidenceFault {
  return new EvidenceFault('malformed', field, `${field} ${words}`);
}

/** Whether a value is a byte string. */
export function isBytes(value: Cbor | undefined): value is Uint8Array {
  return value instanceof Uint8Array;
}

/** Whether a value is a map. */
export function isMap(value: Cbor | undefined): value is CborMap {
  return value instanceof Map;
}

/** Whether a value is an array. */
export function isList(value: Cbor | undefined): value is readonly Cbor[] {
  return Array.isArray(value);
}
