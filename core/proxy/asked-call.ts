import type { ProxyCapability } from '../policy/schema-capabilities.ts';

/** A call that an agent asks the broker to make. */
export type AskedCall = {
  readonly method: string;
  /** Below the base address, beginning with `/`. */
  readonly path: string;
  /** Names and values, decoded. */
  readonly query: readonly (readonly [name: string, value: string])[];
  /** By lower-case name; what does not go out is left out. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

/** Characters that mean the same to everybody who reads an address (RFC 3986 section 2.3), and some delimiters that nobody takes for one. */
const plainPath = /^(\/[A-Za-z0-9._~:@=,-]+)+$/;
const longestPath = 1_024;
const longestValue = 200;
/** No characters that are not printed, none that change how text is read, and no half of one. */
const unprintable = /[\p{C}\u2028\u2029]/u;

/** What is wrong with the path of a call, or undefined: only what cannot be read in two ways is none. */
export function pathProblem(path: string): string | undefined {
  if (path.length > longestPath) return `a path has at most ${longestPath} characters`;
  if (!plainPath.test(path))
    return 'a path holds letters, digits and . _ ~ : @ = , - in segments that are not empty; nothing is encoded';
  return /\/\.+(\/|$)/.test(path) ? 'a path has no segment of dots' : undefined;
}

/** What is wrong with the query of a call, or undefined; `names` are those that the capability lets calls have. */
export function queryProblem(query: AskedCall['query'], names: readonly string[]): string | undefined {
  for (const [i, [name, value]] of query.entries()) {
    if (!names.includes(name)) return 'the capability lets calls have no query parameter of this name';
    if (query.findIndex(([other]) => other === name) !== i) return 'a query parameter comes once';
    if (value.length > longestValue || unprintable.test(value))
      return `a query parameter has at most ${longestValue} printable characters`;
  }
  return undefined;
}

/** A query as it goes out, and as agents prove it: encoded by us, in the order of names. */
export function encodedQuery(query: AskedCall['query']): string {
  return query
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(
      ([name, value]) =>
        `${encodeURIComponent(name.toWellFormed())}=${encodeURIComponent(value.toWellFormed())}`,
    )
    .join('&');
}

/** Types of bodies that are text. */
const textTypes =
  /^(application\/(json|xml|x-www-form-urlencoded|x-ndjson|[a-z0-9.+-]{1,60}\+(json|xml))|text\/(plain|csv|xml))$/;
const jsonTypes = /^application\/(json|[a-z0-9.+-]{1,60}\+json)$/;

/** The type in a Content-Type header of text in UTF-8, in lower case, or undefined for anything else. */
export function textTypeOf(header: string | undefined): string | undefined {
  const [type = '', ...parameters] = (header ?? '')
    .toLowerCase()
    .split(';')
    .map((each) => each.trim());
  const plain = parameters.every((each) =>
    /^(charset="?(utf-8|us-ascii)"?|(profile|version|v)=[\w.-]+)$/.test(each),
  );
  return textTypes.test(type) && plain ? type : undefined;
}

/** What is wrong with the body of a call, or undefined. */
export function bodyProblem(
  { method, body, headers }: AskedCall,
  { largest_request }: Pick<ProxyCapability, 'largest_request'>,
): string | undefined {
  if (body === '') return undefined;
  if (method === 'GET' || method === 'HEAD') return `${method} has no body`;
  if (new TextEncoder().encode(body).length > largest_request)
    return `a body of this capability has at most ${largest_request} bytes`;
  const type = textTypeOf(headers['content-type']);
  if (type === undefined)
    return 'a body is JSON, XML, a form or plain text in UTF-8, and Content-Type says so';
  if (body.includes('\0')) return 'a body that is text holds no zero bytes';
  return jsonTypes.test(type) && !isJson(body) ? 'the body is not the JSON that its type says' : undefined;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
