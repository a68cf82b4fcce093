// The one pattern language of parameters: literals and `[class]{m,n}` in sequence, nothing else. No
// alternation, no groups, no unbounded repetition: such a pattern is always anchored and cannot backtrack far,
// which general regular expressions in policies have failed at elsewhere.

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
    if (members !== undefined && hasOddRange(members))
      return `a range in the class [${members}] runs backwards or from one kind of character to another`;
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

/** `9-a` would admit `:`, `;`, `<` and more: a range stays among digits, or small, or capital letters. */
function hasOddRange(members: string): boolean {
  const kinds = [/[a-z]/, /[A-Z]/, /[0-9]/];
  return [...members.matchAll(/([A-Za-z0-9])-([A-Za-z0-9])/g)].some(
    ([, from = '', to = '']) => from > to || !kinds.some((kind) => kind.test(from) && kind.test(to)),
  );
}
