/** Temporary credentials of AWS. */
export type AwsKeys = {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
};

/** A GET of `https://<host>/` that somebody else shall send. */
export type PresignedGet = {
  readonly host: string;
  readonly region: string;
  readonly service: string;
  readonly query: Readonly<Record<string, string>>;
  /** Headers beside `host` that must be sent as they are here; names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** As `X-Amz-Date` has it: `20261124T180000Z`. */
  readonly date: string;
  /** Seconds from then. */
  readonly expires: number;
};

const algorithm = 'AWS4-HMAC-SHA256';
const encoder = new TextEncoder();

/** The signature of a presigned GET in lower-case hex: SigV4 in its query form (IAM user guide, "Create a signed AWS API request"). */
export async function presign(get: PresignedGet, keys: AwsKeys): Promise<string> {
  const day = get.date.slice(0, 8);
  const scope = `${day}/${get.region}/${get.service}/aws4_request`;
  const request = await sha256(await canonicalRequest(get, keys, scope));
  let key: Uint8Array<ArrayBuffer> = encoder.encode(`AWS4${keys.secretAccessKey}`);
  for (const part of scope.split('/')) key = await hmac(key, part);
  return hex(await hmac(key, [algorithm, get.date, scope, request].join('\n')));
}

async function sha256(text: string): Promise<string> {
  return hex(new Uint8Array(await crypto.subtle.digest('SHA-256', encoder.encode(text))));
}

/** What is signed; the body of a GET is empty, and its hash the last line. */
async function canonicalRequest(get: PresignedGet, keys: AwsKeys, scope: string): Promise<string> {
  const headers = Object.entries({ ...get.headers, host: get.host }).sort(byName);
  const names = headers.map(([name]) => name).join(';');
  const query = Object.entries({
    ...get.query,
    'X-Amz-Algorithm': algorithm,
    'X-Amz-Credential': `${keys.accessKeyId}/${scope}`,
    'X-Amz-Date': get.date,
    'X-Amz-Expires': String(get.expires),
    'X-Amz-Security-Token': keys.sessionToken,
    'X-Amz-SignedHeaders': names,
  });
  const encoded = query.map(([name, value]): [string, string] => [encode(name), encode(value)]).sort(byName);
  return [
    'GET',
    '/',
    encoded.map((pair) => pair.join('=')).join('&'),
    ...headers.map(([name, value]) => `${name}:${value.trim()}`),
    '',
    names,
    await sha256(''),
  ].join('\n');
}

/** By code units, as SigV4 sorts: a locale would put `x-amz` elsewhere. */
function byName([one]: [string, string], [other]: [string, string]): number {
  return one < other ? -1 : 1;
}

/** RFC 3986: all but unreserved characters, five more than `encodeURIComponent` encodes. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

async function hmac(secret: Uint8Array<ArrayBuffer>, text: string): Promise<Uint8Array<ArrayBuffer>> {
  const key = await crypto.subtle.importKey('raw', secret, { name: 'HMAC', hash: 'SHA-256' }, false, [
    'sign',
  ]);
  return new Uint8Array(await crypto.subtle.sign('HMAC', key, encoder.encode(text)));
}

function hex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
