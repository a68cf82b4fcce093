import { z } from 'zod';

const nameMessage = 'a name is lower case letters, digits and _, beginning with a letter, at most 32';

/** Name of an agent type, a parameter or a capability. */
export const name = z
  .string({ error: nameMessage })
  .regex(/^[a-z][a-z0-9_]{0,31}$/, nameMessage)
  .refine(
    (text) => text !== 'constructor',
    'this name means something else to the programs that read policies',
  );

const secondsMessage = 'a duration is a whole number and s, m, h or d, such as 300s';

/** A duration as people write it, in seconds once read. */
export const seconds = z
  .string({ error: secondsMessage })
  .regex(/^(0|[1-9][0-9]{0,5})(s|m|h|d)$/, secondsMessage)
  .transform(secondsOf);

/** A duration from `shortest` to `longest` seconds. */
export function secondsBetween(shortest: number, longest: number) {
  return seconds.refine(
    (value) => value >= shortest && value <= longest,
    `a duration from ${shortest} s to ${durationText(longest)}`,
  );
}

/** Name of a group, as an identity provider writes it into tokens. */
export const group = z
  .string()
  .regex(/^[A-Za-z0-9_.:/@ -]{1,100}$/, 'a group is 1 to 100 letters, digits, spaces and _ . : / @ -');

/** A map with at most so many entries. */
export function atMost<Schema extends z.ZodType<object>>(most: number, map: Schema) {
  return map
    .refine((value) => Object.keys(value).length <= most, `at most ${most} entries`)
    .meta({ maxProperties: most });
}

const factors = { d: 86_400, h: 3_600, m: 60, s: 1 } as const;

function secondsOf(text: string): number {
  return Number(text.slice(0, -1)) * (factors[text.slice(-1) as keyof typeof factors] ?? Number.NaN);
}

function durationText(value: number): string {
  const [unit, factor] = Object.entries(factors).find(([, each]) => value % each === 0) ?? ['s', 1];
  return `${value / factor} ${unit}`;
}
