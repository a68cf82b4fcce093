import { z } from 'zod';

/** Signatures that a provider may use: asymmetric ones alone, since a shared secret would let us sign for it. */
const algorithm = z.enum(['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512']);

const value = z.string().regex(/^[!-~]{1,200}$/, 'at most 200 printable ASCII characters, no spaces');

/** Compared with `iss` character by character, so it is kept as it was written. */
const issuer = value.refine(
  (text) => reachable(text) && !/[?#]/.test(text),
  'an issuer is an https address without query and fragment; http only on 127.0.0.1 or localhost',
);
const jwksUri = value.refine(
  (text) => reachable(text) && !text.includes('#'),
  'keys come from an https address; http only on 127.0.0.1 or localhost',
);

const identityProvider = z.strictObject({
  issuer: issuer.describe('Its address, exactly as its tokens say in `iss`'),
  jwks_uri: jwksUri.describe('Where its keys are; nothing that a token says leads to others'),
  audience: value.describe('Whom its tokens must be for: what it calls this broker'),
  algorithms: z
    .array(algorithm)
    .min(1)
    .max(9)
    .default(['RS256', 'PS256', 'ES256'])
    .describe('Signatures that it uses'),
  mfa: z
    .strictObject({
      amr: z.array(value).max(20).default(['mfa']).describe('Values of `amr`, of which one means MFA'),
      acr: z.array(value).max(20).default([]).describe('Values of `acr` that mean MFA'),
    })
    .prefault({})
    .describe('By which claims its tokens say that more than one factor was proven'),
  groups: value.default('groups').describe('The claim that lists the groups of a person'),
  sign_in: z
    .strictObject({ client_id: value.describe('What it calls the command line of operators') })
    .optional()
    .describe('How people sign in on the command line, where they do'),
});

/** The `identity_providers` document: who may say who a person is. Strict; an empty list trusts nobody. */
export const identityProvidersSchema = z.array(identityProvider).max(10);

/** A compiled provider: plain JSON. Its keys come from `jwks_uri` and from nowhere that a token points to. */
export type IdentityProvider = z.output<typeof identityProvider>;

/** Encrypted, or not leaving this machine; with no password in it, as the file is no place for secrets. */
function reachable(text: string): boolean {
  if (!/^https?:\/\//.test(text) || text.includes('\\') || !URL.canParse(text)) return false;
  const { protocol, hostname, username, password } = new URL(text);
  if (username || password) return false;
  return protocol === 'https:' || hostname === '127.0.0.1' || hostname === 'localhost';
}
