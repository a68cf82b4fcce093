import type { z } from 'zod';
import { nearest } from '../nearest.ts';

/** A schema without what only changes values: defaults, transformations, marks of absence. */
export type Bare = {
  readonly type: string;
  readonly description: string | undefined;
  readonly shape: Readonly<Record<string, z.core.$ZodType>>;
  readonly others: z.core.$ZodType | undefined;
  readonly options: readonly z.core.$ZodType[];
  readonly values: readonly string[];
};

/** What of a schema's definition is read here; which of it is there depends on `type` (zod 4, `_zod.def`). */
type Definition = {
  readonly type: string;
  readonly shape?: Readonly<Record<string, z.core.$ZodType>>;
  readonly catchall?: z.core.$ZodType;
  readonly valueType?: z.core.$ZodType;
  readonly element?: z.core.$ZodType;
  readonly options?: readonly z.core.$ZodType[];
  readonly entries?: Readonly<Record<string, string>>;
  readonly values?: readonly unknown[];
  readonly innerType?: z.core.$ZodType;
  readonly in?: z.core.$ZodType;
};

/** Reads a schema as far as messages need it. */
export function bare(schema: z.core.$ZodType): Bare {
  const definition = schema._zod.def as unknown as Definition;
  const inner = definition.innerType ?? definition.in;
  const { description } = schema as z.ZodType;
  if (inner) return { ...bare(inner), ...(description !== undefined && { description }) };
  const { type, shape = {}, options = [], entries, values = [] } = definition;
  return {
    type,
    description,
    shape,
    others: definition.catchall ?? definition.valueType ?? definition.element,
    options,
    values: entries ? Object.values(entries) : values.map(String),
  };
}

/** The schema of what stands under a key or at an index, given what stands there; undefined where nothing may. */
export function below(
  schema: z.core.$ZodType,
  value: unknown,
  part: string | number,
): z.core.$ZodType | undefined {
  const { options, shape, others } = bare(schema);
  if (options.length > 0) {
    const option = fitting(options, value)[0];
    return option && below(option, value, part);
  }
  return typeof part === 'string' && Object.hasOwn(shape, part) ? shape[part] : others;
}

/** The schemas of a union that a map could have been meant for, most likely first. */
export function fitting(options: readonly z.core.$ZodType[], value: unknown): z.core.$ZodType[] {
  const keys = isMap(value) ? Object.keys(value) : [];
  const score = (option: z.core.$ZodType) =>
    keys.reduce((sum, key) => sum + likeness(option, key, child(value, key)), 0);
  return [...options].sort((a, b) => score(b) - score(a));
}

/** 0 for an unknown key, 2 for a known one, 1 where it never has this value. */
function likeness(option: z.core.$ZodType, key: string, value: unknown): 0 | 1 | 2 {
  const { shape } = bare(option);
  if (!Object.hasOwn(shape, key) || !shape[key]) return 0;
  const { values } = bare(shape[key]);
  return values.length === 0 || values.includes(String(value)) ? 2 : 1;
}

/** Keys that schemas know. */
export function keysOf(schemas: readonly z.core.$ZodType[]): string[] {
  return [...new Set(schemas.flatMap((schema) => Object.keys(bare(schema).shape)))];
}

/** Whether this is what YAML calls a map. */
export function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What stands under a key or at an index; undefined where nothing does. */
export function child(value: unknown, part: string | number): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, part)
    ? (value as Record<string | number, unknown>)[part]
    : undefined;
}

/** `; did you mean …?`, or what there is to choose from. */
export function meant(word: string, candidates: readonly string[]): string {
  const near = nearest(word, candidates);
  if (near) return `; did you mean ${near}?`;
  return candidates.length > 0 ? `; known here: ${candidates.join(', ')}` : '';
}
