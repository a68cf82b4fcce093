import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import { authFault } from '../fault.ts';
import { type Authorization, authorizationOf } from './authorization.ts';
import { header, type WireRequest } from './message.ts';

/** A key pair as the verifier needs it. */
export type SigningKey = {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string | undefined;
};

/** What a verified signature says: whose it is and for which service it was made. */
export type Signed<Key> = { readonly key: Key; readonly service: string };

/** Seconds by which a signature's date may differ from the time (AWS general reference, SigV4). */
const freshness = 300;

/** Seconds after its date that STS takes a presigned request, whatever `X-Amz-Expires` says. */
const presignedLife = 900;

/** Where a presigned request carries its signature: all other parameters are under it. */
const signatureParameter = 'X-Amz-Signature';

/** Payload hash that only S3 takes, for bodies that are not signed. */
const unsignedPayload = 'UNSIGNED-PAYLOAD';

/**
 * Verifies AWS Signature Version 4 by signing the same bytes again and comparing in constant time. Throws an
 * auth fault for anything unsigned, incomplete, stale, altered, or signed for none of these regions or by no known key.
 * Of presigned requests only those to STS are emulated.
 */
export async function verifySigV4<Key extends SigningKey>(
  request: WireRequest,
  keys: { find(accessKeyId: string): Key | undefined },
  regions: readonly string[],
  time: Date,
): Promise<Signed<Key>> {
  const given = authorizationOf(request);
  if (given.expires !== undefined && given.service !== 'sts')
    throw authFault('incomplete_signature', 'Presigned requests are emulated for STS alone.');
  const date = signingDate(given, time);
  checkSignedHeaders(request, given.signedHeaders);
  if (!regions.includes(given.region))
    throw authFault(
      'wrong_signature',
      `Credential should be scoped to a valid region, not '${given.region}'.`,
    );
  const key = keys.find(given.accessKeyId);
  if (!key) throw authFault('unknown_key');
  if (given.sessionToken !== key.sessionToken) throw authFault('unknown_key');
  checkPayload(request, given.service);
  const expected = await signatureOf(request, given, key, date);
  if (!sameText(expected, given.signature)) throw authFault('wrong_signature');
  return { key, service: given.service };
}

function signingDate({ day, date: text, expires }: Authorization, time: Date): Date {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text ?? '');
  if (!text || !parts || !text.startsWith(day)) throw authFault('incomplete_signature');
  const [, year, month, date, hour, minute, second] = parts;
  const when = new Date(`${year}-${month}-${date}T${hour}:${minute}:${second}Z`);
  const age = (time.getTime() - when.getTime()) / 1000;
  const oldest = expires === undefined ? freshness : presignedLife;
  if (!(age <= oldest && age >= -freshness)) throw authFault('stale_signature');
  return when;
}

/** Host and every x-amz-* header must be under the signature, or they could be changed on the way. */
function checkSignedHeaders(request: WireRequest, signedHeaders: readonly string[]): void {
  const must = ['host', ...[...request.headers.keys()].filter((name) => name.startsWith('x-amz-'))];
  const unsigned = must.find((name) => !signedHeaders.includes(name));
  if (unsigned) throw authFault('wrong_signature', `The header ${unsigned} is not signed.`);
  const absent = signedHeaders.find((name) => header(request, name) === undefined);
  if (absent) throw authFault('wrong_signature', `The signed header ${absent} is absent or came twice.`);
}

function checkPayload(request: WireRequest, service: string): void {
  const claimed = header(request, 'x-amz-content-sha256');
  if (claimed === undefined || (claimed === unsignedPayload && service === 's3')) return;
  if (!sameText(claimed, createHash('sha256').update(request.body).digest('hex')))
    throw authFault('wrong_signature', 'The payload is not the one that was signed.');
}

async function signatureOf(
  request: WireRequest,
  given: Authorization,
  key: SigningKey,
  date: Date,
): Promise<string> {
  const signer = new SignatureV4({
    service: given.service,
    region: given.region,
    credentials: {
      accessKeyId: key.accessKeyId,
      secretAccessKey: key.secretAccessKey,
      ...(key.sessionToken !== undefined && { sessionToken: key.sessionToken }),
    },
    sha256: Sha256,
    applyChecksum: false,
    uriEscapePath: given.service !== 's3',
  });
  const headers = Object.fromEntries(given.signedHeaders.map((name) => [name, header(request, name) ?? '']));
  const toSign = {
    method: request.method,
    protocol: 'https:',
    hostname: headers['host'] ?? '',
    path: given.service === 's3' ? encodedOnce(request.rawPath) : request.rawPath,
    query: Object.fromEntries([...request.query].map(([name, values]) => [name, [...values]])),
    headers,
    body: request.body,
  };
  const signedHeaders = new Set(given.signedHeaders);
  const options = { signingDate: date, signableHeaders: signedHeaders, unsignableHeaders: new Set<string>() };
  if (given.expires === undefined) {
    const signed = await signer.sign(toSign, options);
    return /Signature=([0-9a-f]{64})/.exec(signed.headers['authorization'] ?? '')?.[1] ?? '';
  }
  const { [signatureParameter]: _, ...query } = toSign.query;
  const presigned = await signer.presign(
    { ...toSign, query },
    { ...options, expiresIn: given.expires, unhoistableHeaders: signedHeaders },
  );
  return String(presigned.query?.[signatureParameter] ?? '');
}

/** S3 signs the key encoded once and strictly (RFC 3986), however much of it was encoded on the wire. */
function encodedOnce(path: string): string {
  const strict = (text: string) =>
    encodeURIComponent(text).replace(
      /[!'()*]/g,
      (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
    );
  return path
    .split('/')
    .map((part) => strict(decodeURIComponent(part)))
    .join('/');
}

function sameText(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

/** Node's SHA-256 in the shape that the signer takes: a hash, or an HMAC when given a secret. */
class Sha256 {
  readonly #hash: ReturnType<typeof createHash> | ReturnType<typeof createHmac>;
  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', bytesOf(secret));
  }
  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(bytesOf(data));
  }
  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }
  reset(): void {
    throw new Error('a digest is used once');
  }
}

function bytesOf(data: string | ArrayBuffer | ArrayBufferView): Buffer {
  if (typeof data === 'string') return Buffer.from(data);
  return ArrayBuffer.isView(data)
    ? Buffer.from(data.buffer, data.byteOffset, data.byteLength)
    : Buffer.from(data);
}
