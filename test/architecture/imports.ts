import { join, normalize } from 'node:path/posix';

/** One import as the source spells it. */
export type Import = {
  /** What is imported, relative to the repository (`core/time.ts`), or a package or `node:` specifier. */
  readonly target: string;
  /** True for `import type` and `export type` only: `import { type A }` still loads the module at run time. */
  readonly typeOnly: boolean;
  /** Names between braces as the exporting module calls them; `*` for a namespace, a default or a dynamic import. */
  readonly names: readonly string[];
};

/** The target of a dynamic import whose argument is no literal: no rule can allow what cannot be read. */
export const unreadable = '(computed)';

const declaration = /(?:^|;)[ \t]*(?:import|export)\b(?!\s*[.(])([^'"`;=()]*?)\bfrom\s*(['"])([^'"\n]+)\2/gm;
const sideEffect = /(?:^|;)[ \t]*import\s*(['"])([^'"\n]+)\1/gm;
const dynamic = /(?<![\w.$])(?:import|require)\s*\(\s*(?:(['"`])([^'"`\n$]+)\1\s*[,)])?/g;
/** `type` as a word of its own, not a default import that happens to be called so. */
const typeWord = /^\s*type\b(?!\s*(?:,|$))/;

/**
 * The imports of a TypeScript source. Comments and strings are not told apart from code, on purpose: text that
 * looks like an import may be counted where there is none, but none is overlooked.
 */
export function importsOf(file: string, source: string): Import[] {
  const declared = [...source.matchAll(declaration)].map(([, clause = '', , specifier = '']) => ({
    target: targetOf(file, specifier),
    typeOnly: typeWord.test(clause),
    names: namesIn(clause),
  }));
  const effects = [...source.matchAll(sideEffect)].map(([, , specifier = '']) => ({
    target: targetOf(file, specifier),
    typeOnly: false,
    names: ['*'],
  }));
  const loaded = [...source.matchAll(dynamic)].map(([, , specifier]) => ({
    target: specifier === undefined ? unreadable : targetOf(file, specifier),
    typeOnly: false,
    names: ['*'],
  }));
  return [...declared, ...effects, ...loaded];
}

function targetOf(file: string, specifier: string): string {
  return specifier.startsWith('.') ? normalize(join(file, '..', specifier)) : specifier;
}

function namesIn(clause: string): string[] {
  const braces = /\{([\s\S]*)\}/.exec(clause);
  const beside = clause.replace(typeWord, '').replace(/\{[\s\S]*\}/, '');
  const named = (braces?.[1] ?? '')
    .split(',')
    .map((part) => part.trim().replace(/^type\s+/, ''))
    .filter((part) => part !== '')
    .map((part) => part.split(/\s+as\s+/)[0] ?? part);
  return /[\w*]/.test(beside) ? ['*', ...named] : named;
}
