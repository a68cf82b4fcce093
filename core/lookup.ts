import type { ParameterValues } from './decision.ts';
import { declared } from './parameters.ts';
import type { ContextPolicy } from './policy/schema.ts';
import { expand, parametersOf } from './policy/template.ts';

/** One fact to be read from a system of record; `path` leads to it in the item or object. */
export type LookupTarget =
  | {
      readonly table: string;
      readonly key: Readonly<Record<string, string | number>>;
      readonly path: readonly string[];
    }
  | { readonly bucket: string; readonly key: string; readonly path: readonly string[] };

/**
 * Where a parameter is looked up for these values; throws for one that is not looked up, or without a value that it is
 * looked up with.
 */
export function lookupTarget(policy: ContextPolicy, name: string, known: ParameterValues): LookupTarget {
  const source = declared(policy, name)?.source;
  if (typeof source !== 'object' || !('lookup' in source)) throw new Error(`${name} is not looked up`);
  const { lookup } = source;
  const texts = Object.fromEntries(Object.entries(known).map(([key, value]) => [key, String(value)]));
  if ('s3' in lookup)
    return { bucket: lookup.s3, key: expand(lookup.key, texts), path: lookup.field.split('.') };
  const key = Object.entries(lookup.key).map(([attribute, template]) => {
    const [only = ''] = parametersOf(template);
    const alone = template === `\${${only}}`;
    return [attribute, alone ? (known[only] ?? expand(template, texts)) : expand(template, texts)] as const;
  });
  return { table: lookup.dynamodb, key: Object.fromEntries(key), path: lookup.attribute.split('.') };
}

/** The value at a path, if it is text or a number; its own members only. */
export function factAt(record: unknown, path: readonly string[]): readonly (string | number)[] {
  let value = record;
  for (const part of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return [];
    value = (value as Record<string, unknown>)[part];
  }
  return typeof value === 'string' || typeof value === 'number' ? [value] : [];
}
