/**
 * Whether agents may do more than before or less. `unclear`: other than before, and it cannot be told that it is not more.
 * `neutral`: nothing that is decided depends on it.
 */
export type Direction = 'wider' | 'narrower' | 'unclear' | 'neutral';

/** One change of a policy, in words. */
export type Change = { readonly direction: Direction; readonly what: string };

/** What several directions come to together; undefined for none. */
export function combined(directions: readonly (Direction | undefined)[]): Direction | undefined {
  const known = new Set(directions.filter((each) => each !== undefined && each !== 'neutral'));
  const [only] = known;
  return known.size > 1 ? 'unclear' : only;
}

/** What was added to a list and taken from it; added ones widen, unless the list says what is left out. */
export function listChanges(
  what: string,
  before: readonly string[],
  after: readonly string[],
  added: 'wider' | 'narrower' = 'wider',
): Change[] {
  const removed = added === 'wider' ? 'narrower' : 'wider';
  return [
    ...after
      .filter((each) => !before.includes(each))
      .map((each) => ({ direction: added, what: `${what}: now ${each}` })),
    ...before
      .filter((each) => !after.includes(each))
      .map((each) => ({ direction: removed, what: `${what}: no longer ${each}` }) as const),
  ];
}

/** How a bound moved. Without one there is none: `unbounded` says how that reads. */
export type Bound = {
  readonly what: string;
  readonly before: number | undefined;
  readonly after: number | undefined;
  readonly show?: (value: number) => string;
  readonly unbounded?: string;
  /** Whether more of it lets agents do more; else less does. */
  readonly more?: 'wider' | 'narrower';
};

/** The change of a bound; nothing where it stayed. */
export function boundChange({
  what,
  before,
  after,
  show = String,
  unbounded = 'no limit',
  more = 'wider',
}: Bound): Change[] {
  if (before === after) return [];
  const [from, to] = [before ?? Number.POSITIVE_INFINITY, after ?? Number.POSITIVE_INFINITY];
  const less = more === 'wider' ? 'narrower' : 'wider';
  const text = (value: number | undefined) => (value === undefined ? unbounded : show(value));
  return [{ direction: to > from ? more : less, what: `${what}: ${text(before)} → ${text(after)}` }];
}

/** The change of something that is one of a few words, from the widest to the narrowest. */
export function gradeChange<Grade extends string>(
  what: string,
  before: Grade,
  after: Grade,
  widestFirst: readonly Grade[],
): Change[] {
  if (before === after) return [];
  const direction = widestFirst.indexOf(after) < widestFirst.indexOf(before) ? 'wider' : 'narrower';
  return [{ direction, what: `${what}: ${before} → ${after}` }];
}
