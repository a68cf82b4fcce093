import { AwsFault } from '../fault.ts';
import type { RouteDefinition } from '../template/model.ts';

/** A route that a request matched, and the values of its path's parameters, as they were sent. */
export type Match = {
  readonly route: RouteDefinition;
  readonly parameters: Readonly<Record<string, string>>;
};

/**
 * The path below the stage: segments of the characters of RFC 3986 (`pchar`), or the bare `/`. Throws for any other.
 *
 * REST APIs hand on the path, and the values of its parameters, exactly as they were sent, still percent-encoded: `%2F`
 * parts no segments, `%3F` begins no query, and only what follows the `?` is decoded. Recorded from AWS:
 * https://github.com/localstack/localstack/blob/master/tests/aws/services/apigateway/test_apigateway_lambda.snapshot.json
 * (`invocation-payload-with-path-encoded-email`); https://github.com/middleapi/standard-server/pull/93.
 *
 * What is refused here AWS may take: an empty segment (one between stage and path does not count there when the route
 * is looked for, https://github.com/localstack/localstack/issues/11253; a slash at the end is in the path, but in no
 * parameter, same recording), a segment that is `.` or `..`, however it is written, and escapes that are no UTF-8. Where
 * they are not escaped a signature does not tell the path from the one without them, as what is signed is the normalized
 * path (IAM user guide, create a signed AWS API request).
 */
export function pathBelowStage(rawPath: string, stage: string): string {
  const prefix = `/${stage}`;
  const path = rawPath.slice(prefix.length);
  const isBelow = rawPath.startsWith(`${prefix}/`);
  if (!isBelow || (path !== '/' && !path.slice(1).split('/').every(isPlain))) throw noRoute();
  return path;
}

function isPlain(segment: string): boolean {
  if (!/^(?:[\w.~!$&'()*+,;=:@-]|%[0-9a-f]{2})+$/i.test(segment)) return false;
  const decoded = decodedPath(segment);
  return decoded !== undefined && !/^\.\.?$/.test(decoded);
}

/** A path without its percent-encoding; undefined where that is no UTF-8. */
export function decodedPath(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}

/** What API Gateway answers for a path or method that it does not have. */
export function noRoute(): AwsFault {
  return new AwsFault('missing_token', 'Missing Authentication Token', 403);
}

/** The methods that ANY stands for (API Gateway developer guide, set up an HTTP method). */
export const anyMethod: ReadonlySet<string> = new Set([
  'DELETE',
  'GET',
  'HEAD',
  'OPTIONS',
  'PATCH',
  'POST',
  'PUT',
]);

/**
 * The route of a request: first the resource, the most specific one whose path matches, then its method, or its ANY
 * (API Gateway developer guide, proxy resources). A method that the resource lacks is not looked for elsewhere. Throws
 * where there is none.
 */
export function matchRoute(routes: readonly RouteDefinition[], method: string, path: string): Match {
  const given = path.split('/').slice(1);
  const matches = routes.flatMap((route) => {
    const parameters = matchPath(partsOf(route), given);
    return parameters ? [{ route, parameters }] : [];
  });
  const [best] = matches.sort((a, b) => bySpecificity(a.route, b.route));
  const ofBest = matches.filter(({ route }) => route.resource === best?.route.resource);
  const match =
    ofBest.find(({ route }) => route.method === method) ??
    ofBest.find(({ route }) => route.method === 'ANY' && anyMethod.has(method));
  if (!match) throw noRoute();
  return match;
}

function partsOf({ resource }: RouteDefinition): string[] {
  return resource.split('/').slice(1);
}

/** The values of the parameters where the path matches; a greedy one takes the rest, which is at least one segment. */
function matchPath(pattern: readonly string[], given: readonly string[]): Record<string, string> | undefined {
  const greedy = /^\{(\w+)\+\}$/.exec(pattern.at(-1) ?? '')?.[1];
  const fixed = greedy === undefined ? pattern : pattern.slice(0, -1);
  const fits = greedy === undefined ? given.length === fixed.length : given.length > fixed.length;
  if (!fits) return undefined;
  const parameters: Record<string, string> = {};
  for (const [i, part] of fixed.entries()) {
    const name = /^\{(\w+)\}$/.exec(part)?.[1];
    if (name !== undefined) parameters[name] = given[i] ?? '';
    else if (part !== given[i]) return undefined;
  }
  if (greedy !== undefined) parameters[greedy] = given.slice(fixed.length).join('/');
  return parameters;
}

/** Orders what matches one path: in the first segment that differs the literal wins, then `{one}`, then `{rest+}`. */
function bySpecificity(a: RouteDefinition, b: RouteDefinition): number {
  const [left, right] = [partsOf(a).map(vagueness), partsOf(b).map(vagueness)];
  const at = left.findIndex((each, i) => each !== right[i]);
  return at < 0 ? 0 : (left[at] ?? 0) - (right[at] ?? 0);
}

function vagueness(part: string): number {
  return part.endsWith('+}') ? 2 : part.startsWith('{') ? 1 : 0;
}
