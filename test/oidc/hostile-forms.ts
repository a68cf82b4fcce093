import { compact } from '../../local/people/signing.ts';
import { apart, changed, encoded, type HostileToken, signedText } from './hostile-crafts.ts';

const threeParts = 'three parts in base64url';
const noObject = 'not a JSON object, or names a member twice';
const headerHolds = 'its header may hold alg, kid and typ alone';

/** Texts that are no signed token of one meaning. */
export const hostileForms: readonly HostileToken[] = [
  { name: 'nothing', write: () => '', says: threeParts },
  { name: 'words', write: () => 'let me in', says: threeParts },
  {
    name: 'no signature part',
    write: ({ issuer }) => issuer.token().replace(/\.[^.]*$/, ''),
    says: threeParts,
  },
  {
    name: 'an empty signature',
    write: ({ issuer }) => issuer.token().replace(/[^.]*$/, ''),
    says: threeParts,
  },
  { name: 'a fourth part', write: ({ issuer }) => `${issuer.token()}.e30`, says: threeParts },
  { name: 'five parts, as an encrypted token has', write: () => 'e30.e30.e30.e30.e30', says: threeParts },
  { name: 'a line break behind', write: ({ issuer }) => `${issuer.token()}\n`, says: threeParts },
  { name: 'a scheme before', write: ({ issuer }) => `Bearer ${issuer.token()}`, says: threeParts },
  { name: 'padding', write: ({ issuer }) => issuer.token().replace('.', '=.'), says: threeParts },
  { name: 'JSON instead of base64url', write: () => '{"alg":"ES256"}.{}.x', says: threeParts },
  {
    name: 'one character too many',
    write: changed(() => ({ claims: { filler: 'x'.repeat(8_192) } })),
    says: 'longer than 8192',
  },
  { name: 'a megabyte', write: () => 'x'.repeat(1_000_000), says: 'longer than 8192' },
  { name: 'a header that is a list', write: () => `${encoded('[]')}.${encoded({})}.x`, says: noObject },
  { name: 'a header that is null', write: () => `${encoded('null')}.${encoded({})}.x`, says: noObject },
  { name: 'a header cut short', write: () => `${encoded('{"alg":')}.${encoded({})}.x`, says: noObject },
  {
    name: 'a payload that is a list',
    write: (world) => signedText(world, (header, payload) => [header, `[${payload}]`]),
    says: noObject,
  },
  {
    name: 'a token inside the token',
    write: (world) => signedText(world, (header) => [header, JSON.stringify(world.issuer.token())]),
    says: noObject,
  },
  {
    name: 'a token inside the token, as the header says',
    write: changed(() => ({ header: { cty: 'JWT' } })),
    says: headerHolds,
  },
  {
    name: 'bytes that are not UTF-8',
    write: ({ issuer }) => {
      const payload = Buffer.from(apart(issuer.token()).payloadText.replace('alice', 'alic\xe9'), 'latin1');
      return compact(JSON.stringify({ alg: 'ES256' }), payload, 'ES256', issuer.keyFor('ES256').privateKey);
    },
    says: noObject,
  },
  {
    name: 'two algorithms',
    write: (world) =>
      signedText(world, (header, payload) => [header.replace('{', '{"alg":"none",'), payload]),
    says: noObject,
  },
  {
    name: 'two subjects',
    write: (world) =>
      signedText(world, (header, payload) => [header, payload.replace('{', '{"sub":"root",')]),
    says: noObject,
  },
  {
    name: 'two subjects, one written with an escape',
    write: (world) =>
      signedText(world, (header, payload) => [header, payload.replace('{', '{"s\\u0075b" : "root",')]),
    says: noObject,
  },
  {
    name: 'a member twice deep inside',
    write: (world) =>
      signedText(world, (header, payload) => [header, payload.replace('{', '{"x":[{"a":1,"a":2}],')]),
    says: noObject,
  },
  {
    name: 'a number beyond all numbers as the end',
    write: (world) =>
      signedText(world, (header, payload) => [header, payload.replace(/"exp":\d+/, '"exp":1e400')]),
    says: 'exp and iat must be whole seconds',
  },
  {
    name: 'lists in lists without end',
    write: ({ issuer }) =>
      `${encoded({ alg: 'ES256' })}.${encoded(`{"iss":"${issuer.url}","x":${'['.repeat(2_500)}${']'.repeat(2_500)}}`)}.x`,
    says: 'aud must be',
  },
];
