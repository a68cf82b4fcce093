/** Bytes of a name, as `NAMEDATALEN` of PostgreSQL leaves them: the server cuts what is longer, and means another name. */
const longestName = 63;

/**
 * A name as SQL, always in quotes (PostgreSQL manual, section 4.1.1). Throws a RangeError, which does not repeat it, for
 * what no name can be.
 */
export function quoteIdentifier(name: string): string {
  refuseUnsendable(name);
  if (name === '' || Buffer.byteLength(name) > longestName)
    throw new RangeError('a name in a database has 1 to 63 bytes');
  return `"${name.replaceAll('"', '""')}"`;
}

/**
 * Text as an SQL literal, as `quote_literal` of the server writes it: right whatever `standard_conforming_strings` says.
 * Throws a RangeError, which does not repeat it, for what no text can be.
 */
export function quoteLiteral(text: string): string {
  refuseUnsendable(text);
  const doubled = text.replaceAll("'", "''");
  return doubled.includes('\\') ? `E'${doubled.replaceAll('\\', '\\\\')}'` : `'${doubled}'`;
}

/** A NUL ends a message of the protocol, and half a surrogate pair is sent as another character. */
function refuseUnsendable(text: string): void {
  if (text.includes('\0') || !text.isWellFormed()) throw new RangeError('text that no database takes');
}
