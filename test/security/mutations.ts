import { secretLike } from './front-door.ts';

/** A body that is wrong in one place. */
export type Mutation = { readonly name: string; readonly path: string; readonly body: string };

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

/** One value of each type of JSON; text, lists and objects hold what must never be echoed. */
const values: readonly Json[] = [null, true, 7, secretLike, [secretLike], { field: secretLike }];

/** The body with every value in it, itself included, replaced by one of each other type. */
export function retyped(body: Json): Mutation[] {
  return placesIn(body).flatMap(({ path, value, put }) =>
    values
      .filter((other) => typeOf(other) !== typeOf(value))
      .map((other) => ({ name: `${typeOf(other)} at ${path}`, path, body: JSON.stringify(put(other)) })),
  );
}

/** The body without one of its fields. */
export function reduced(body: Json): Mutation[] {
  return objectsIn(body).flatMap(({ path, value, put }) =>
    Object.keys(value).map((field) => {
      const { [field]: _, ...rest } = value;
      return {
        name: `nothing at ${below(path, field)}`,
        path: below(path, field),
        body: JSON.stringify(put(rest)),
      };
    }),
  );
}

/** The body with one more field of this name in one of its objects. */
export function extended(body: Json, field: string): Mutation[] {
  return objectsIn(body).map(({ path, value, put }) => {
    // Not by assignment: `__proto__` must become a field like any other.
    const longer = Object.fromEntries([...Object.entries(value), [field, secretLike]]);
    return { name: `${field} in ${path}`, path: below(path, field), body: JSON.stringify(put(longer)) };
  });
}

type Place<Value extends Json = Json> = {
  readonly path: string;
  readonly value: Value;
  /** The whole body with something else in this place. */
  put(value: Json): Json;
};

function placesIn(value: Json, path = 'body', put: (value: Json) => Json = (whole) => whole): Place[] {
  const inside = Array.isArray(value)
    ? value.flatMap((each, i) => placesIn(each, `${path}[${i}]`, (other) => put(value.with(i, other))))
    : typeOf(value) === 'object'
      ? Object.entries(value as object).flatMap(([field, each]) =>
          placesIn(each, below(path, field), (other) => put({ ...(value as object), [field]: other })),
        )
      : [];
  return [{ path, value, put }, ...inside];
}

function objectsIn(body: Json): Place<{ [name: string]: Json }>[] {
  return placesIn(body).filter(
    (place): place is Place<{ [name: string]: Json }> => typeOf(place.value) === 'object',
  );
}

/** A field's path as the broker writes it: the body itself is called `body`, its fields stand alone. */
function below(path: string, field: string): string {
  return path === 'body' ? field || 'body' : `${path}.${field}`;
}

function typeOf(value: Json): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'list' : typeof value;
}
