import { createHash, createHmac, pbkdf2, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';

const derive = promisify(pbkdf2);
/** What PostgreSQL itself takes (`scram_iterations`), and RFC 7677 section 4 as the least. */
const iterations = 4_096;
const saltBytes = 16;

/** A password of 256 bits, in characters that need no preparation (RFC 4013) and no escaping in an address. */
export function randomPassword(): string {
  return randomBytes(32).toString('base64url');
}

/**
 * The SCRAM-SHA-256 verifier of a password (RFC 5803 section 3), as PostgreSQL stores it: nobody signs in with it. Throws
 * a RangeError for a password that is short, or that would have to be prepared.
 */
export async function scramVerifier(
  password: string,
  salt: Buffer = randomBytes(saltBytes),
): Promise<string> {
  if (!/^[A-Za-z0-9_-]{32,128}$/.test(password)) throw new RangeError('no password of a lease');
  const salted = await derive(password, salt, iterations, 32, 'sha256');
  const storedKey = createHash('sha256').update(keyed(salted, 'Client Key')).digest('base64');
  const serverKey = keyed(salted, 'Server Key').toString('base64');
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${storedKey}:${serverKey}`;
}

function keyed(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
