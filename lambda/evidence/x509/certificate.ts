import { type KeyObject, X509Certificate } from 'node:crypto';
import { AsnConvert } from '@peculiar/asn1-schema';
import {
  BasicConstraints,
  Certificate as CertificateSchema,
  ExtendedKeyUsage,
  type Extension,
  id_ce_basicConstraints,
  id_ce_extKeyUsage,
  id_ce_keyUsage,
  id_ce_nameConstraints,
  id_ce_subjectAltName,
  KeyUsage,
  SubjectAlternativeName,
} from '@peculiar/asn1-x509';

/** A certificate, read and not verified. OpenSSL reads names, keys and signatures; the extensions that it does not show are read here. */
export type Certificate = {
  readonly x509: X509Certificate;
  readonly key: KeyObject;
  /** Seconds since the epoch; both ends belong to it. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** Object identifier of the algorithm that the issuer signed with. */
  readonly signedWith: string;
  readonly isCa: boolean;
  /** How many further CA certificates may stand below it, where it says so. */
  readonly pathLength?: number;
  /** Bits of the key usage (`KeyUsageFlags`), where it says so. */
  readonly keyUsage?: number;
  /** Object identifiers of the extended key usage, where it says so. */
  readonly purposes?: readonly string[];
  /** Names of type URI in the subject alternative name. */
  readonly uris: readonly string[];
  readonly constrainsNames: boolean;
  /** Whether it holds a critical extension that nobody here understands: such a certificate must be refused (RFC 5280 section 4.2). */
  readonly demandsMore: boolean;
};

const understood: readonly string[] = [
  id_ce_basicConstraints,
  id_ce_keyUsage,
  id_ce_extKeyUsage,
  id_ce_subjectAltName,
];

/**
 * Reads a certificate in DER (RFC 5280), or answers undefined where it is none: also with bytes after its end, as PEM,
 * of a version before 3, with an extension twice, or with a key that OpenSSL
 * does not know.
 */
export function readCertificate(der: Uint8Array): Certificate | undefined {
  try {
    const x509 = new X509Certificate(der);
    return x509.raw.equals(der) ? certificateOf(x509, AsnConvert.parse(der, CertificateSchema)) : undefined;
  } catch {
    // Either reader throws what it likes; what is in the certificate stays out of messages.
    return undefined;
  }
}

function certificateOf(x509: X509Certificate, schema: CertificateSchema): Certificate | undefined {
  const { version, validity, signature, extensions = [] } = schema.tbsCertificate;
  const ids = extensions.map(({ extnID }) => extnID);
  const isSound =
    version === 2 &&
    new Set(ids).size === ids.length &&
    signature.algorithm === schema.signatureAlgorithm.algorithm;
  if (!isSound) return undefined;
  return {
    x509,
    key: x509.publicKey,
    notBefore: validity.notBefore.getTime().getTime() / 1000,
    notAfter: validity.notAfter.getTime().getTime() / 1000,
    signedWith: signature.algorithm,
    ...extended(extensions),
    constrainsNames: ids.includes(id_ce_nameConstraints),
    demandsMore: extensions.some(({ critical, extnID }) => critical && !understood.includes(extnID)),
  };
}

function extended(extensions: readonly Extension[]) {
  const find = (id: string) => extensions.find(({ extnID }) => extnID === id)?.extnValue;
  const constraints = find(id_ce_basicConstraints);
  const { cA = false, pathLenConstraint } = constraints
    ? AsnConvert.parse(constraints, BasicConstraints)
    : {};
  const usage = find(id_ce_keyUsage);
  const purposes = find(id_ce_extKeyUsage);
  const names = find(id_ce_subjectAltName);
  return {
    isCa: cA,
    ...(pathLenConstraint !== undefined && { pathLength: pathLenConstraint }),
    ...(usage && { keyUsage: AsnConvert.parse(usage, KeyUsage).toNumber() }),
    ...(purposes && { purposes: [...AsnConvert.parse(purposes, ExtendedKeyUsage)] }),
    uris: names
      ? AsnConvert.parse(names, SubjectAlternativeName).flatMap(({ uniformResourceIdentifier: uri }) =>
          uri === undefined ? [] : [uri],
        )
      : [],
  };
}
