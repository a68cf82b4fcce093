import type { EvidenceFaultCode } from '../../core/evidence.ts';
import {
  authority,
  type CertificateExtension,
  type CertificateParts,
  ecKeys,
  keyUsage,
  nameConstraints,
  noAuthority,
  purposes,
  unheardOf,
} from './certificates.ts';
import { type Forgery, madeAt } from './nitro-document.ts';
import { type NitroForgery, row } from './nitro-forgery.ts';

const otherKeys = ecKeys('secp384r1');
const smallKeys = ecKeys('prime256v1');

const bundle = (
  attack: string,
  fault: EvidenceFaultCode,
  where: string,
  change: NonNullable<Forgery['bundle']>,
) => row(attack, fault, where, { bundle: change });

/** Forgeries of the chain as a whole. */
export const ofChain: readonly NitroForgery[] = [
  bundle('its root is left out', 'root', 'document.cabundle', (chain) => chain.slice(1)),
  bundle('its chain is the other way round', 'root', 'document.cabundle', (chain) => chain.toReversed()),
  bundle('a certificate of its chain is left out', 'chain', 'document.certificate', ([root, , instance]) => [
    root ?? '',
    instance ?? '',
  ]),
  bundle('a certificate of its chain is empty', 'malformed', 'document.cabundle', (chain) => [
    ...chain,
    Buffer.alloc(0),
  ]),
  bundle(
    'a certificate of its chain is longer than 1024 bytes',
    'malformed',
    'document.cabundle',
    (chain) => [...chain, Buffer.alloc(1_025)],
  ),
  bundle('something in its chain is no certificate', 'malformed', 'document.cabundle', (chain) => [
    ...chain,
    Buffer.from('certificate'),
  ]),
  bundle('a byte follows a certificate of its chain', 'malformed', 'document.cabundle', (chain) =>
    chain.map((each, i) => (i === 2 ? Buffer.concat([each, Buffer.from([0])]) : each)),
  ),
  row('its root is somebody’s own, of the same name', 'root', 'document.cabundle', {
    certificates: { root: { keys: otherKeys, issuerKeys: otherKeys }, regional: { issuerKeys: otherKeys } },
  }),
  row('somebody’s own authority signed the last certificate', 'chain', 'document.certificate', {
    certificates: { enclave: { issuerKeys: otherKeys } },
  }),
  row('somebody’s own key signed one of the authorities', 'chain', 'document.certificate', {
    certificates: { regional: { issuerKeys: otherKeys } },
  }),
  row('the last certificate names another issuer', 'chain', 'document.certificate', {
    certificates: { enclave: { issuer: 'i-9999.us-east-1.aws.nitro-enclaves' } },
  }),
];

function extensions(
  name: 'regional' | 'instance' | 'enclave',
  ...list: readonly CertificateExtension[]
): Forgery {
  return { certificates: { [name]: { extensions: list } } };
}

function leaf(attack: string, ...list: readonly CertificateExtension[]): NitroForgery {
  return row(attack, 'leaf', 'document.certificate', extensions('enclave', ...list));
}

function chain(attack: string, forgery: Forgery): NitroForgery {
  return row(attack, 'chain', 'document.certificate', forgery);
}

function unreadable(attack: string, parts: Partial<CertificateParts>): NitroForgery {
  return row(attack, 'malformed', 'document.certificate', { certificates: { enclave: parts } });
}

const ca = keyUsage('digitalSignature', 'keyCertSign', 'cRLSign');
const sign = keyUsage('digitalSignature');

/** Forgeries of one certificate of the chain. */
export const ofCertificates: readonly NitroForgery[] = [
  chain('an authority of its chain is none', extensions('instance', noAuthority, keyUsage('keyCertSign'))),
  chain(
    'an authority of its chain says nothing of being one',
    extensions('instance', keyUsage('keyCertSign')),
  ),
  chain('an authority of its chain may not sign certificates', extensions('instance', authority(0), sign)),
  chain('an authority of its chain has no key usage', extensions('instance', authority(0))),
  chain('an authority has more authorities below it than it may', extensions('regional', authority(0), ca)),
  chain(
    'a critical extension of an authority is unheard of',
    extensions('instance', authority(0), ca, unheardOf),
  ),
  chain(
    'a critical extension of the last one is unheard of',
    extensions('enclave', noAuthority, sign, unheardOf),
  ),
  chain('an authority constrains names', extensions('instance', authority(0), ca, nameConstraints)),
  chain(
    'the last certificate is for servers alone',
    extensions('enclave', noAuthority, sign, purposes('1.3.6.1.5.5.7.3.1')),
  ),
  chain('the key of an authority is on another curve', {
    certificates: { instance: { keys: smallKeys }, enclave: { issuerKeys: smallKeys } },
  }),
  chain('the last key is on another curve', { certificates: { enclave: { keys: smallKeys } } }),
  chain('the last certificate is signed with SHA-1', { certificates: { enclave: { hash: 'sha1' } } }),
  leaf('the last certificate is an authority', authority(), ca),
  leaf('the last certificate has the key usage of an authority', noAuthority, ca),
  leaf(
    'the last certificate may sign revocation lists',
    noAuthority,
    keyUsage('digitalSignature', 'cRLSign'),
  ),
  leaf('the last certificate may not sign', noAuthority, keyUsage('keyEncipherment')),
  leaf('the last certificate has no key usage', noAuthority),
  leaf(
    'the last certificate limits the path below it',
    { ...noAuthority, value: Buffer.from('3003020100', 'hex') },
    sign,
  ),
  unreadable('a sound certificate is longer than 1024 bytes', {
    extensions: [noAuthority, sign, { id: '1.3.6.1.4.1.99999.2', value: Buffer.alloc(700) }],
  }),
  unreadable('a certificate has an extension twice', { extensions: [noAuthority, sign, sign] }),
  unreadable('a certificate is of version 2', { version: 1, extensions: [noAuthority, sign] }),
  unreadable('a certificate names another algorithm outside than inside', {
    outerAlgorithm: '1.2.840.10045.4.3.2',
  }),
  unreadable('a certificate’s key usage is no bit string', {
    extensions: [noAuthority, { id: '2.5.29.15', value: Buffer.from('0500', 'hex') }],
  }),
  ...(['regional', 'instance', 'enclave'] as const).flatMap((name) => [
    row(`the ${name} certificate has ended`, 'expired', 'document.certificate', {
      certificates: { [name]: { notAfter: madeAt - 1 } },
    }),
    row(`the ${name} certificate has not begun`, 'not_yet_valid', 'document.certificate', {
      certificates: { [name]: { notBefore: madeAt + 1 } },
    }),
  ]),
];
