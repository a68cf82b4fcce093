// The one pattern language of parameters: literals and `[class]{m,n}` in sequence, nothing else. No
// alternation, no groups, no unbounded repetition. A value is matched from end to end in one pass, never by going
// back: adjoining classes, which an expression engine would try in every division, cost nothing more.

/** In a class, `-` is itself only first or last: between punctuation it would make a range nobody reads as one. */
const classOrLiteral =
  /\[(?=[^\]])(-?(?:[A-Za-z0-9](?:-[A-Za-z0-9])?|[_.:/@+=])*-?)\](?:\{(\d{1,3})(?:,(\d{1,3}))?\})?|[A-Za-z0-9_:/@=-]/y;

/** Longest value that any pattern may admit, in characters. */
export const longestValue = 256;

/** One element of a pattern: what it matches, how often, and where the next one starts. */
export type Part = {
  /** Members of a class, or undefined for a literal. */
  readonly members: string | undefined;
  readonly literal: string;
  readonly minimum: number;
  readonly maximum: number;
  readonly end: number;
};

function partAt(source: string, position: number): Part | undefined {
  classOrLiteral.lastIndex = position;
  const part = classOrLiteral.exec(source);
  if (!part) return undefined;
  const [literal, members, minimum, maximum] = part;
  return {
    members,
    literal,
    minimum: Number(minimum ?? 1),
    maximum: Number(maximum ?? minimum ?? 1),
    end: classOrLiteral.lastIndex,
  };
}

/** The elements of a pattern in sequence; it has passed {@link patternProblem}. */
export function partsOf(source: string): Part[] {
  const parts: Part[] = [];
  for (let position = 0; position < source.length; ) {
    const part = partAt(source, position);
    if (!part) throw new Error(`${source} is not a pattern`);
    parts.push(part);
    position = part.end;
  }
  return parts;
}

/** Says why `source` is not a pattern, or undefined when it is one. */
export function patternProblem(source: string): string | undefined {
  let shortest = 0;
  let longest = 0;
  for (let position = 0; position < source.length; ) {
    const part = partAt(source, position);
    if (!part) return `character ${position + 1} is neither a literal nor a [class]{m,n}`;
    if (part.members !== undefined && hasOddRange(part.members))
      return `a range in the class [${part.members}] runs backwards or from one kind of character to another`;
    if (part.minimum > part.maximum) return `{${part.minimum},${part.maximum}} counts down`;
    shortest += part.minimum;
    longest += part.maximum;
    position = part.end;
  }
  if (shortest === 0) return 'it admits the empty string, which would join what stands around it';
  return longest > longestValue ? `it admits ${longest} characters, more than ${longestValue}` : undefined;
}

/** One of the shortest values that a pattern admits; it has passed {@link patternProblem}. */
export function shortestMatch(source: string): string {
  let shortest = '';
  for (let position = 0; position < source.length; ) {
    const part = partAt(source, position);
    if (!part) throw new Error(`${source} is not a pattern`);
    // A class that starts with a range starts with a member, too.
    shortest += (part.members ?? part.literal).charAt(0).repeat(part.minimum);
    position = part.end;
  }
  return shortest;
}

/** Whether the whole of `value` matches; the pattern has passed {@link patternProblem}. */
export function matchesPattern(pattern: string, value: string): boolean {
  let reached = new Set([0]);
  for (let position = 0; position < pattern.length; ) {
    const part = partAt(pattern, position);
    if (!part) throw new Error(`${pattern} is not a pattern`);
    reached = reachedBy(part, value, reached);
    position = part.end;
  }
  return reached.has(value.length);
}

/** Every place in `value` that one element leads to from the places reached before it. */
function reachedBy(
  { members, literal, minimum, maximum }: Part,
  value: string,
  from: Set<number>,
): Set<number> {
  const member = members === undefined ? undefined : new RegExp(`[${members}]`);
  const admits = (character: string) => (member ? member.test(character) : character === literal);
  const reached = new Set<number>();
  for (const start of from) {
    for (let count = 0; count <= maximum; count++) {
      if (count >= minimum) reached.add(start + count);
      if (!admits(value.charAt(start + count))) break;
    }
  }
  return reached;
}

/** `9-a` would admit `:`, `;`, `<` and more: a range stays among digits, or small, or capital letters. */
function hasOddRange(members: string): boolean {
  const kinds = [/[a-z]/, /[A-Z]/, /[0-9]/];
  return [...members.matchAll(/([A-Za-z0-9])-([A-Za-z0-9])/g)].some(
    ([, from = '', to = '']) => from > to || !kinds.some((kind) => kind.test(from) && kind.test(to)),
  );
}
