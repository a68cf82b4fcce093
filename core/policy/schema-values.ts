import { z } from 'zod';

/** Name of an agent type, a parameter or a capability. */
export const name = z
  .string()
  .regex(/^[a-z][a-z0-9_]{0,31}$/, 'a name is lower case letters, digits and _, at most 32');

/** A duration as people write it, in seconds once read. */
export const seconds = z
  .string()
  .regex(/^\d{1,6}(s|m|h|d)$/, 'a duration is a whole number and s, m, h or d, such as 300s')
  .transform(secondsOf);

/** A duration from `shortest` to `longest` seconds. */
export function secondsBetween(shortest: number, longest: number) {
  return seconds.refine(
    (value) => value >= shortest && value <= longest,
    `a duration from ${shortest} to ${longest} seconds`,
  );
}

/** Name of a group, as an identity provider writes it into tokens. */
export const group = z
  .string()
  .regex(/^[\w.:/@ -]{1,100}$/, 'a group is 1 to 100 letters, digits, spaces and _ . : / @ -');

/** A map with at most so many entries. */
export function atMost<Schema extends z.ZodType<object>>(most: number, map: Schema) {
  return map.refine((value) => Object.keys(value).length <= most, `at most ${most} entries`);
}

function secondsOf(text: string): number {
  const factor = { s: 1, m: 60, h: 3600, d: 86_400 }[text.slice(-1)] ?? Number.NaN;
  return Number(text.slice(0, -1)) * factor;
}
