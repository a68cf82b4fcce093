import { createHash } from 'node:crypto';
import { delegationType } from '../lambda/evidence/delegation-tokens.ts';
import { apart, encoded, signedText, written } from './jwt-signing.ts';
import { header, type JwtForgery, sent, shown } from './jwt-world.ts';

/** Kinds of tokens that are for something else, this broker's own above all. */
export const ofType: readonly JwtForgery[] = [
  'dpop+jwt',
  'attestation-result+jwt',
  delegationType,
  'at+jwt',
  'logout+jwt',
  'secevent+jwt',
  'application/jwt',
  'jwt',
  'JWT ',
  '',
  1,
  null,
  ['JWT'],
].map((typ) => header(`its typ is ${shown(typ)}`, { typ }));

/** What is under the signature, and what the signature is. */
export const ofSignature: readonly JwtForgery[] = [
  sent('its claims were changed after signing', 'signature', (token, { sound }) => {
    const { header: first, signature } = apart(token);
    return `${first}.${encoded({ ...sound.claims, jti: 'another' })}.${signature}`;
  }),
  sent('a space was put into its payload after signing', 'signature', (token, { sound }) => {
    const { header: first, signature } = apart(token);
    return `${first}.${encoded(` ${JSON.stringify(sound.claims)}`)}.${signature}`;
  }),
  sent('typ was taken out of its header after signing', 'signature', (token, { sound }) => {
    const { payload, signature } = apart(token);
    return `${encoded({ alg: sound.key.alg, kid: sound.key.kid })}.${payload}.${signature}`;
  }),
  sent('its signature is all zero, which some verifiers took for any text', 'signature', (token) => {
    const { header: first, payload, signature } = apart(token);
    const zeros = Buffer.alloc(Buffer.from(signature, 'base64url').length).toString('base64url');
    return `${first}.${payload}.${zeros}`;
  }),
  sent('its signature is cut short', 'signature', (token) => token.slice(0, -10)),
  sent('bytes follow its signature', 'signature', (token) => `${token}AAAA`),
  sent('its signature is one character', 'signature', (token) => token.replace(/[^.]*$/, 'x')),
  sent('its signature is that of the payload alone', 'signature', (token, { sound }) => {
    const { header: first, payload } = apart(token);
    const alone = signedText('', JSON.stringify(sound.claims), sound.key);
    return `${first}.${payload}.${apart(alone).signature}`;
  }),
  sent('its signature is a hash', 'signature', (token) => {
    const hash = createHash('sha512').update(token).digest('base64url');
    return token.replace(/[^.]*$/, hash);
  }),
  sent('its signature is that of another token of its issuer', 'signature', (token, { sound }) => {
    const other = written({ ...sound, claims: { ...sound.claims, jti: 'another' } });
    return token.replace(/[^.]*$/, apart(other).signature);
  }),
];
