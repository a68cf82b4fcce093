import { constants, sign } from 'node:crypto';
import type { EvidenceFaultCode } from '../../core/evidence.ts';
import {
  alternativeNames,
  authority,
  type CertificateExtension,
  type CertificateParts,
  keyUsage,
  nameConstraints,
  noAuthority,
  pemOf,
  purposes,
  unheardOf,
} from './certificates.ts';
import { madeAt, type SvidForgery, signed, soundSvid, spiffeId, svidKeys } from './svid.ts';

/** A true SVID with one thing wrong, and how it is to be refused. */
type Row = {
  readonly attack: string;
  readonly forgery: SvidForgery;
  readonly fault: EvidenceFaultCode;
  readonly field: string;
};

function row(attack: string, fault: EvidenceFaultCode, forgery: SvidForgery, field = 'chain'): Row {
  return { attack, fault, field, forgery };
}

function leaf(attack: string, fault: EvidenceFaultCode, parts: Partial<CertificateParts>): Row {
  return row(attack, fault, { certificates: { leaf: parts } });
}

function middle(attack: string, parts: Partial<CertificateParts>): Row {
  return row(attack, 'chain', { certificates: { middle: parts } });
}

const named = alternativeNames([spiffeId]);
const sign256 = keyUsage('digitalSignature');
const ca = keyUsage('keyCertSign', 'cRLSign');

/** The leaf's extensions, with other names. */
function names(...uris: readonly string[]): Partial<CertificateParts> {
  return { extensions: [noAuthority, sign256, alternativeNames(uris)] };
}

function extensions(...list: readonly CertificateExtension[]): Partial<CertificateParts> {
  return { extensions: list };
}

const ofLeaf: readonly Row[] = [
  leaf('it has no name', 'leaf', extensions(noAuthority, sign256)),
  leaf('it has two SPIFFE ids', 'leaf', names(spiffeId, 'spiffe://example.org/admin')),
  leaf('it has another URI before its SPIFFE id', 'leaf', names('https://example.org/', spiffeId)),
  leaf('it has its SPIFFE id twice', 'leaf', names(spiffeId, spiffeId)),
  leaf(
    'its SPIFFE id is a DNS name',
    'leaf',
    extensions(noAuthority, sign256, alternativeNames([], [spiffeId])),
  ),
  leaf('its name is another URI', 'leaf', names('https://example.org/ns/agents')),
  leaf('its SPIFFE id has no path', 'leaf', names('spiffe://example.org')),
  leaf('its SPIFFE id has an empty path', 'leaf', names('spiffe://example.org/')),
  leaf('its SPIFFE id climbs', 'leaf', names('spiffe://example.org/other/../admin')),
  leaf('its SPIFFE id is in upper case', 'leaf', names('spiffe://EXAMPLE.org/admin')),
  leaf('a NUL stands in its SPIFFE id', 'leaf', names('spiffe://example.org\0.evil.example/admin')),
  leaf('its SPIFFE id is longer than 2048 bytes', 'leaf', names(`spiffe://example.org/${'a'.repeat(2_030)}`)),
  leaf('it is an authority', 'leaf', extensions(authority(), sign256, named)),
  leaf(
    'it may sign certificates',
    'leaf',
    extensions(noAuthority, keyUsage('digitalSignature', 'keyCertSign'), named),
  ),
  leaf(
    'it may sign revocation lists',
    'leaf',
    extensions(noAuthority, keyUsage('digitalSignature', 'cRLSign'), named),
  ),
  leaf('it may not sign', 'leaf', extensions(noAuthority, keyUsage('keyEncipherment'), named)),
  leaf('it has no key usage', 'leaf', extensions(noAuthority, named)),
  leaf(
    'it is for servers alone',
    'chain',
    extensions(noAuthority, sign256, named, purposes('1.3.6.1.5.5.7.3.1')),
  ),
  leaf('a critical extension is unheard of', 'chain', extensions(noAuthority, sign256, named, unheardOf)),
  leaf(
    'it has its names twice',
    'malformed',
    extensions(noAuthority, sign256, named, alternativeNames(['spiffe://example.org/b'])),
  ),
  leaf(
    'its names are no sequence',
    'malformed',
    extensions(noAuthority, sign256, { ...named, value: Buffer.from('0500', 'hex') }),
  ),
  leaf('it has ended', 'expired', { notAfter: madeAt - 1 }),
  leaf('it has not begun', 'not_yet_valid', { notBefore: madeAt + 1 }),
  leaf('its key is RSA of 1024 bits', 'chain', { keys: svidKeys.shortRsa }),
  leaf('its key is on P-521', 'chain', { keys: svidKeys.p521 }),
  leaf('it is signed with SHA-1', 'chain', { hash: 'sha1' }),
  leaf('somebody else signed it', 'chain', { issuerKeys: svidKeys.p384 }),
  leaf('it names another issuer', 'chain', { issuer: 'upstream' }),
  leaf(
    'its id is of a trust domain that nobody configured',
    'trust_domain',
    names('spiffe://other.example/admin'),
  ),
  leaf(
    'its id is of another trust domain than the authority’s',
    'root',
    names('spiffe://partner.example/admin'),
  ),
];

const ofChain: readonly Row[] = [
  middle('the intermediate is no authority', extensions(noAuthority, ca)),
  middle(
    'the intermediate may not sign certificates',
    extensions(authority(0), keyUsage('digitalSignature')),
  ),
  middle('the intermediate has no key usage', extensions(authority(0))),
  middle('the intermediate constrains names', extensions(authority(0), ca, nameConstraints)),
  middle(
    'the intermediate constrains names, critically',
    extensions(authority(0), ca, { ...nameConstraints, critical: true }),
  ),
  middle('a critical extension of the intermediate is unheard of', extensions(authority(0), ca, unheardOf)),
  row('the intermediate has ended', 'expired', { certificates: { middle: { notAfter: madeAt - 1 } } }),
  row('the intermediate has not begun', 'not_yet_valid', {
    certificates: { middle: { notBefore: madeAt + 1 } },
  }),
  row('somebody else signed the intermediate', 'root', {
    certificates: { middle: { issuerKeys: svidKeys.other } },
  }),
  row('the intermediate is signed with SHA-1', 'root', { certificates: { middle: { hash: 'sha1' } } }),
  row('the root has ended', 'expired', { certificates: { root: { notAfter: madeAt - 1 } } }),
  row('the root has not begun', 'not_yet_valid', { certificates: { root: { notBefore: madeAt + 1 } } }),
  row('the root is no authority', 'chain', { certificates: { root: extensions(noAuthority, ca) } }),
  row('the root admits no intermediate', 'chain', { certificates: { root: extensions(authority(0), ca) } }),
  row('the root is another one of the same name', 'root', {
    certificates: { root: { keys: svidKeys.other, issuerKeys: svidKeys.other } },
  }),
  row('the trust domain has no roots', 'root', { bundle: () => [] }),
  row('the intermediate is left out', 'root', { chain: ([first]) => (first ? [first] : []) }),
  row('the chain is the other way round', 'leaf', { chain: (sound) => sound.toReversed() }),
  row('a workload’s certificate signed it', 'chain', {
    certificates: { middle: { extensions: soundSvid.leaf.extensions } },
  }),
  row('the chain is empty', 'malformed', { chain: () => [] }),
  row('the chain holds something else', 'malformed', {
    chain: (sound) => [...sound, Buffer.from('certificate')],
  }),
  row('the chain holds something else in its middle', 'malformed', {
    chain: (sound) => sound.flatMap((each, i) => (i === 0 ? [each, Buffer.from('certificate')] : [each])),
  }),
  row('a certificate is PEM in base64', 'malformed', {
    chain: (sound) => sound.map((each) => Buffer.from(pemOf([each]))),
  }),
  row('a byte follows a certificate', 'malformed', {
    chain: (sound) => sound.map((each) => Buffer.concat([each, Buffer.from([0])])),
  }),
];

function signature(attack: string, forged: NonNullable<SvidForgery['signature']>, keys = svidKeys.leaf): Row {
  return row(
    attack,
    'binding',
    { certificates: keys === svidKeys.leaf ? {} : { leaf: { keys } }, signature: forged },
    'signature',
  );
}

const { leaf: p256, p384, rsa, other } = svidKeys;

const ofSignature: readonly Row[] = [
  signature('another key signed the binding', (binding) => signed(other.privateKey, binding)),
  signature('its key signed another binding', () => signed(p256.privateKey, Buffer.from('x'.repeat(43)))),
  signature('the signature is empty', () => Buffer.alloc(0)),
  signature('the signature is all zero', () => Buffer.alloc(64)),
  signature('the signature is in DER', (binding) => sign('sha256', binding, p256.privateKey)),
  signature('a P-256 key signed a SHA-384', (binding) =>
    sign('sha384', binding, { key: p256.privateKey, dsaEncoding: 'ieee-p1363' }),
  ),
  signature(
    'a P-384 key signed a SHA-256',
    (binding) => sign('sha256', binding, { key: p384.privateKey, dsaEncoding: 'ieee-p1363' }),
    p384,
  ),
  signature('an RSA key signed with PKCS #1 v1.5', (binding) => sign('sha256', binding, rsa.privateKey), rsa),
  signature(
    'an RSA key signed with no salt',
    (binding) =>
      sign('sha256', binding, {
        key: rsa.privateKey,
        padding: constants.RSA_PKCS1_PSS_PADDING,
        saltLength: 0,
      }),
    rsa,
  ),
  signature(
    'an RSA key signed a SHA-384',
    (binding) =>
      sign('sha384', binding, {
        key: rsa.privateKey,
        padding: constants.RSA_PKCS1_PSS_PADDING,
        saltLength: 32,
      }),
    rsa,
  ),
  signature('a byte follows the signature', (binding) =>
    Buffer.concat([signed(p256.privateKey, binding), Buffer.from([0])]),
  ),
];

/** Every forgery of an SVID and its signature. */
export const svidForgeries: readonly Row[] = [...ofLeaf, ...ofChain, ...ofSignature];
