/** PostgreSQL's codes (manual, appendix A) that an operator can do something about, in words. */
const words: Readonly<Record<string, string>> = {
  '28000': 'signing in was refused',
  '28P01': 'signing in was refused',
  '2BP01': 'somebody else gave something to the role of a lease, or it owns something in another database',
  '3D000': 'there is no such database',
  '3F000': 'there is no such schema',
  '42501': 'the broker may not do what has to be done',
  '42703': 'there is no such column',
  '42P01': 'there is no such table',
  '53200': 'the server is out of memory for locks',
  '53300': 'there are too many connections',
  '55P03': 'a lock was not had in time',
  '57014': 'a statement took too long',
  '57P01': 'the server ended the connection',
  '57P03': 'the server is starting or stopping',
};

/** PostgreSQL's code of what went wrong; none where it did not say so itself. */
export function codeOf(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
}

/** What went wrong with a database, for a log: in our words only, as the server's quote what it was sent. */
export class DatabaseFault extends Error {
  constructor(database: string, what: string) {
    super(`the database ${database}: ${what}`);
    this.name = 'DatabaseFault';
  }
}

/** What was thrown, without the server's words; a fault that says so itself stays. */
export function faultOf(database: string, error: unknown): DatabaseFault {
  if (error instanceof DatabaseFault) return error;
  const code = codeOf(error);
  if (code === undefined) return new DatabaseFault(database, 'it did not answer as a database does');
  return new DatabaseFault(database, words[code] ?? 'it refused a statement');
}
