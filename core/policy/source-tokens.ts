import { CST, Lexer, Parser } from 'yaml';
import type { Fault } from './source-text.ts';

/** How deep maps and lists may stand in each other; policies need 8. */
export const deepest = 20;

/** Columns that a line may be indented by: with {@link deepest}, what a parser calls itself by is bounded. */
const widestIndent = 100;

/** What of YAML is for programs rather than for readers, and what to write instead. */
const refused: Partial<Record<CST.TokenType, string>> = {
  anchor: 'an anchor (&name): write the value out wherever it is needed',
  alias: 'an alias (*name): write the value out',
  tag: 'a tag (!name): values are written without',
  'directive-line': 'a directive (%NAME): leave it out',
  'explicit-key-ind': 'a key written with `?`: write `key: value`',
  'doc-end': 'an end of document (...): leave it out',
  'flow-error-end': 'an end where there is no list and no map',
};

/** Where the reader of tokens stands; `last` is what came before on the line, or a mark that needs something behind it. */
type Place = {
  offset: number;
  column: number;
  depth: number;
  started: boolean;
  inScalar: boolean;
  last: CST.TokenType | undefined;
};

const scalars: readonly CST.TokenType[] = ['scalar', 'single-quoted-scalar', 'double-quoted-scalar'];
const openings: readonly CST.TokenType[] = ['flow-seq-start', 'flow-map-start'];
const layout: readonly CST.TokenType[] = ['space', 'newline', 'comment', 'doc-mode'];

/**
 * The syntax tree of one YAML document, or the first thing that has no place in a policy file. It goes token by token, never
 * calling itself, so that no nesting can exhaust the stack.
 */
export function readTokens(
  text: string,
): { readonly tokens: readonly CST.Token[] } | { readonly fault: Fault } {
  const parser = new Parser();
  const tokens: CST.Token[] = [];
  const place: Place = { offset: 0, column: 0, depth: 0, started: false, inScalar: false, last: undefined };
  for (const lexeme of new Lexer().lex(text)) {
    const type = place.inScalar ? null : CST.tokenType(lexeme);
    const message = type ? refusal(type, lexeme, place) : undefined;
    if (message) return { fault: { offset: place.offset, message } };
    advance(place, type, lexeme);
    for (const token of parser.next(lexeme)) tokens.push(token);
  }
  return { tokens: [...tokens, ...parser.end()] };
}

function refusal(type: CST.TokenType, lexeme: string, place: Place): string | undefined {
  if (type === 'doc-start') return place.started ? 'a second document: one file holds one' : undefined;
  if (openings.includes(type)) return place.depth >= deepest ? `nested deeper than ${deepest}` : undefined;
  const indent = type === 'space' && place.column === 0 ? lexeme.length : 0;
  if (indent > widestIndent || (type === 'seq-item-ind' && place.column > widestIndent))
    return `indented by more than ${widestIndent} columns`;
  return refused[type] ?? misplaced(type, place.last);
}

/** Of these a parser would make one error each, and of a file full of them an hour's reading. */
function misplaced(type: CST.TokenType, last: CST.TokenType | undefined): string | undefined {
  if (last === undefined) return undefined;
  if (type === 'comma' && (last === 'comma' || openings.includes(last)))
    return 'a comma with nothing before it';
  return scalars.includes(type) && scalars.includes(last) ? 'two values without a comma between' : undefined;
}

function advance(place: Place, type: CST.TokenType | null, lexeme: string): void {
  place.inScalar = type === 'scalar';
  if (type && !layout.includes(type)) place.last = type;
  // A block of text ends with its line, and no token says so.
  const endsLine = type === 'newline' || (type === null && lexeme.endsWith('\n'));
  if (endsLine && place.last !== 'comma') place.last = undefined;
  // Marks of the lexer, which stand for no character.
  if (type === 'scalar' || type === 'doc-mode' || type === 'flow-error-end') return;
  if (type && openings.includes(type)) place.depth++;
  if (type === 'flow-seq-end' || type === 'flow-map-end') place.depth--;
  if (!type || !layout.includes(type)) place.started = true;
  const line = lexeme.lastIndexOf('\n');
  place.column = line < 0 ? place.column + lexeme.length : lexeme.length - line - 1;
  place.offset += lexeme.length;
}
