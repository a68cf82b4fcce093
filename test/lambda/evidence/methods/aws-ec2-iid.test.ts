import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { awsEc2Iid as produce } from '../../../../client/evidence/aws-ec2-iid.ts';
import { type Bound, EvidenceFault, TrustUnavailable } from '../../../../core/evidence.ts';
import { evidence as schema } from '../../../../core/protocol/evidence.ts';
import { fromIso } from '../../../../core/time.ts';
import { awsEc2Iid } from '../../../../lambda/evidence/methods/aws-ec2-iid.ts';
import { der, indefinite, integer, octets, oid, sequence, set } from '../../../evidence/der.ts';
import {
  attribute,
  type Crafted,
  pkcs7,
  signatory,
  trueDocument,
  types,
} from '../../../evidence/instance-identity.ts';

const aws = signatory(1);
const awsElsewhere = signatory(2);
const forger = signatory(3);
const certificates = new Map([
  ['eu-central-1', aws.pem],
  ['eu-west-1', awsElsewhere.pem],
]);

const bytesOf = (document: object | string) =>
  Buffer.from(typeof document === 'string' ? document : JSON.stringify(document, undefined, 2));
const trueBytes = bytesOf(trueDocument);
const bound = (now = '2026-11-24T18:00:00Z'): Bound => ({
  binding: 'A'.repeat(43),
  caller: { role: 'arn:aws:iam::111122223333:role/agent', roleId: 'AROAAGENT', userId: 'AROAAGENT:s' },
  now: fromIso(now),
});
const verify = (signed: Buffer, at = bound(), trusted: ReadonlyMap<string, string> = certificates) =>
  awsEc2Iid(trusted)({ method: 'aws_ec2_iid', pkcs7: signed.toString('base64') }, at);
const proven = {
  method: 'aws_ec2_iid',
  facts: {
    aws_account: '111122223333',
    aws_region: 'eu-central-1',
    ec2_instance: 'i-078517ca8a70a1dde',
    ec2_image: 'ami-0fa9e1f64142cde17',
  },
};

describe('an instance identity document', () => {
  it('proves where something runs, and nobody', async () => {
    expect(await verify(pkcs7(trueBytes, aws))).toEqual(proven);
  });

  it('as the metadata service answers it is on the wire as the protocol has it', async () => {
    const lines = pkcs7(trueBytes, aws).toString('base64').replace(/.{76}/g, '$&\n');
    const made = await produce(async () => `${lines}\n`)('binding');
    expect(schema.parse(made)).toEqual(made);
    expect(await awsEc2Iid(certificates)(made, bound())).toEqual(proven);
  });

  const protection = attribute('1.2.840.113549.1.9.52', sequence(oid(types.sha256)));
  it.each<[string, Crafted]>([
    ['whose signature is called RSA, as older ones are', { signatureType: types.rsa }],
    [
      'whose attributes protect the algorithms too, as newer ones do',
      { attributes: (usual) => [...usual, protection] },
    ],
    ['in DER', { content: octets(trueBytes) }],
    [
      'in several pieces',
      { content: indefinite(0x24, octets(trueBytes.subarray(0, 99)), octets(trueBytes.subarray(99))) },
    ],
    [
      'with certificates, which nobody looks at',
      { certificates: [Buffer.from(forger.pem.split('\n')[1] ?? '', 'base64')] },
    ],
  ])('%s passes', async (_, craft) => {
    expect(await verify(pkcs7(trueBytes, aws, craft))).toEqual(proven);
  });

  it('of an image and an instance with short ids of old passes', async () => {
    const old = { ...trueDocument, instanceId: 'i-0a1b2c3d', imageId: 'ami-ea165990' };
    expect(await verify(pkcs7(bytesOf(old), aws))).toMatchObject({ facts: { ec2_instance: 'i-0a1b2c3d' } });
  });

  it('of each region is verified with the certificate of that region', async () => {
    const document = bytesOf({ ...trueDocument, region: 'eu-west-1' });
    expect(await verify(pkcs7(document, awsElsewhere))).toMatchObject({ facts: { aws_region: 'eu-west-1' } });
  });

  it.each([
    ['signed by a certificate without a version', []],
    ['signed by a certificate of version 3', [der(0xa0, integer(2))]],
  ])('%s passes', async (_, version) => {
    const other = signatory(9, undefined, { version });
    await expect(
      verify(pkcs7(trueBytes, other), bound(), new Map([['eu-central-1', other.pem]])),
    ).resolves.toEqual(proven);
  });

  it.each([
    ['in the second in which the instance starts', '2026-03-02T08:00:00Z'],
    ['with a clock 60 s behind', '2026-03-02T07:59:00Z'],
  ])('passes %s', async (_, now) => {
    await expect(verify(pkcs7(trueBytes, aws), bound(now))).resolves.toEqual(proven);
  });
});

const edited = bytesOf({ ...trueDocument, instanceId: 'i-00000000000000000' });
const swapValues = (usual: readonly Buffer[]) => [
  attribute(types.contentType, octets(Buffer.alloc(32))),
  ...usual.slice(1, 2),
  attribute(types.messageDigest, oid(types.data)),
];
const twice = (usual: readonly Buffer[], type: string, ...values: Buffer[]) => [
  ...usual,
  attribute(type, ...values),
];
const without = (index: number) => (usual: readonly Buffer[]) => usual.filter((_, at) => at !== index);
const instead = (index: number, other: Buffer) => (usual: readonly Buffer[]) =>
  usual.map((each, at) => (at === index ? other : each));
const otherIssuer = signatory(1, undefined, {
  issuer: sequence(set(sequence(oid('2.5.4.6'), der(0x13, Buffer.from('DE'))))),
});

describe('is refused:', () => {
  it.each<[string, string, () => Buffer]>([
    ['the document edited', 'signature', () => pkcs7(trueBytes, aws, { content: octets(edited) })],
    [
      'the document edited, its digest too',
      'signature',
      () => pkcs7(edited, aws, { toSign: () => set(attribute(types.messageDigest)) }),
    ],
    ["signed by a key of one's own", 'unknown_key', () => pkcs7(trueBytes, forger)],
    [
      "signed by a key of one's own in the name of AWS",
      'signature',
      () => pkcs7(trueBytes, forger, { named: aws }),
    ],
    [
      'its own certificate beside it',
      'unknown_key',
      () =>
        pkcs7(trueBytes, forger, { certificates: [Buffer.from(forger.pem.split('\n')[1] ?? '', 'base64')] }),
    ],
    ['signed for another region', 'unknown_key', () => pkcs7(trueBytes, awsElsewhere)],
    [
      'a signer with the serial number but another issuer',
      'unknown_key',
      () => pkcs7(trueBytes, aws, { named: otherIssuer }),
    ],
    [
      'a signer named by its key',
      'malformed',
      () => pkcs7(trueBytes, aws, { sid: der(0x80, Buffer.alloc(20)) }),
    ],
    [
      'a signer named in a SET',
      'malformed',
      () => pkcs7(trueBytes, aws, { sid: set(aws.issuer, aws.serial) }),
    ],
    [
      'a region without a certificate',
      'region',
      () => pkcs7(bytesOf({ ...trueDocument, region: 'us-east-1' }), aws),
    ],
    [
      'SHA-1',
      'algorithm',
      () => pkcs7(trueBytes, aws, { hash: 'sha1', digestType: types.sha1, signatureType: types.rsaSha1 }),
    ],
    [
      'SHA-1 with a signature that is called RSA',
      'algorithm',
      () => pkcs7(trueBytes, aws, { hash: 'sha1', digestType: types.sha1, signatureType: types.rsa }),
    ],
    [
      'MD5',
      'algorithm',
      () => pkcs7(trueBytes, aws, { hash: 'md5', digestType: types.md5, signatureType: types.rsa }),
    ],
    [
      'SHA-512',
      'algorithm',
      () => pkcs7(trueBytes, aws, { hash: 'sha512', digestType: types.sha512, signatureType: types.rsa }),
    ],
    [
      'a signature that is called SHA-1',
      'algorithm',
      () => pkcs7(trueBytes, aws, { signatureType: types.rsaSha1 }),
    ],
    ['SHA-1 that is called SHA-256', 'signature', () => pkcs7(trueBytes, aws, { hash: 'sha1' })],
    [
      'signed over the document instead of the attributes',
      'signature',
      () => pkcs7(trueBytes, aws, { toSign: () => trueBytes }),
    ],
    [
      'signed over the attributes under the tag they have on the wire',
      'signature',
      () =>
        pkcs7(trueBytes, aws, { toSign: (signed) => Buffer.concat([Buffer.of(0xa0), signed.subarray(1)]) }),
    ],
    [
      'signed over other bytes',
      'signature',
      () => pkcs7(trueBytes, aws, { toSign: () => Buffer.from('other') }),
    ],
    [
      'the values of the attributes swapped',
      'malformed',
      () => pkcs7(trueBytes, aws, { attributes: swapValues }),
    ],
    ['no digest among the attributes', 'malformed', () => pkcs7(trueBytes, aws, { attributes: without(2) })],
    [
      'no content type among the attributes',
      'malformed',
      () => pkcs7(trueBytes, aws, { attributes: without(0) }),
    ],
    [
      'another content type among the attributes',
      'malformed',
      () =>
        pkcs7(trueBytes, aws, {
          attributes: instead(0, attribute(types.contentType, oid(types.signedData))),
        }),
    ],
    [
      'a digest twice',
      'malformed',
      () =>
        pkcs7(trueBytes, aws, {
          attributes: (usual) => twice(usual, types.messageDigest, octets(Buffer.alloc(32))),
        }),
    ],
    [
      'a content type twice',
      'malformed',
      () =>
        pkcs7(trueBytes, aws, { attributes: (usual) => twice(usual, types.contentType, oid(types.data)) }),
    ],
    [
      'a digest of two values',
      'malformed',
      () =>
        pkcs7(trueBytes, aws, {
          attributes: (usual) =>
            twice(without(2)(usual), types.messageDigest, octets(Buffer.alloc(32)), octets(Buffer.alloc(32))),
        }),
    ],
    ['the digest of another document', 'signature', () => pkcs7(trueBytes, aws, { hashed: edited })],
    [
      'attributes that are not signed ones',
      'malformed',
      () => pkcs7(trueBytes, aws, { attributesIn: (attributes) => der(0xa1, ...attributes) }),
    ],
    [
      'no attributes, the document itself signed',
      'malformed',
      () => pkcs7(trueBytes, aws, { attributesIn: () => Buffer.alloc(0), toSign: () => trueBytes }),
    ],
    ['no signer', 'malformed', () => pkcs7(trueBytes, aws, { signers: () => [] })],
    ['two signers', 'malformed', () => pkcs7(trueBytes, aws, { signers: (signer) => [signer, signer] })],
    [
      'a true signer after another one',
      'malformed',
      () => pkcs7(trueBytes, aws, { signers: (signer) => [sequence(integer(1)), signer] }),
    ],
    ['no content', 'malformed', () => pkcs7(trueBytes, aws, { content: undefined })],
    ['content that is text', 'malformed', () => pkcs7(trueBytes, aws, { content: der(0x0c, trueBytes) })],
    ['content of another type', 'malformed', () => pkcs7(trueBytes, aws, { contentType: types.signedData })],
    ['data that is not signed', 'malformed', () => pkcs7(trueBytes, aws, { outerType: types.data })],
    ['something behind it', 'malformed', () => Buffer.concat([pkcs7(trueBytes, aws), Buffer.of(0)])],
    ['the end cut off', 'malformed', () => pkcs7(trueBytes, aws).subarray(0, -1)],
    ['nothing', 'malformed', () => Buffer.alloc(0)],
    ['values nested 2,000 deep', 'malformed', () => nested(2_000)],
    ['a thousand values', 'malformed', () => sequence(...Array.from({ length: 1_000 }, () => integer(1)))],
    ['a length of four gigabytes', 'malformed', () => Buffer.from('3084ffffffff', 'hex')],
  ])('%s', async (_, fault, forge) => {
    await expect(verify(forge())).rejects.toMatchObject({ name: 'EvidenceFault', fault, field: 'pkcs7' });
  });

  it.each<[string, string | object]>([
    ['no JSON', 'accountId: 111122223333'],
    ['a list', [trueDocument]],
    ['an account of eleven digits', { ...trueDocument, accountId: '11112222333' }],
    ['an account that is a number', { ...trueDocument, accountId: 111122223333 }],
    ['no account', { ...trueDocument, accountId: undefined }],
    ['an instance that is none', { ...trueDocument, instanceId: 'i-078517ca8a70a1dde*' }],
    ['an instance in capitals', { ...trueDocument, instanceId: 'I-078517CA8A70A1DDE' }],
    ['no instance', { ...trueDocument, instanceId: null }],
    ['an image that is none', { ...trueDocument, imageId: 'ami-' }],
    ['a region that is none', { ...trueDocument, region: '__proto__' }],
    ['no time', { ...trueDocument, pendingTime: null }],
    ['a time without a zone', { ...trueDocument, pendingTime: '2026-03-02T08:00:00' }],
    ['a time that never is', { ...trueDocument, pendingTime: '2026-13-02T08:00:00Z' }],
    ['a time before 1970', { ...trueDocument, pendingTime: '1969-12-31T23:59:59Z' }],
    ['a member twice', JSON.stringify(trueDocument).replace('{', '{"accountId":"444455556666",')],
    [
      'a member twice, once by an escape',
      JSON.stringify(trueDocument).replace('{', '{"account\\u0049d":"444455556666",'),
    ],
    [
      'a member that is inherited',
      JSON.stringify({ ...trueDocument, accountId: undefined }).replace(
        '{',
        '{"__proto__":{"accountId":"111122223333"},',
      ),
    ],
  ])('a document with %s, though AWS signed it', async (_, document) => {
    await expect(verify(pkcs7(bytesOf(document), aws))).rejects.toMatchObject({
      fault: 'malformed',
      field: 'pkcs7',
    });
  });

  it('a document that is no UTF-8', async () => {
    const bytes = Buffer.concat([
      trueBytes.subarray(0, -1),
      Buffer.from(',"x":"'),
      Buffer.of(0xff),
      Buffer.from('"}'),
    ]);
    await expect(verify(pkcs7(bytes, aws))).rejects.toMatchObject({ fault: 'malformed' });
  });

  it('a document from the future', async () => {
    await expect(verify(pkcs7(trueBytes, aws), bound('2026-03-02T07:58:59Z'))).rejects.toMatchObject({
      fault: 'not_yet_valid',
      field: 'pkcs7',
    });
  });

  it('a region whose name every map knows', async () => {
    const none = new Map<string, string>();
    await expect(verify(pkcs7(trueBytes, aws), bound(), none)).rejects.toMatchObject({ fault: 'region' });
  });

  it('without a word of the document', async () => {
    const fault = await verify(pkcs7(trueBytes, forger)).catch((error: unknown) => error);
    expect(fault).toBeInstanceOf(EvidenceFault);
    for (const said of ['111122223333', 'i-078517ca8a70a1dde']) expect(String(fault)).not.toContain(said);
  });
});

describe('a certificate that is no good is not the fault of the evidence:', () => {
  const short = signatory(4, generateKeyPairSync('rsa', { modulusLength: 1_024 }));
  const curve = signatory(5, generateKeyPairSync('ec', { namedCurve: 'P-256' }));
  it.each([
    ['text', 'not a certificate', aws],
    ['a key of 1,024 bits', short.pem, short],
    ['a key that is not RSA', curve.pem, curve],
  ])('%s', async (_, pem, by) => {
    const trusted = new Map([['eu-central-1', pem]]);
    await expect(verify(pkcs7(trueBytes, by), bound(), trusted)).rejects.toBeInstanceOf(TrustUnavailable);
  });
});

function nested(depth: number): Buffer {
  let value: Buffer = integer(1);
  for (let i = 0; i < depth; i++) value = indefinite(0x30, value);
  return value;
}
