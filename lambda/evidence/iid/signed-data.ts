import { createHash, verify } from 'node:crypto';
import { EvidenceFault } from '../../../core/evidence.ts';
import { type Ber, BerFault, inside, isBytes, isSame, octets, readBer } from './ber.ts';
import { pinnedCertificate } from './pinned-certificate.ts';

/** A content with its one signer, not yet verified. */
export type SignedContent = { readonly content: Uint8Array; readonly signer: Signer };

/** SignerInfo (RFC 5652 section 5.3). */
type Signer = {
  readonly issuer: Ber | undefined;
  readonly serial: Ber | undefined;
  readonly digestAlgorithm: Ber | undefined;
  readonly attributes: Ber;
  readonly signatureAlgorithm: Ber | undefined;
  readonly signature: Uint8Array;
};

/** Object identifiers in DER, in hex. */
const types = {
  data: '06092a864886f70d010701',
  signedData: '06092a864886f70d010702',
  contentType: '06092a864886f70d010903',
  messageDigest: '06092a864886f70d010904',
  sha256: '0609608648016503040201',
};

/** How PKCS #7 may name RSA with PKCS #1 v1.5: AWS has used both (RFC 3370 section 3.2). */
const rsa = ['06092a864886f70d010101', '06092a864886f70d01010b'];

/** Tags: SEQUENCE, SET, and what stands in place 0. */
const [sequence, set, zeroth] = [0x30, 0x31, 0xa0];

/**
 * Takes PKCS #7 SignedData apart (RFC 5652 section 5), in BER as AWS writes it. Throws {@link EvidenceFault} `malformed`
 * unless it holds data and one signer with signed attributes; certificates in it are not looked at.
 */
export function takeApart(bytes: Uint8Array): SignedContent {
  return orMalformed(() => {
    const [type, wrapped] = inside(readBer(bytes), sequence);
    demand(isBytes(type, types.signedData));
    const fields = inside(inside(wrapped, zeroth)[0], sequence);
    const [contentType, content] = inside(fields[2], sequence);
    demand(isBytes(contentType, types.data));
    const signers = inside(fields.at(-1), set);
    demand(signers.length === 1);
    return { content: octets(inside(content, zeroth)[0]), signer: signerOf(signers[0]) };
  });
}

function signerOf(value: Ber | undefined): Signer {
  const [, sid, digest, attributes, algorithm, signature] = inside(value, sequence);
  const [issuer, serial] = inside(sid, sequence);
  demand(attributes?.tag === zeroth);
  const [digestAlgorithm] = inside(digest, sequence);
  const [signatureAlgorithm] = inside(algorithm, sequence);
  return { issuer, serial, digestAlgorithm, attributes, signatureAlgorithm, signature: octets(signature) };
}

/**
 * Verifies that the certificate signed the content with RSA and SHA-256 (RFC 5652 sections 5.4 and 5.6). Throws
 * {@link EvidenceFault} `unknown_key`, `algorithm`, `malformed` or `signature`, TrustUnavailable when the certificate
 * itself cannot be used.
 */
export function verifySignedBy({ content, signer }: SignedContent, pem: string): void {
  const pinned = pinnedCertificate(pem);
  if (!isSame(signer.issuer, pinned.issuer) || !isSame(signer.serial, pinned.serial))
    throw fault('unknown_key', 'it is signed by another certificate than the one of its region');
  if (
    !isBytes(signer.digestAlgorithm, types.sha256) ||
    !rsa.some((type) => isBytes(signer.signatureAlgorithm, type))
  )
    throw fault('algorithm', 'it is not signed with RSA and SHA-256');
  const digest = createHash('sha256').update(content).digest('hex');
  const [type, hashed] = orMalformed(() => [
    attribute(signer, types.contentType),
    attribute(signer, types.messageDigest),
  ]);
  if (!isBytes(type, types.data)) throw fault('malformed', 'its signer means another type of content');
  if (!isBytes(hashed, `0420${digest}`))
    throw fault('signature', 'the document is not the one that was signed');
  if (!verify('sha256', signedBytes(signer.attributes), pinned.key, signer.signature))
    throw fault('signature', 'the signature is not that of the certificate');
}

/** The one value of the one signed attribute of this type. */
function attribute({ attributes }: Signer, type: string): Ber | undefined {
  const found = inside(attributes, zeroth)
    .map((each) => inside(each, sequence))
    .filter(([named]) => isBytes(named, type));
  demand(found.length === 1);
  const values = inside(found[0]?.[1], set);
  demand(values.length === 1);
  return values[0];
}

/** What is signed is the attributes as a SET; where they stand, their tag is another one. */
function signedBytes({ raw }: Ber): Uint8Array {
  return Buffer.concat([Buffer.of(set), raw.subarray(1)]);
}

function demand(holds: boolean): asserts holds {
  if (!holds) throw new BerFault();
}

function orMalformed<Result>(read: () => Result): Result {
  try {
    return read();
  } catch {
    throw fault('malformed', 'not PKCS #7 of data by one signer');
  }
}

function fault(
  code: 'unknown_key' | 'algorithm' | 'malformed' | 'signature',
  message: string,
): EvidenceFault {
  return new EvidenceFault(code, 'pkcs7', message);
}
