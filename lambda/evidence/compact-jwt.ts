/** Members of a JSON object whose values nobody has looked at. */
export type Members = Readonly<Record<string, unknown>>;

/** A JWT taken apart; nothing in it is verified. */
export type UnverifiedJwt = { readonly header: Members; readonly claims: Members };

/**
 * Takes a signed JWT in compact form apart (RFC 7515 section 7.1), or answers in words why it is none. A member named
 * twice is refused (RFC 7519 section 4), as two readers could each believe another one.
 */
export function takeApart(token: string): UnverifiedJwt | string {
  const [, first, second] = /^([\w-]+)\.([\w-]+)\.[\w-]+$/.exec(token) ?? [];
  if (first === undefined || second === undefined) return 'it is not three parts in base64url';
  const header = jsonObject(Buffer.from(first, 'base64url'));
  if (!header) return 'its header is not a JSON object, or names a member twice';
  const claims = jsonObject(Buffer.from(second, 'base64url'));
  if (!claims) return 'its payload is not a JSON object, or names a member twice';
  return { header, claims };
}

/** A member of the object itself, never one that every object inherits. */
export function member(members: Members, name: string): unknown {
  return Object.hasOwn(members, name) ? members[name] : undefined;
}

/** Made once: making one costs more than decoding a token. */
const utf8 = new TextDecoder('utf-8', { fatal: true });

/** The JSON object that these bytes are in UTF-8, or undefined; also when a member is named twice, at any depth. */
export function jsonObject(bytes: Uint8Array): Members | undefined {
  try {
    const text = utf8.decode(bytes);
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject && namesNoneTwice(text, value) ? (value as Members) : undefined;
  } catch {
    return undefined;
  }
}

/** What is written again letter by letter has lost nothing, which is true of nearly every token and quickly seen. */
function namesNoneTwice(json: string, value: unknown): boolean {
  return JSON.stringify(value) === json || namesIn(json) === membersWithin(value);
}

/** Names in a text that is known to be JSON: there, every string before a colon is the name of a member. */
function namesIn(json: string): number {
  const text = /"[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?/g;
  let names = 0;
  for (let found = text.exec(json); found; found = text.exec(json)) if (found[1] !== undefined) names++;
  return names;
}

/** Members that parsing kept, at any depth; a list of work instead of recursion, as a token may nest thousands. */
function membersWithin(value: unknown): number {
  const left = [value];
  let count = 0;
  for (let each = left.pop(); each !== undefined; each = left.pop()) {
    if (typeof each !== 'object' || each === null) continue;
    if (!Array.isArray(each)) count += Object.keys(each).length;
    left.push(...Object.values(each));
  }
  return count;
}
