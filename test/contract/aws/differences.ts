import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Answers to one case that are not the same everywhere. */
export type Difference = {
  readonly case: string;
  readonly embedded: unknown;
  readonly moto: unknown;
};

/** Cases that differ for one reason. */
export type DifferenceGroup = {
  /** Whose answer is AWS's: the case's own `answers`. */
  readonly aws: 'embedded' | 'moto' | 'neither';
  readonly why: string;
  /** Pages of AWS that say what is right, and of moto that show what it does. */
  readonly sources: readonly string[];
  readonly cases: readonly Difference[];
};

const file = join(import.meta.dirname, 'differences.json');

/** Every known difference, by its reason. */
export const differenceGroups: readonly DifferenceGroup[] = JSON.parse(readFileSync(file, 'utf8'));

/** What differs in a case, undefined where embedded AWS, moto and AWS agree. */
export function differenceOf(name: string): Difference | undefined {
  return differenceGroups.flatMap(({ cases }) => cases).find((each) => each.case === name);
}
