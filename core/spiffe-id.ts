/** A SPIFFE id taken apart. */
export type SpiffeId = {
  readonly trustDomain: string;
  /** Begins with a slash; empty where the id names the trust domain itself. */
  readonly path: string;
};

/** Bytes of a whole id, and of its trust domain: longer ones need not be supported, so they are none (SPIFFE-ID section 2.3). */
const longest = { id: 2_048, trustDomain: 255 };

/**
 * Takes a SPIFFE id apart, or answers undefined where the text is none (SPIFFE-ID section 2). As strict as the standard
 * lets it be: no upper case in scheme or trust domain, no port or user, no query or fragment, nothing percent-encoded, no
 * empty segment, no `.` or `..`, no slash at the end. One text is one id, so ids are compared as texts.
 */
export function parseSpiffeId(text: string): SpiffeId | undefined {
  if (text.length > longest.id) return undefined;
  const [, trustDomain, path] = /^spiffe:\/\/([a-z0-9._-]+)((?:\/[A-Za-z0-9._-]+)*)$/.exec(text) ?? [];
  if (trustDomain === undefined || path === undefined || trustDomain.length > longest.trustDomain) {
    return undefined;
  }
  const isRelative = path.split('/').some((segment) => segment === '.' || segment === '..');
  return isRelative ? undefined : { trustDomain, path };
}
