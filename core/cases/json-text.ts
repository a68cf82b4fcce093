/** A JSON text as read, and where its values stand. */
export type JsonText = {
  readonly value: unknown;
  /** Line and column of the value at a path, or of the nearest above it: `12:7`. */
  positionOf(path: readonly PropertyKey[]): string;
  /** Keys that an object holds twice: JSON's readers keep the last and say nothing. */
  readonly twice: readonly string[];
};

/** Reads JSON; throws a SyntaxError for what is none. */
export function readJson(text: string): JsonText {
  const value: unknown = JSON.parse(text);
  const { offsets, twice } = scan(text);
  return {
    value,
    positionOf: (path) => {
      for (let depth = path.length; depth > 0; depth--) {
        const offset = offsets.get(idOf(path.slice(0, depth)));
        if (offset !== undefined) return position(text, offset);
      }
      return position(text, 0);
    },
    twice: twice.map(
      (path) =>
        `${position(text, offsets.get(idOf(path)) ?? 0)}: the key ${String(path.at(-1))} stands here twice`,
    ),
  };
}

/** An object or a list that is open, and the key or place in it that is read. */
type Open = { readonly list: boolean; at: string | number; key: boolean };

const token = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;

/** Goes through a text that is JSON, token by token. */
function scan(text: string): { offsets: Map<string, number>; twice: PropertyKey[][] } {
  const offsets = new Map<string, number>();
  const twice: PropertyKey[][] = [];
  const open: Open[] = [];
  const here = () => open.map(({ at }) => at);
  for (const { 0: part, index } of text.matchAll(token)) {
    const inner = open.at(-1);
    if (part === '}' || part === ']') open.pop();
    else if (part === ',' && inner) step(inner);
    else if (inner?.key && part !== ':') {
      inner.at = JSON.parse(part) as string;
      inner.key = false;
      if (offsets.has(idOf(here()))) twice.push(here());
      offsets.set(idOf(here()), index);
    } else if (part !== ':') {
      if (inner?.list) offsets.set(idOf(here()), index);
      if (part === '{') open.push({ list: false, at: '', key: true });
      if (part === '[') open.push({ list: true, at: 0, key: false });
    }
  }
  return { offsets, twice };
}

function step(inner: Open): void {
  if (typeof inner.at === 'number') inner.at++;
  else inner.key = true;
}

function idOf(path: readonly PropertyKey[]): string {
  return JSON.stringify(path.map(String));
}

function position(text: string, offset: number): string {
  const before = text.slice(0, offset).split('\n');
  return `${before.length}:${(before.at(-1)?.length ?? 0) + 1}`;
}
