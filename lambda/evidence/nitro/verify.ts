import { createHash, type KeyObject, verify as verifySignature } from 'node:crypto';
import { EvidenceFault } from '../../../core/evidence.ts';
import type { EpochSeconds } from '../../../core/time.ts';
import { type Certificate, readCertificate } from '../x509/certificate.ts';
import { verifyPath } from '../x509/chain.ts';
import { type Envelope, malformed, readEnvelope } from './document.ts';
import { type Payload, readPayload } from './payload.ts';

/**
 * What a document says whose signature, chain and root are verified ("Nitro Enclaves Attestation Process", section 3);
 * whether it is fresh, of what, and for whom is not looked at here. `roots` are the SHA-256 of the DER of trusted roots,
 * lower-case hex. Throws an {@link EvidenceFault}.
 */
export function verifiedPayload(document: Uint8Array, roots: readonly string[], now: EpochSeconds): Payload {
  const envelope = readEnvelope(document);
  const payload = readPayload(envelope.payload);
  const [root = new Uint8Array()] = payload.cabundle;
  if (!roots.includes(createHash('sha256').update(root).digest('hex'))) {
    throw new EvidenceFault(
      'root',
      'document.cabundle',
      'the chain does not begin at a root that is trusted',
    );
  }
  const path = payload.cabundle.map((der) => certificateIn(der, 'document.cabundle'));
  const leaf = certificateIn(payload.certificate, 'document.certificate');
  verifyPath([...path, leaf], { now, keys: ['P-384'], field: 'document.certificate' });
  if (!isSignedBy(leaf.key, envelope)) {
    throw new EvidenceFault('signature', 'document.signature', 'the signature of the document does not hold');
  }
  return payload;
}

function certificateIn(der: Uint8Array, field: string): Certificate {
  const certificate = readCertificate(der);
  if (!certificate) throw malformed(field, 'is no certificate');
  return certificate;
}

/** Verifies over the very bytes that were sent, never over what was read from them. */
function isSignedBy(key: KeyObject, { protectedHeader, payload, signature }: Envelope): boolean {
  const signed = Buffer.concat([
    Buffer.from([0x84]),
    cborText('Signature1'),
    cborBytes(protectedHeader),
    cborBytes(new Uint8Array()),
    cborBytes(payload),
  ]);
  return verifySignature('sha384', signed, { key, dsaEncoding: 'ieee-p1363' }, signature);
}

function cborText(text: string): Buffer {
  return Buffer.concat([cborHead(0x60, text.length), Buffer.from(text)]);
}

function cborBytes(bytes: Uint8Array): Buffer {
  return Buffer.concat([cborHead(0x40, bytes.length), bytes]);
}

/** The head of an item of up to 65,535 bytes, in its shortest form, as the structure that is signed has it (RFC 9052 section 9). */
function cborHead(major: number, length: number): Buffer {
  if (length < 24) return Buffer.from([major | length]);
  if (length < 256) return Buffer.from([major | 24, length]);
  return Buffer.from([major | 25, length >> 8, length & 0xff]);
}
