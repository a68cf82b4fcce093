// What a capability allows: `POST /chat.postMessage`, `GET /v1/invoices/${invoice_id}`, `GET /v1/items/[0-9]{1,8}`.
// A path is matched segment by segment, and each whole, so that nothing that varies ever holds a `/`.
import type { ParameterValues } from '../decision.ts';
import { partsOf, patternProblem } from '../policy/pattern.ts';
import { parametersOf } from '../policy/template.ts';

const entry = /^(GET|HEAD|POST|PUT|PATCH|DELETE) (\/.+)$/;
/** `${parameter}`, a class of the language of patterns, or a literal; a class that is none is left to {@link patternProblem}. */
const piece =
  /\$\{(?<parameter>[a-z][a-z0-9_]*)\}|(?<varying>\[[^\]]*\](?:\{[^}]*\})?)|(?<literal>[A-Za-z0-9._~:@=,-]+)/y;

type Piece = { readonly kind: 'parameter' | 'varying' | 'literal'; readonly text: string };

/** Why an entry of `allow` says no call, or undefined when it says one; `parameters` are those of the policy. */
export function allowProblem(allowed: string, parameters: readonly string[]): string | undefined {
  const [, , path = ''] = entry.exec(allowed) ?? [];
  if (path === '') return 'a call is a method and a path below the base address: `POST /chat.postMessage`';
  const unknown = parametersOf(path).find((name) => !parameters.includes(name));
  if (unknown !== undefined) return `no parameter is called ${unknown}`;
  for (const segment of path.slice(1).split('/')) {
    const problem = segmentProblem(segment);
    if (problem) return problem;
  }
  return undefined;
}

function segmentProblem(segment: string): string | undefined {
  if (segment === '') return 'a path has no empty segment, and does not end in /';
  if (/^\.+$/.test(segment)) return 'a path has no segment of dots';
  const pieces = piecesOf(segment);
  if (!pieces) return `${segment} holds what is neither a literal nor \${parameter} nor a [class]{m,n}`;
  for (const [i, { kind, text }] of pieces.entries()) {
    const wrong = kind === 'varying' ? patternProblem(text) : undefined;
    if (wrong) return `${text}: ${wrong}`;
    // Whoever chooses the one would choose where the other ends.
    const before = pieces[i - 1]?.kind ?? 'literal';
    if (kind !== 'literal' && before !== 'literal')
      return `${segment}: between two things that vary stands a literal`;
  }
  return undefined;
}

function piecesOf(segment: string): readonly Piece[] | undefined {
  const pieces: Piece[] = [];
  piece.lastIndex = 0;
  for (let position = 0; position < segment.length; position = piece.lastIndex) {
    const { parameter, varying, literal } = piece.exec(segment)?.groups ?? {};
    if (parameter !== undefined) pieces.push({ kind: 'parameter', text: parameter });
    else if (varying !== undefined) pieces.push({ kind: 'varying', text: varying });
    else if (literal !== undefined) pieces.push({ kind: 'literal', text: literal });
    else return undefined;
  }
  return pieces;
}

/**
 * Whether entries allow a call, with the parameters that a lease was granted for. The path has passed `pathProblem`, entries
 * {@link allowProblem}; one that has not allows nothing.
 */
export function isAllowed(
  allow: readonly string[],
  method: string,
  path: string,
  parameters: ParameterValues,
): boolean {
  return allow.some((allowed) => {
    const [, verb, template = ''] = entry.exec(allowed) ?? [];
    if (verb !== method || allowProblem(allowed, Object.keys(parameters)) !== undefined) return false;
    const segments = template.split('/');
    const asked = path.split('/');
    return (
      segments.length === asked.length &&
      segments.every((segment, i) => segmentMatches(segment, asked[i] ?? '', parameters))
    );
  });
}

function segmentMatches(segment: string, asked: string, parameters: ParameterValues): boolean {
  let places = new Set([0]);
  for (const { kind, text } of piecesOf(segment) ?? []) {
    const reached = new Set<number>();
    for (const start of places) {
      for (const end of endsOf(kind, text, asked, start, parameters)) reached.add(end);
    }
    places = reached;
  }
  return places.has(asked.length);
}

/** Where a piece that begins at `start` may end. */
function endsOf(
  kind: Piece['kind'],
  text: string,
  asked: string,
  start: number,
  parameters: ParameterValues,
): number[] {
  if (kind !== 'varying') {
    const literal = kind === 'parameter' ? String(parameters[text]) : text;
    return asked.startsWith(literal, start) ? [start + literal.length] : [];
  }
  const [{ members = '', minimum, maximum } = nothing] = partsOf(text);
  const member = new RegExp(`[${members}]`);
  const ends: number[] = [];
  for (let count = 1; count <= maximum && member.test(asked.charAt(start + count - 1)); count++)
    if (count >= minimum) ends.push(start + count);
  return ends;
}

const nothing = { members: undefined, minimum: 0, maximum: 0 };
