import { z } from 'zod';

/** Text without spaces, as issuers write names and audiences. */
export const word = z.string().regex(/^[!-~]{1,200}$/, 'at most 200 printable ASCII characters, no spaces');

/** Compared with `iss` character by character, so it is kept as it was written. */
export const issuer = word.refine(
  (text) => reachable(text) && !/[?#]/.test(text),
  'an issuer is an https address without query and fragment; http only on 127.0.0.1 or localhost',
);

/** Where keys come from: configuration alone says so, never a token. */
export const keysAddress = word.refine(
  (text) => reachable(text) && !text.includes('#'),
  'keys come from an https address; http only on 127.0.0.1 or localhost',
);

/** Whether the address may be one that only this network reaches. */
export const privateNetwork = z
  .boolean()
  .default(false)
  .describe('Whether its keys may come from a private address; never from one of the instance itself');

/** Signatures that an issuer may use: asymmetric ones alone, since a shared secret would let us sign for it. */
export const algorithms = z
  .array(z.enum(['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512']))
  .min(1)
  .max(9)
  .default(['RS256', 'PS256', 'ES256'])
  .describe('Signatures that it uses');

/** An audience that tokens have for this broker where their issuer lets nobody choose one. */
export const plainAudience = word
  .optional()
  .describe(
    'Weaker: the audience of tokens that cannot carry the nonce; the first key that uses one keeps it',
  );

/** Encrypted, or not leaving this machine; with no password in it, as the file is no place for secrets. */
function reachable(text: string): boolean {
  if (!/^https?:\/\//.test(text) || text.includes('\\') || !URL.canParse(text)) return false;
  const { protocol, hostname, username, password } = new URL(text);
  if (username || password) return false;
  return protocol === 'https:' || hostname === '127.0.0.1' || hostname === 'localhost';
}
