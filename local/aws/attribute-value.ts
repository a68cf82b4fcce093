/** What an item outside the stack is made of; a set holds texts or numbers only. */
export type ItemValue =
  | string
  | number
  | boolean
  | null
  | ReadonlySet<string>
  | ReadonlySet<number>
  | readonly ItemValue[]
  | { readonly [name: string]: ItemValue };

/** A value as DynamoDB's JSON (DynamoDB API reference, AttributeValue); throws for one that it cannot hold. */
export function attributeValue(value: ItemValue): Record<string, unknown> {
  if (typeof value === 'string') return { S: value };
  if (typeof value === 'number') return { N: numeral(value) };
  if (typeof value === 'boolean') return { BOOL: value };
  if (value === null) return { NULL: true };
  if (value instanceof Set) return setValue([...value]);
  if (Array.isArray(value)) return { L: value.map(attributeValue) };
  if (typeof value === 'object') return { M: attributesOf(value as Readonly<Record<string, ItemValue>>) };
  throw new TypeError(`an item cannot hold ${String(value)}`);
}

/** An item as DynamoDB's JSON. */
export function attributesOf(item: Readonly<Record<string, ItemValue>>): Record<string, object> {
  return Object.fromEntries(Object.entries(item).map(([name, value]) => [name, attributeValue(value)]));
}

function setValue(members: readonly unknown[]): Record<string, unknown> {
  if (members.length > 0 && members.every((each) => typeof each === 'string')) return { SS: members };
  if (members.length > 0 && members.every((each) => typeof each === 'number'))
    return { NS: members.map(numeral) };
  throw new TypeError('a set of an item holds texts or numbers, and at least one');
}

function numeral(value: number): string {
  if (!Number.isFinite(value)) throw new TypeError(`an item cannot hold the number ${value}`);
  return String(value);
}
