import { isMap, isNode, isScalar, LineCounter, parseDocument } from 'yaml';
import type { SourceFile } from './source.ts';

/** Where paths of a file that was compiled lead to: `policies/a.yaml:3:5`, at the key, or the nearest above it. */
export function placesIn({ name, text }: SourceFile): (path: readonly (string | number)[]) => string {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter });
  return (path) => {
    let node: unknown = document.contents;
    let offset = 0;
    for (const part of path) {
      const pair = isMap(node)
        ? node.items.find(({ key }) => isScalar(key) && key.value === part)
        : undefined;
      const next = pair
        ? pair.key
        : isMap(node)
          ? undefined
          : (node as { get?(at: unknown, keep: true): unknown })?.get?.(part, true);
      if (!isNode(next) || !next.range) break;
      offset = next.range[0];
      node = pair ? pair.value : next;
    }
    const { line, col } = lineCounter.linePos(offset);
    return `${name}:${line}:${col}`;
  };
}
