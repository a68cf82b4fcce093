import { id_kp_clientAuth, KeyUsageFlags } from '@peculiar/asn1-x509';
import { EvidenceFault } from '../../../core/evidence.ts';
import type { EpochSeconds } from '../../../core/time.ts';
import type { Certificate } from './certificate.ts';
import { type KeyKind, kindOf } from './key-kind.ts';

/** What is asked of a chain beyond what holds for all. */
export type ChainRules = {
  readonly now: EpochSeconds;
  /** The kinds of keys that may stand in it. */
  readonly keys: readonly KeyKind[];
  /** The field of the evidence that the chain stands in. */
  readonly field: string;
};

/** ECDSA and RSA (PKCS #1 v1.5) with SHA-256, SHA-384 or SHA-512: what the certificates of a chain may be signed with. */
const signatureAlgorithms: readonly string[] = [
  '1.2.840.10045.4.3.2',
  '1.2.840.10045.4.3.3',
  '1.2.840.10045.4.3.4',
  '1.2.840.113549.1.1.11',
  '1.2.840.113549.1.1.12',
  '1.2.840.113549.1.1.13',
];

/** Of the extended key usage: any purpose. */
const anyPurpose = '2.5.29.37.0';

/**
 * Verifies a path from a trusted root, first, to a leaf, last (RFC 5280 section 6, without revocation lists and
 * policies): from the root on, so that nobody makes the broker verify more signatures than they hold certificates for.
 * That the root is trusted is the caller's to know. Throws an {@link EvidenceFault}.
 */
export function verifyPath(path: readonly Certificate[], rules: ChainRules): void {
  path.forEach((certificate, i) => {
    const parent = path[i - 1];
    if (parent) {
      refuseUnless(isIssuedBy(certificate, parent), 'chain', rules, 'is not signed by the one above it');
    }
    verifyAlone(certificate, rules);
    if (i < path.length - 1) verifyAuthority(certificate, path.slice(i + 1, -1), rules);
    else verifyLeaf(certificate, rules);
  });
}

/** Whether the other certificate's name and key stand behind this one. */
export function isIssuedBy({ x509, signedWith }: Certificate, parent: Certificate): boolean {
  return signatureAlgorithms.includes(signedWith) && x509.checkIssued(parent.x509) && x509.verify(parent.key);
}

function verifyAlone(certificate: Certificate, rules: ChainRules): void {
  // Asked for what must hold: a time that is none is neither before nor after anything.
  refuseUnless(certificate.notBefore <= rules.now, 'not_yet_valid', rules, 'is not valid yet');
  refuseUnless(certificate.notAfter >= rules.now, 'expired', rules, 'is not valid any more');
  const kind = kindOf(certificate.key);
  refuseUnless(
    kind !== undefined && rules.keys.includes(kind),
    'chain',
    rules,
    'has a key of a kind not taken',
  );
  refuseUnless(!certificate.demandsMore, 'chain', rules, 'holds a critical extension that is not understood');
  refuseUnless(!certificate.constrainsNames, 'chain', rules, 'constrains names, which is not supported');
  const { purposes } = certificate;
  refuseUnless(
    purposes === undefined || purposes.some((each) => each === id_kp_clientAuth || each === anyPurpose),
    'chain',
    rules,
    'is for other purposes than proving who a client is',
  );
}

function verifyAuthority(
  { isCa, keyUsage = 0, pathLength = Number.POSITIVE_INFINITY }: Certificate,
  below: readonly Certificate[],
  rules: ChainRules,
): void {
  refuseUnless(isCa, 'chain', rules, 'is no authority, but signed another one');
  refuseUnless((keyUsage & KeyUsageFlags.keyCertSign) !== 0, 'chain', rules, 'may not sign certificates');
  // A certificate that an authority issued to itself is not counted (RFC 5280 section 6.1.4 l).
  const counted = below.filter(({ x509 }) => x509.subject !== x509.issuer).length;
  refuseUnless(counted <= pathLength, 'chain', rules, 'has more authorities below it than it may');
}

function verifyLeaf({ isCa, pathLength, keyUsage = 0 }: Certificate, rules: ChainRules): void {
  refuseUnless(!isCa && pathLength === undefined, 'leaf', rules, 'is an authority: it proves nobody');
  refuseUnless((keyUsage & KeyUsageFlags.digitalSignature) !== 0, 'leaf', rules, 'may not sign');
  const signsOthers = keyUsage & (KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign);
  refuseUnless(signsOthers === 0, 'leaf', rules, 'may sign certificates or revocation lists');
}

function refuseUnless(
  holds: boolean,
  fault: 'chain' | 'leaf' | 'expired' | 'not_yet_valid',
  { field }: ChainRules,
  words: string,
): void {
  if (!holds) throw new EvidenceFault(fault, field, `a certificate of the chain ${words}`);
}
