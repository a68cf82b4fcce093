import type { Problem } from './problem.ts';
import type { SourceFile } from './source.ts';
import { readSource } from './source-document.ts';
import { positionOf } from './source-text.ts';

/** Where paths of a file that compiles lead to: `policies/a.yaml:3:5`, at the key, or the nearest above it. */
export function placesIn({ name, text }: SourceFile): (path: Problem['path']) => string {
  const source = readSource(text);
  return (path) => `${name}:${positionOf(text, 'faults' in source ? 0 : source.offsetOf(path))}`;
}
