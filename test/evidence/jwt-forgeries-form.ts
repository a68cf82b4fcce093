import { apart, encoded } from './jwt-signing.ts';
import { claims, type JwtForgery, sent, texts } from './jwt-world.ts';

/** A text that is no token, whatever it was made from. */
function none(attack: string, text: string): JwtForgery {
  return sent(attack, 'malformed', () => text);
}

const ofCompactForm: readonly JwtForgery[] = [
  none('it is nothing', ''),
  none('it is words', 'let me in'),
  none('it is JSON', '{"alg":"ES256"}.{"sub":"x"}.x'),
  none('it is a megabyte', 'x'.repeat(1_000_000)),
  claims('it is longer than 8,192 characters', 'malformed', { filler: 'x'.repeat(6_144) }),
  sent('it has two parts', 'malformed', (token) => token.replace(/\.[^.]*$/, '')),
  sent('it has no signature', 'malformed', (token) => token.replace(/[^.]*$/, '')),
  sent('it has no payload', 'malformed', (token) => token.replace(/\.[^.]*\./, '..')),
  sent('it has no header', 'malformed', (token) => token.replace(/^[^.]*/, '')),
  sent('it has a fourth part', 'malformed', (token) => `${token}.e30`),
  sent('it is encrypted: five parts', 'malformed', (token) => `${token}.e30.e30`),
  sent('a line break follows', 'malformed', (token) => `${token}\n`),
  sent('a space precedes', 'malformed', (token) => ` ${token}`),
  sent('a line break stands inside', 'malformed', (token) => token.replace('.', '\n.')),
  sent('a scheme precedes', 'malformed', (token) => `Bearer ${token}`),
  sent('its header is padded', 'malformed', (token) => token.replace('.', '=.')),
  sent('its payload is padded', 'malformed', (token) => token.replace(/\.(?=[^.]*$)/, '=.')),
  sent('its signature is padded', 'malformed', (token) => `${token}==`),
  sent('its signature is in base64 with + and /', 'malformed', (token) => `${token}+/`),
  sent('a NUL stands inside', 'malformed', (token) => `${token}\0`),
];

const ofJson: readonly JwtForgery[] = [
  texts('its header is a list', (header, payload) => [`[${header}]`, payload]),
  texts('its header is null', (_, payload) => ['null', payload]),
  texts('its header is cut short', (header, payload) => [header.slice(0, -1), payload]),
  texts('its header is two objects', (header, payload) => [header + header, payload]),
  texts('its payload is a list', (header, payload) => [header, `[${payload}]`]),
  texts('its payload is a text', (header, payload) => [header, JSON.stringify(payload)]),
  texts('its payload is a number', (header) => [header, '1']),
  texts('its payload has a comment', (header, payload) => [header, payload.replace('{', '{/**/')]),
  texts('its payload has single quotes', (header, payload) => [header, payload.replaceAll('"', "'")]),
  texts('its payload is another token', (header, payload) => [
    header,
    `${encoded(header)}.${encoded(payload)}.x`,
  ]),
  texts('its payload is not UTF-8', (header, payload) => [
    header,
    Buffer.from(payload.replace('"aud"', '"x":"\xe9","aud"'), 'latin1'),
  ]),
  texts('its header is not UTF-8', (header, payload) => [
    Buffer.from(header.replace('{', '{"\xe9":1,'), 'latin1'),
    payload,
  ]),
  texts('a surrogate is encoded as UTF-8', (header, payload) => [
    header,
    Buffer.from(payload.replace('"aud"', '"x":"\xed\xa0\x80","aud"'), 'latin1'),
  ]),
];

const ofNames: readonly JwtForgery[] = [
  texts('its header has two algorithms', (header, payload) => [
    header.replace('{', '{"alg":"none",'),
    payload,
  ]),
  texts('its header has two kids', (header, payload) => [header.replace('{', '{"kid":"x",'), payload]),
  ...['aud', 'exp', 'sub'].map((name) =>
    texts(`its payload has ${name} twice`, (header, payload) => [
      header,
      payload.replace('{', `{"${name}":1,`),
    ]),
  ),
  texts('its payload has sub twice, alike', (header, payload) => [
    header,
    payload.replace(/"sub":"[^"]*"/, (sub) => `${sub},${sub}`),
  ]),
  texts('its payload has sub twice, once with an escape', (header, payload) => [
    header,
    payload.replace('{', '{"s\\u0075b" : "root",'),
  ]),
  texts('its payload has a member twice deep inside', (header, payload) => [
    header,
    payload.replace('{', '{"x":[{"a":{"b":1,"b":2}}],'),
  ]),
  texts('its payload has __proto__ twice', (header, payload) => [
    header,
    payload.replace('{', '{"__proto__":{},"__proto__":{},'),
  ]),
];

/** Texts that are no signed token of one meaning; nobody asks what they say. */
export const ofForm: readonly JwtForgery[] = [...ofCompactForm, ...ofJson, ...ofNames];

/** Lists in lists as deep as they fit: whoever walks them by recursion falls. Nobody signed it. */
export const deep: JwtForgery = {
  attack: 'it nests 2,500 lists',
  fault: 'signature',
  write: ({ sound }) => {
    const payload = JSON.stringify(sound.claims).replace(
      '{',
      `{"x":${'['.repeat(2_000)}${']'.repeat(2_000)},`,
    );
    const { header } = apart(`${encoded(sound.header)}.`);
    return `${header}.${encoded(payload)}.x`;
  },
};
