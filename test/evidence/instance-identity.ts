import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { algorithm, der, indefinite, integer, octets, oid, sequence, set } from './der.ts';

/** Who signs documents of a region: a key, and its certificate as deployments pin it. */
export type Signatory = {
  readonly key: KeyObject;
  readonly issuer: Buffer;
  readonly serial: Buffer;
  readonly pem: string;
};

export const types = {
  data: '1.2.840.113549.1.7.1',
  signedData: '1.2.840.113549.1.7.2',
  contentType: '1.2.840.113549.1.9.3',
  messageDigest: '1.2.840.113549.1.9.4',
  signingTime: '1.2.840.113549.1.9.5',
  rsa: '1.2.840.113549.1.1.1',
  rsaSha256: '1.2.840.113549.1.1.11',
  rsaSha1: '1.2.840.113549.1.1.5',
  sha256: '2.16.840.1.101.3.4.2.1',
  sha512: '2.16.840.1.101.3.4.2.3',
  sha1: '1.3.14.3.2.26',
  md5: '1.2.840.113549.2.5',
};

const printable = (text: string) => der(0x13, Buffer.from(text));
const name = (type: string, text: string) => set(sequence(oid(type), printable(text)));
const utc = (text: string) => der(0x17, Buffer.from(text));

/** A name as AWS's certificates for identity documents have it: the same in all of them. */
const amazon = sequence(name('2.5.4.6', 'US'), name('2.5.4.10', 'Amazon Web Services LLC'));

/** A new signatory with a certificate signed by itself; RSA of 2,048 bits unless told otherwise. */
export function signatory(
  serial: number,
  pair: { publicKey: KeyObject; privateKey: KeyObject } = generateKeyPairSync('rsa', {
    modulusLength: 2_048,
  }),
  { issuer = amazon, version = [der(0xa0, integer(2))] }: { issuer?: Buffer; version?: Buffer[] } = {},
): Signatory {
  const { publicKey, privateKey: key } = pair;
  const serialNumber = integer(serial, 0x42);
  const method =
    key.asymmetricKeyType === 'rsa' ? algorithm(types.rsaSha256) : sequence(oid('1.2.840.10045.4.3.2'));
  const life = sequence(utc('150814085912Z'), der(0x18, Buffer.from('21950117085912Z')));
  const info = publicKey.export({ type: 'spki', format: 'der' });
  const signed = sequence(...version, serialNumber, method, issuer, life, issuer, info);
  const signature = sign('sha256', signed, key);
  const certificate = sequence(signed, method, der(0x03, Buffer.of(0), signature));
  const pem = `-----BEGIN CERTIFICATE-----\n${certificate.toString('base64')}\n-----END CERTIFICATE-----\n`;
  return { key, issuer, serial: serialNumber, pem };
}

/** A document as EC2 makes it. */
export const trueDocument = {
  accountId: '111122223333',
  architecture: 'arm64',
  availabilityZone: 'eu-central-1a',
  billingProducts: null,
  devpayProductCodes: null,
  marketplaceProductCodes: null,
  imageId: 'ami-0fa9e1f64142cde17',
  instanceId: 'i-078517ca8a70a1dde',
  instanceType: 't4g.small',
  kernelId: null,
  pendingTime: '2026-03-02T08:00:00Z',
  privateIp: '10.0.0.209',
  ramdiskId: null,
  region: 'eu-central-1',
  version: '2017-09-30',
};

/** What a forger may do otherwise; what is absent is as EC2 does it. */
export type Crafted = {
  readonly outerType?: string;
  readonly contentType?: string;
  /** The content as it stands in the structure; none for undefined. */
  readonly content?: Buffer | undefined;
  /** What is hashed into the attributes. */
  readonly hashed?: Buffer;
  readonly hash?: string;
  readonly digestType?: string;
  readonly signatureType?: string;
  readonly attributes?: (attributes: readonly Buffer[]) => readonly Buffer[];
  /** The tag and form of the attributes where they stand. */
  readonly attributesIn?: (attributes: readonly Buffer[]) => Buffer;
  /** What the key signs, given the attributes as a SET. */
  readonly toSign?: (attributes: Buffer) => Buffer;
  /** Whom the signer says to be. */
  readonly named?: Signatory;
  readonly sid?: Buffer;
  readonly signers?: (signer: Buffer) => readonly Buffer[];
  readonly certificates?: readonly Buffer[];
};

export const attribute = (type: string, ...values: readonly Buffer[]) => sequence(oid(type), set(...values));

/** A document inside PKCS #7 SignedData of its signer, in BER; every craft is one way to lie. */
export function pkcs7(document: Buffer, by: Signatory, craft: Crafted = {}): Buffer {
  const content = 'content' in craft ? craft.content : indefinite(0x24, octets(document));
  const certificates = craft.certificates ? [der(0xa0, ...craft.certificates)] : [];
  const digestTypes = set(algorithm(craft.digestType ?? types.sha256));
  const signer = signerInfo(document, by, craft);
  return indefinite(
    0x30,
    oid(craft.outerType ?? types.signedData),
    indefinite(
      0xa0,
      indefinite(
        0x30,
        integer(1),
        digestTypes,
        indefinite(
          0x30,
          oid(craft.contentType ?? types.data),
          ...(content ? [indefinite(0xa0, content)] : []),
        ),
        ...certificates,
        set(...(craft.signers?.(signer) ?? [signer])),
      ),
    ),
  );
}

function signerInfo(document: Buffer, by: Signatory, craft: Crafted): Buffer {
  const hash = craft.hash ?? 'sha256';
  const digest = createHash(hash)
    .update(craft.hashed ?? document)
    .digest();
  const usual = [
    attribute(types.contentType, oid(types.data)),
    attribute(types.signingTime, utc('260302080002Z')),
    attribute(types.messageDigest, octets(digest)),
  ];
  const attributes = craft.attributes?.(usual) ?? usual;
  const toSign = set(...attributes);
  const { issuer, serial } = craft.named ?? by;
  return sequence(
    integer(1),
    craft.sid ?? sequence(issuer, serial),
    algorithm(craft.digestType ?? types.sha256),
    craft.attributesIn?.(attributes) ?? der(0xa0, ...attributes),
    algorithm(craft.signatureType ?? types.rsaSha256),
    octets(sign(hash, craft.toSign?.(toSign) ?? toSign, by.key)),
  );
}
