import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { schemaFiles } from '../../core/policy/schema-json.ts';

const folder = join(import.meta.dirname, '../../docs/schema');

type JsonSchema = {
  readonly description?: string;
  readonly type?: string;
  readonly default?: unknown;
  readonly pattern?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | false;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
};

/** Every schema of a file with its path. */
function all(schema: JsonSchema, path: string): { path: string; schema: JsonSchema }[] {
  const { properties = {}, additionalProperties, items, anyOf = [], oneOf = [] } = schema;
  return [
    { path, schema },
    ...Object.entries(properties).flatMap(([key, each]) => all(each, `${path}.${key}`)),
    ...(additionalProperties ? all(additionalProperties, `${path}.*`) : []),
    ...(items ? all(items, `${path}[]`) : []),
    ...[...anyOf, ...oneOf].flatMap((each) => all(each, path)),
  ];
}

const files = Object.entries(schemaFiles()).map(([name, text]) => [name, JSON.parse(text)] as const);
const places = files.flatMap(([name, schema]) => all(schema, name));

describe('the JSON Schema of policies', () => {
  it.each(
    Object.entries(schemaFiles()),
  )('%s is what the compiler takes: write it anew with `npm run schema`', (name, text) => {
    expect(readFileSync(join(folder, name), 'utf8')).toBe(text);
  });

  it('has a file for each that is generated, and none that is left over', () => {
    expect(readdirSync(folder).sort()).toEqual(Object.keys(schemaFiles()).sort());
    expect(places.length).toBeGreaterThan(150);
  });

  it('describes every key', () => {
    const keys = places.flatMap(({ path, schema }) =>
      Object.entries(schema.properties ?? {}).map(([key, each]) => ({ key: `${path}.${key}`, each })),
    );
    expect(keys.length).toBeGreaterThan(100);
    expect(keys.filter(({ each }) => !each.description).map(({ key }) => key)).toEqual([]);
  });

  it('is strict: no map takes keys that nobody knows', () => {
    const open = places.filter(
      ({ schema }) => schema.type === 'object' && schema.additionalProperties === undefined,
    );
    expect(open.map(({ path }) => path)).toEqual([]);
  });

  it('has defaults that a file may hold', () => {
    const texts = places.filter(({ schema }) => schema.type === 'string' && schema.default !== undefined);
    expect(texts.length).toBeGreaterThan(5);
    for (const { path, schema } of texts) {
      expect(typeof schema.default, path).toBe('string');
      if (schema.pattern) expect(schema.default, path).toMatch(new RegExp(schema.pattern));
    }
  });

  it('has patterns for what the compiler reads from text', () => {
    for (const part of ['.if', '.within', '.max_age', '.floor', '.hours', '.days', '.zone', '.role', '.kms'])
      expect(
        places.some(({ path, schema }) => path.endsWith(part) && schema.pattern !== undefined),
        part,
      ).toBe(true);
  });
});
