/**
 * The one pattern language of parameters: literals and `[class]{m,n}` in sequence, nothing else. No
 * alternation, no groups, no unbounded repetition: such a pattern is always anchored and cannot backtrack
 * far, which general regular expressions in policies have failed at elsewhere.
 */
export type Pattern = { readonly source: string };

/** In a class, `-` is itself only first or last: between punctuation it would make a range nobody reads as one. */
const classOrLiteral =
  /\[(?=[^\]])(-?(?:[A-Za-z0-9](?:-[A-Za-z0-9])?|[_.:/@+=])*-?)\](?:\{(\d{1,3})(?:,(\d{1,3}))?\})?|[A-Za-z0-9_:/@=-]/y;

/** Longest value that any pattern may admit, in characters. */
export const longestValue = 256;

/** Says why `source` is not a pattern, or undefined when it is one. */
export function patternProblem(source: string): string | undefined {
  let position = 0;
  let longest = 0;
  while (position < source.length) {
    classOrLiteral.lastIndex = position;
    const part = classOrLiteral.exec(source);
    if (!part) return `character ${position + 1} is neither a literal nor a [class]{m,n}`;
    const [, members, minimum, maximum] = part;
    if (members !== undefined && reversedRange(members)) return `the class [${members}] has a reversed range`;
    const most = Number(maximum ?? minimum ?? 1);
    if (Number(minimum ?? 1) > most) return `{${minimum},${maximum}} counts down`;
    longest += most;
    position = classOrLiteral.lastIndex;
  }
  if (source === '') return 'it is empty';
  return longest > longestValue ? `it admits ${longest} characters, more than ${longestValue}` : undefined;
}

/** Whether the whole of `value` matches; the pattern has passed {@link patternProblem}. */
export function matchesPattern(pattern: string, value: string): boolean {
  return new RegExp(`^(?:${pattern})$`, 'u').test(value) && !value.includes('\n');
}

function reversedRange(members: string): boolean {
  return [...members.matchAll(/([A-Za-z0-9])-([A-Za-z0-9])/g)].some(([, from = '', to = '']) => from > to);
}
