import { constants, type KeyObject, sign } from 'node:crypto';
import type { EvidenceOf } from '../../core/protocol/evidence.ts';
import {
  alternativeNames,
  authority,
  type CertificateParts,
  certificate,
  ecKeys,
  type Keys,
  keyUsage,
  noAuthority,
  purposes,
  rsaKeys,
} from './certificates.ts';

/** Seconds at which the SVIDs made here are made. */
export const madeAt = 1_900_000_000;
/** The SPIFFE id that they are for, and its trust domain. */
export const spiffeId = 'spiffe://example.org/ns/agents/sa/invoice';
export const trustDomain = 'example.org';

/** Keys of the certificates, and of strangers. */
export const svidKeys = {
  root: ecKeys('prime256v1'),
  middle: ecKeys('secp384r1'),
  leaf: ecKeys('prime256v1'),
  other: ecKeys('prime256v1'),
  p384: ecKeys('secp384r1'),
  p521: ecKeys('secp521r1'),
  rsa: rsaKeys(2_048),
  shortRsa: rsaKeys(1_024),
};

const { root, middle, leaf } = svidKeys;
const hour = 3_600;

/** What the certificates are made of: root and intermediate authority of the trust domain, and the SVID itself. */
export const soundSvid = {
  root: {
    subject: 'example.org',
    issuer: 'example.org',
    keys: root,
    issuerKeys: root,
    notBefore: madeAt - 1_000 * hour,
    notAfter: madeAt + 1_000 * hour,
    extensions: [authority(), keyUsage('keyCertSign', 'cRLSign'), alternativeNames(['spiffe://example.org'])],
    hash: 'sha256',
  },
  middle: {
    subject: 'downstream',
    issuer: 'example.org',
    keys: middle,
    issuerKeys: root,
    notBefore: madeAt - 100 * hour,
    notAfter: madeAt + 100 * hour,
    extensions: [
      authority(0),
      keyUsage('keyCertSign', 'cRLSign'),
      alternativeNames(['spiffe://example.org']),
    ],
    hash: 'sha256',
  },
  leaf: {
    subject: '',
    issuer: 'downstream',
    keys: leaf,
    issuerKeys: middle,
    notBefore: madeAt - 60,
    notAfter: madeAt + hour,
    extensions: [
      noAuthority,
      keyUsage('digitalSignature'),
      purposes('1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2'),
      { ...alternativeNames([spiffeId], ['invoice.example.org']), critical: true },
    ],
  },
} as const satisfies Readonly<Record<string, CertificateParts>>;

type Name = keyof typeof soundSvid;

const made = {
  root: certificate(soundSvid.root),
  middle: certificate(soundSvid.middle),
  leaf: certificate(soundSvid.leaf),
};

/** The trust bundle of the domain. */
export const bundle: readonly Uint8Array[] = [made.root];

/** What one forgery changes. */
export type SvidForgery = {
  readonly certificates?: Readonly<Partial<Record<Name, Partial<CertificateParts>>>>;
  /** What becomes of the chain, the leaf first. */
  readonly chain?: (sound: readonly Buffer[]) => readonly Uint8Array[];
  /** What signs the binding, where not the leaf's key as it should. */
  readonly signature?: (binding: Uint8Array) => Uint8Array;
  /** The bundle that the domain has, where it is another one. */
  readonly bundle?: (sound: Buffer) => readonly Uint8Array[];
};

/** Signs as a key of each kind is to sign the binding. */
export function signed(key: KeyObject, binding: Uint8Array): Buffer {
  if (key.asymmetricKeyType === 'rsa') {
    return sign('sha256', binding, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 });
  }
  const hash = key.asymmetricKeyDetails?.namedCurve === 'prime256v1' ? 'sha256' : 'sha384';
  return sign(hash, binding, { key, dsaEncoding: 'ieee-p1363' });
}

/** The leaf and the authorities above it as DER, the root left out. */
export function chainOf({ certificates = {}, chain }: SvidForgery = {}): readonly Uint8Array[] {
  const of = (name: Name) => {
    const others = certificates[name];
    return others ? certificate({ ...soundSvid[name], ...others }) : made[name];
  };
  const sound = [of('leaf'), of('middle')];
  return chain ? chain(sound) : sound;
}

/** The bundle that a forgery is held against. */
export function bundleFor({ certificates = {}, bundle: other }: SvidForgery): readonly Uint8Array[] {
  const { root: others } = certificates;
  const der = others ? certificate({ ...soundSvid.root, ...others }) : made.root;
  return other ? other(der) : [der];
}

/** Evidence of an SVID for a binding, true or with one forgery. */
export function svidEvidence(binding: Uint8Array, forgery: SvidForgery = {}): EvidenceOf<'spiffe_x509'> {
  const keys: Keys = forgery.certificates?.leaf?.keys ?? leaf;
  const signature = forgery.signature?.(binding) ?? signed(keys.privateKey, binding);
  return {
    method: 'spiffe_x509',
    chain: chainOf(forgery).map((each) => Buffer.from(each).toString('base64')),
    signature: signature instanceof Buffer ? signature.toString('base64url') : '',
  };
}
