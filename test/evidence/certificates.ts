import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { bits, der, octets, oid, sequence, set, small, time, yes } from './der.ts';

/** A pair of keys for a certificate. */
export type Keys = { readonly publicKey: KeyObject; readonly privateKey: KeyObject };

/** An extension, in the order in which it is to stand. */
export type CertificateExtension = {
  readonly id: string;
  readonly critical?: boolean;
  readonly value: Uint8Array;
};

/** All of a certificate; what is not said is that of a sound one. */
export type CertificateParts = {
  readonly subject: string;
  readonly issuer: string;
  readonly keys: Keys;
  readonly issuerKeys: Keys;
  readonly notBefore: number;
  readonly notAfter: number;
  readonly extensions: readonly CertificateExtension[];
  readonly hash?: 'sha1' | 'sha256' | 'sha384' | 'sha512';
  /** As DER has it: 2 is version 3. */
  readonly version?: number;
  /** Object identifier outside the signed part, where it is to differ from that inside. */
  readonly outerAlgorithm?: string;
};

/** Makes a pair of EC keys. */
export function ecKeys(namedCurve: 'prime256v1' | 'secp384r1' | 'secp521r1'): Keys {
  return generateKeyPairSync('ec', { namedCurve });
}

/** Makes a pair of RSA keys. */
export function rsaKeys(modulusLength: number): Keys {
  return generateKeyPairSync('rsa', { modulusLength });
}

const algorithms = {
  ec: {
    sha1: '1.2.840.10045.4.1',
    sha256: '1.2.840.10045.4.3.2',
    sha384: '1.2.840.10045.4.3.3',
    sha512: '1.2.840.10045.4.3.4',
  },
  rsa: {
    sha1: '1.2.840.113549.1.1.5',
    sha256: '1.2.840.113549.1.1.11',
    sha384: '1.2.840.113549.1.1.12',
    sha512: '1.2.840.113549.1.1.13',
  },
};

/** Makes and signs a certificate; answers its DER. */
export function certificate(parts: CertificateParts): Buffer {
  const { hash = 'sha384', issuerKeys, version = 2 } = parts;
  const family = issuerKeys.privateKey.asymmetricKeyType === 'rsa' ? 'rsa' : 'ec';
  const inner = algorithm(algorithms[family][hash]);
  const serial = createHash('sha256')
    .update(JSON.stringify([parts.subject, parts.notAfter]))
    .digest();
  const tbs = sequence(
    der(0xa0, small(version)),
    der(0x02, Buffer.from([0x40]), serial.subarray(0, 8)),
    inner,
    name(parts.issuer),
    sequence(time(parts.notBefore), time(parts.notAfter)),
    name(parts.subject),
    parts.keys.publicKey.export({ type: 'spki', format: 'der' }),
    ...(parts.extensions.length > 0 ? [der(0xa3, sequence(...parts.extensions.map(extension)))] : []),
  );
  const outer = parts.outerAlgorithm ? algorithm(parts.outerAlgorithm) : inner;
  return sequence(tbs, outer, bits(sign(hash, tbs, issuerKeys.privateKey)));
}

function algorithm(id: string): Buffer {
  return sequence(oid(id), ...(id.startsWith('1.2.840.113549') ? [der(0x05)] : []));
}

function name(commonName: string): Buffer {
  if (commonName === '') return sequence();
  return sequence(set(sequence(oid('2.5.4.3'), der(0x0c, Buffer.from(commonName)))));
}

function extension({ id, critical = false, value }: CertificateExtension): Buffer {
  return sequence(oid(id), ...(critical ? [yes] : []), octets(value));
}

/** Basic constraints of an authority. */
export function authority(pathLength?: number): CertificateExtension {
  const length = pathLength === undefined ? [] : [small(pathLength)];
  return { id: '2.5.29.19', critical: true, value: sequence(yes, ...length) };
}

/** Basic constraints of a leaf. */
export const noAuthority: CertificateExtension = { id: '2.5.29.19', critical: true, value: sequence() };

const usages = { digitalSignature: 0x80, keyEncipherment: 0x20, keyCertSign: 0x04, cRLSign: 0x02 };

/** Key usage. */
export function keyUsage(...names: readonly (keyof typeof usages)[]): CertificateExtension {
  const byte = names.reduce((sum, each) => sum | usages[each], 0);
  return { id: '2.5.29.15', critical: true, value: bits(Buffer.from([byte]), 1) };
}

/** Subject alternative name: entries of type URI, and of type DNS. */
export function alternativeNames(uris: readonly string[], dns: readonly string[] = []): CertificateExtension {
  const entries = [
    ...uris.map((each) => der(0x86, Buffer.from(each, 'latin1'))),
    ...dns.map((each) => der(0x82, Buffer.from(each, 'latin1'))),
  ];
  return { id: '2.5.29.17', value: sequence(...entries) };
}

/** Extended key usage. */
export function purposes(...ids: readonly string[]): CertificateExtension {
  return { id: '2.5.29.37', value: sequence(...ids.map(oid)) };
}

/** Name constraints that permit one DNS tree, not critical. */
export const nameConstraints: CertificateExtension = {
  id: '2.5.29.30',
  value: sequence(der(0xa0, sequence(der(0x82, Buffer.from('example.org'))))),
};

/** A critical extension that nobody has heard of. */
export const unheardOf: CertificateExtension = {
  id: '1.3.6.1.4.1.99999.1',
  critical: true,
  value: sequence(),
};

/** The certificates as PEM, one after the other. */
export function pemOf(certificates: readonly Uint8Array[]): string {
  const blocks = certificates.map((each) => {
    const lines =
      Buffer.from(each)
        .toString('base64')
        .match(/.{1,64}/g) ?? [];
    return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
  });
  return blocks.join('');
}
