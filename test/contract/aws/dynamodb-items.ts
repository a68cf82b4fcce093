import { GetCommand, PutCommand, UpdateCommand, type UpdateCommandInput } from '@aws-sdk/lib-dynamodb';
import { type Case, refused } from './case.ts';
import type { Target } from './target.ts';

/** An item as the document client takes it. */
export type Item = Readonly<Record<string, unknown>>;

/** Puts an item into the table that is keyed by `id`. */
export const put = ({ dynamo, things }: Target, Item: Item, rest: Partial<PutCommand['input']> = {}) =>
  dynamo.send(new PutCommand({ TableName: things, Item, ...rest }));

/** Reads an item of that table, consistently. */
export const get = async ({ dynamo, things }: Target, id: string) =>
  (await dynamo.send(new GetCommand({ TableName: things, Key: { id }, ConsistentRead: true }))).Item;

/** The refusal of a condition that does not hold. */
export const lost = refused('ConditionalCheckFailedException');
/** The refusal of a request that is not well formed. */
export const invalid = refused('ValidationException');

type Update = Omit<UpdateCommandInput, 'TableName' | 'Key'>;

/** An update of an item; answers what the item is then, without its id. */
export const updating = (name: string, item: Item | undefined, update: Update, answers: unknown): Case => ({
  name: `UpdateItem ${name}`,
  async run(target) {
    const [TableName, id] = [target.things, `update ${name}`];
    if (item) await put(target, { id, ...item });
    await target.dynamo.send(new UpdateCommand({ TableName, Key: { id }, ...update }));
    const { id: _, ...rest } = (await get(target, id)) ?? {};
    return rest;
  },
  answers,
});
