import { createHash, type KeyObject, sign } from 'node:crypto';
import { CborPairs, type CborValue, cbor } from './cbor.ts';
import {
  authority,
  type CertificateParts,
  certificate,
  ecKeys,
  keyUsage,
  noAuthority,
} from './certificates.ts';

/** Seconds at which the documents made here are made. */
export const madeAt = 1_900_000_000;

const keys = {
  root: ecKeys('secp384r1'),
  regional: ecKeys('secp384r1'),
  instance: ecKeys('secp384r1'),
  enclave: ecKeys('secp384r1'),
};

/** The keys of the chain, for forgeries with one other key. */
export const chainKeys = keys;

const day = 86_400;
/** What the certificates are made of, from the root to the enclave. */
export const soundNitro: Readonly<Record<keyof typeof keys, CertificateParts>> = {
  root: {
    subject: 'aws.nitro-enclaves',
    issuer: 'aws.nitro-enclaves',
    keys: keys.root,
    issuerKeys: keys.root,
    notBefore: madeAt - 1_000 * day,
    notAfter: madeAt + 1_000 * day,
    extensions: [authority(), keyUsage('digitalSignature', 'keyCertSign', 'cRLSign')],
  },
  regional: {
    subject: 'us-east-1.aws.nitro-enclaves',
    issuer: 'aws.nitro-enclaves',
    keys: keys.regional,
    issuerKeys: keys.root,
    notBefore: madeAt - 10 * day,
    notAfter: madeAt + 10 * day,
    extensions: [authority(1), keyUsage('digitalSignature', 'keyCertSign', 'cRLSign')],
  },
  instance: {
    subject: 'i-0123.us-east-1.aws.nitro-enclaves',
    issuer: 'us-east-1.aws.nitro-enclaves',
    keys: keys.instance,
    issuerKeys: keys.regional,
    notBefore: madeAt - day,
    notAfter: madeAt + day,
    extensions: [authority(0), keyUsage('keyCertSign')],
  },
  enclave: {
    subject: 'i-0123-enc4567.us-east-1.aws',
    issuer: 'i-0123.us-east-1.aws.nitro-enclaves',
    keys: keys.enclave,
    issuerKeys: keys.instance,
    notBefore: madeAt - 3_600,
    notAfter: madeAt + 3_600,
    extensions: [noAuthority, keyUsage('digitalSignature')],
  },
};

/** Registers that say something; the others are zero. */
export const measured: Readonly<Record<number, string>> = {
  0: '1a'.repeat(48),
  1: '2b'.repeat(48),
  2: '3c'.repeat(48),
  4: '4d'.repeat(48),
  8: '5e'.repeat(48),
};

/** Registers 0 to 15, some other than {@link measured} says. */
export function registers(others: Readonly<Record<number, string>> = {}): CborPairs {
  const values = { ...measured, ...others };
  return new CborPairs(
    Array.from({ length: 16 }, (_, i) => [i, Buffer.from(values[i] ?? '00'.repeat(48), 'hex')] as const),
  );
}

/** What one forgery changes; everything else is that of a true document. */
export type Forgery = {
  /** Certificates of the chain that are made otherwise. */
  readonly certificates?: Readonly<Partial<Record<keyof typeof keys, Partial<CertificateParts>>>>;
  /** What becomes of the certificates' DER before it goes into the document. */
  readonly bundle?: (sound: readonly Buffer[]) => readonly CborValue[];
  /** Fields that are added, changed, or left out where undefined. */
  readonly fields?: Readonly<Record<string, CborValue | undefined>>;
  /** What becomes of the pairs of the payload's map. */
  readonly payload?: (sound: CborPairs) => CborValue;
  readonly protectedHeader?: CborValue;
  readonly unprotectedHeader?: CborValue;
  readonly signingKey?: KeyObject;
  readonly hash?: string;
  /** What becomes of the four parts, after they were signed. */
  readonly parts?: (signed: readonly [Buffer, CborValue, Buffer, Buffer]) => CborValue;
  /** What becomes of the whole. */
  readonly whole?: (document: Buffer) => Uint8Array;
};

/** ECDSA signs otherwise each time: the sound certificates are made once, so that the root stays the same. */
const soundCertificates = {
  root: certificate(soundNitro.root),
  regional: certificate(soundNitro.regional),
  instance: certificate(soundNitro.instance),
  enclave: certificate(soundNitro.enclave),
};

/** The root that the documents made here go back to, as the verifier is told of it. */
export const madeRoot = fingerprint(soundCertificates.root);

/** How the verifier is told of a root. */
export function fingerprint(der: Uint8Array): string {
  return createHash('sha256').update(der).digest('hex');
}

/** A Nitro attestation document bound by its user data, a true one or with one forgery; standard base64. */
export function nitroDocument(userData: CborValue, forgery: Forgery = {}): string {
  const { whole = (document: Buffer) => document, parts = (signed) => [...signed] } = forgery;
  return Buffer.from(whole(cbor(parts(signedParts(userData, forgery))))).toString('base64');
}

function signedParts(userData: CborValue, forgery: Forgery): readonly [Buffer, CborValue, Buffer, Buffer] {
  const { protectedHeader = new CborPairs([[1, -35]]), unprotectedHeader = new CborPairs([]) } = forgery;
  const {
    payload = (sound: CborPairs) => sound,
    signingKey = keys.enclave.privateKey,
    hash = 'sha384',
  } = forgery;
  const header = cbor(protectedHeader);
  const content = cbor(payload(fieldsOf(userData, forgery)));
  const structure = cbor(['Signature1', header, Buffer.alloc(0), content]);
  const signature = sign(hash, structure, { key: signingKey, dsaEncoding: 'ieee-p1363' });
  return [header, unprotectedHeader, content, signature];
}

function fieldsOf(userData: CborValue, { certificates = {}, bundle, fields = {} }: Forgery): CborPairs {
  const made = (name: keyof typeof keys) => {
    const others = certificates[name];
    return others ? certificate({ ...soundNitro[name], ...others }) : soundCertificates[name];
  };
  const chain = [made('root'), made('regional'), made('instance')];
  const all: Record<string, CborValue | undefined> = {
    module_id: 'i-0123-enc4567',
    digest: 'SHA384',
    timestamp: madeAt * 1000,
    pcrs: registers(),
    certificate: made('enclave'),
    cabundle: bundle ? [...bundle(chain)] : chain,
    public_key: null,
    user_data: userData,
    nonce: null,
    ...fields,
  };
  const pairs = Object.entries(all).flatMap(([key, value]) =>
    value === undefined ? [] : [[key, value] as const],
  );
  return new CborPairs(pairs, true);
}
