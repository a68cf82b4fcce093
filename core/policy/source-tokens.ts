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

/** Where the reader of tokens stands. */
type Place = { offset: number; column: number; depth: number; started: boolean; inScalar: boolean };

/**
 * The syntax tree of one YAML document, or the first thing that has no place in a policy file. It goes token by token, never
 * calling itself, so that no nesting can exhaust the stack.
 */
export function readTokens(
  text: string,
): { readonly tokens: readonly CST.Token[] } | { readonly fault: Fault } {
  const parser = new Parser();
  const tokens: CST.Token[] = [];
  const place: Place = { offset: 0, column: 0, depth: 0, started: false, inScalar: false };
  for (const lexeme of new Lexer().lex(text)) {
    const type = place.inScalar ? null : CST.tokenType(lexeme);
    const message = type ? refusal(type, lexeme, place) : undefined;
    if (message) return { fault: { offset: place.offset, message } };
    advance(place, type, lexeme);
    tokens.push(...parser.next(lexeme));
  }
  return { tokens: [...tokens, ...parser.end()] };
}

function refusal(type: CST.TokenType, lexeme: string, place: Place): string | undefined {
  if (type === 'doc-start') return place.started ? 'a second document: one file holds one' : undefined;
  if (type === 'flow-seq-start' || type === 'flow-map-start')
    return place.depth >= deepest ? `nested deeper than ${deepest}` : undefined;
  const indent = type === 'space' && place.column === 0 ? lexeme.length : 0;
  if (indent > widestIndent || (type === 'seq-item-ind' && place.column > widestIndent))
    return `indented by more than ${widestIndent} columns`;
  return refused[type];
}

function advance(place: Place, type: CST.TokenType | null, lexeme: string): void {
  place.inScalar = type === 'scalar';
  // Marks of the lexer, which stand for no character.
  if (type === 'scalar' || type === 'doc-mode' || type === 'flow-error-end') return;
  if (type === 'flow-seq-start' || type === 'flow-map-start') place.depth++;
  if (type === 'flow-seq-end' || type === 'flow-map-end') place.depth--;
  if (!(type === 'space' || type === 'newline' || type === 'comment')) place.started = true;
  const line = lexeme.lastIndexOf('\n');
  place.column = line < 0 ? place.column + lexeme.length : lexeme.length - line - 1;
  place.offset += lexeme.length;
}
