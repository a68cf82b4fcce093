/** Shortest secret that is sent: a shorter one would be found in what has nothing to do with it. */
export const shortestSecret = 8;

/**
 * Whether a text shows a secret: as it is, in base64 wherever it begins, in hexadecimal, in any case, and each of these
 * percent-encoded, escaped as in JSON or HTML, or with anything between that is no letter or digit. Whoever holds the secret
 * and wants to give it away always can: this is for services that show their requests in errors, to themselves or in debugging.
 */
export function showsSecret(text: string, secret: string): boolean {
  const needles = [...new Set(formsOf(secret).map(lettersOf))].filter(
    (each) => each.length >= shortestSecret,
  );
  const plain = secret.toLowerCase();
  return readingsOf(text).some((reading) => {
    const letters = lettersOf(reading);
    return reading.toLowerCase().includes(plain) || needles.some((needle) => letters.includes(needle));
  });
}

/** All that is left of both alphabets of base64, of line breaks and separators. */
function lettersOf(text: string): string {
  return text.toLowerCase().replace(/[^a-z0-9]/g, '');
}

function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const encoded = [bytes.toString('hex'), ...[0, 1, 2].map((offset) => inBase64(bytes, offset))];
  // What is sent as Basic is a user and a password (RFC 7617).
  const inside = Buffer.from(secret, 'base64').toString('latin1');
  return /^[ -~]*:[ -~]*$/.test(inside) ? [secret, inside, ...encoded] : [secret, ...encoded];
}

/** The characters of base64 that are the same whatever stands before and after. */
function inBase64(bytes: Buffer, offset: number): string {
  const encoded = Buffer.concat([Buffer.alloc(offset), bytes])
    .toString('base64')
    .replace(/=+$/, '');
  const whole = Math.floor(((offset + bytes.length) * 8) / 6);
  return encoded.slice(Math.ceil((offset * 8) / 6), whole);
}

/** The text as it is, and as those read it who decode it; once more, as it may be encoded in what is encoded. */
function readingsOf(text: string): string[] {
  const decoded = unescaped(text);
  return [text, decoded, unescaped(decoded)];
}

const escapes =
  /%([0-9a-f]{2})|\\u([0-9a-f]{4})|\\u\{([0-9a-f]{1,6})\}|\\x([0-9a-f]{2})|&#x([0-9a-f]{1,6});?|&#(\d{1,7});?/gi;

function unescaped(text: string): string {
  return text.replace(escapes, (whole, ...groups: (string | undefined)[]) => {
    const hexadecimal = groups.slice(0, 5).find((each) => each !== undefined);
    const code = hexadecimal === undefined ? Number(groups[5]) : Number.parseInt(hexadecimal, 16);
    return code <= 0x10_ff_ff ? String.fromCodePoint(code) : whole;
  });
}
