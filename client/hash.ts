import { base64url } from 'jose';

/** SHA-256 of UTF-8 text as unpadded base64url (RFC 7515 section 2). */
export async function sha256Base64Url(text: string): Promise<string> {
  return base64url.encode(
    new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))),
  );
}
