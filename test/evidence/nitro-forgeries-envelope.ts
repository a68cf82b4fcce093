import { CborPairs, Raw } from './cbor.ts';
import { ecKeys } from './certificates.ts';
import { chainKeys, measured } from './nitro-document.ts';
import { type NitroForgery, row } from './nitro-forgery.ts';

const otherKeys = ecKeys('secp384r1');

/** Forgeries of the COSE_Sign1 around a document, and of its signature. */
export const ofEnvelope: readonly NitroForgery[] = [
  row('it is empty', 'malformed', 'document', { whole: () => Buffer.alloc(0) }),
  row('it is one byte short', 'malformed', 'document', { whole: (document) => document.subarray(0, -1) }),
  row('a byte follows', 'malformed', 'document', {
    whole: (document) => Buffer.concat([document, Buffer.from([0])]),
  }),
  row('it is tagged as something else', 'malformed', 'document', {
    whole: (document) => Buffer.concat([Buffer.from([0xd1]), document]),
  }),
  row('it is tagged twice', 'malformed', 'document', {
    whole: (document) => Buffer.concat([Buffer.from([0xd2, 0xd2]), document]),
  }),
  row('it is an array of indefinite length', 'malformed', 'document', {
    whole: (document) => Buffer.concat([Buffer.from([0x9f]), document.subarray(1), Buffer.from([0xff])]),
  }),
  row('it says to hold four thousand million parts', 'malformed', 'document', {
    parts: () => new Raw('9affffffff'),
  }),
  row('it nests arrays by the thousand', 'malformed', 'document', {
    parts: () => new Raw('81'.repeat(5_000)),
  }),
  row('it says to be longer than numbers reach', 'malformed', 'document', {
    parts: () => new Raw('5bffffffffffffffff'),
  }),
  row('it has a fifth part', 'malformed', 'document', { parts: (signed) => [...signed, 0] }),
  row('it has no signature', 'malformed', 'document', {
    parts: ([header, open, payload]) => [header, open, payload],
  }),
  row('it is a map', 'malformed', 'document', { parts: () => new CborPairs([]) }),
  row('its protected header is a map, not bytes', 'malformed', 'document', {
    parts: ([, open, payload, signature]) => [new CborPairs([[1, -35]]), open, payload, signature],
  }),
  row('its payload is text', 'malformed', 'document', {
    parts: ([header, open, , signature]) => [header, open, 'payload', signature],
  }),
  row('its signature is text', 'malformed', 'document', {
    parts: ([header, open, payload]) => [header, open, payload, 'signature'],
  }),
  row('its protected header is no CBOR', 'malformed', 'document.protected', {
    parts: ([, open, payload, signature]) => [Buffer.from('ff', 'hex'), open, payload, signature],
  }),
  row('it is signed by ES256', 'algorithm', 'document.protected', {
    protectedHeader: new CborPairs([[1, -7]]),
  }),
  row('its algorithm is the text ES384', 'algorithm', 'document.protected', {
    protectedHeader: new CborPairs([[1, 'ES384']]),
  }),
  row('it names no algorithm', 'algorithm', 'document.protected', { protectedHeader: new CborPairs([]) }),
  row('its protected header is no map', 'algorithm', 'document.protected', { protectedHeader: [1, -35] }),
  row('its protected header holds more', 'algorithm', 'document.protected', {
    protectedHeader: new CborPairs([
      [1, -35],
      [4, Buffer.from('key')],
    ]),
  }),
  row('its protected header names the algorithm twice', 'malformed', 'document.protected', {
    protectedHeader: new CborPairs([
      [1, -7],
      [1, -35],
    ]),
  }),
  row('it has a header that is not signed', 'header', 'document.unprotected', {
    unprotectedHeader: new CborPairs([[4, Buffer.from('key')]]),
  }),
  row('its open header is no map', 'header', 'document.unprotected', { unprotectedHeader: null }),
  row('its signature is one byte longer', 'malformed', 'document.signature', {
    parts: ([header, open, payload, signature]) => [
      header,
      open,
      payload,
      Buffer.concat([signature, Buffer.alloc(1)]),
    ],
  }),
  row('another key signed it', 'signature', 'document.signature', { signingKey: otherKeys.privateKey }),
  row('its authority’s key signed it', 'signature', 'document.signature', {
    signingKey: chainKeys.instance.privateKey,
  }),
  row('it was signed over SHA-256', 'signature', 'document.signature', { hash: 'sha256' }),
  row('its signature is all zero', 'signature', 'document.signature', {
    parts: ([header, open, payload]) => [header, open, payload, Buffer.alloc(96)],
  }),
  row('its payload was changed after it was signed', 'signature', 'document.signature', {
    parts: ([header, open, payload, signature]) => [
      header,
      open,
      Buffer.from(payload.toString('hex').replace(measured[0] ?? '', '77'.repeat(48)), 'hex'),
      signature,
    ],
  }),
  row('its protected header was written otherwise after it was signed', 'signature', 'document.signature', {
    parts: ([, open, payload, signature]) => [Buffer.from('a101390022', 'hex'), open, payload, signature],
  }),
];
