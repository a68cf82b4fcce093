import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Case } from './case.ts';
import { invalid, lost, put, updating } from './dynamodb-items.ts';

/** A budget as one item: what is reserved, entry by entry, and how much in all. */
const budget = {
  held: 30,
  entries: { 'lease.1-a': { amount: 10, until: 100 }, old: { amount: 20, until: 50 } },
};
const names = { '#id': 'lease.1-a', '#old': 'old', '#until': 'until' };

/** An update of the budget with those of the names above that it uses. */
const changing = (
  name: string,
  UpdateExpression: string,
  given: Record<string, unknown>,
  answers: unknown,
  ConditionExpression?: string,
) => {
  const text = `${UpdateExpression} ${ConditionExpression}`;
  const used = Object.entries(names).filter(([key]) => text.includes(key));
  return updating(
    `of a map ${name}`,
    budget,
    {
      UpdateExpression,
      ...(used.length > 0 && { ExpressionAttributeNames: Object.fromEntries(used) }),
      ...(Object.keys(given).length > 0 && { ExpressionAttributeValues: given }),
      ...(ConditionExpression !== undefined && { ConditionExpression }),
    },
    answers,
  );
};
const entry = { amount: 5, until: 200 };

/** DynamoDB developer guide, update expressions: document paths, and arithmetic of two operands. */
const writes: Case[] = [
  changing(
    'sets one entry, whose name has a dot, and removes another',
    'SET entries.#id = :e REMOVE entries.#old',
    { ':e': entry },
    { held: 30, entries: { 'lease.1-a': entry } },
  ),
  changing('removes what is not there', 'REMOVE entries.gone', {}, budget),
  changing(
    'removes the last entries and leaves an empty map',
    'REMOVE entries.#id, entries.#old',
    {},
    { held: 30, entries: {} },
  ),
  changing('refuses to remove from a map that is not there', 'REMOVE absent.#id', {}, invalid),
  changing('refuses an entry twice', 'SET entries.#id = :e REMOVE entries.#id', { ':e': entry }, invalid),
  changing(
    'refuses to begin the map and set an entry of it at once',
    'SET entries = if_not_exists(entries, :none), entries.#id = :e',
    { ':none': {}, ':e': entry },
    invalid,
  ),
  changing(
    'sets a value inside an entry and the sum',
    'SET entries.#id.amount = entries.#id.amount - :n, held = held - :n',
    { ':n': 4 },
    { held: 26, entries: { ...budget.entries, 'lease.1-a': { amount: 6, until: 100 } } },
  ),
  changing(
    'takes a number from what is not there yet',
    'SET fresh = if_not_exists(fresh, :zero) + :n',
    { ':zero': 0, ':n': 4 },
    { ...budget, fresh: 4 },
  ),
  changing('adds decimals exactly', 'SET held = :a + :b', { ':a': 0.1, ':b': 0.2 }, { ...budget, held: 0.3 }),
  changing('refuses a sum of three', 'SET held = held + :a - :b', { ':a': 5, ':b': 2 }, invalid),
];

const under = (ConditionExpression: string, given: Record<string, unknown>, holds: boolean): Case =>
  changing(
    `under ${ConditionExpression} of ${JSON.stringify(Object.values(given))}`,
    'SET held = :done REMOVE entries',
    { ...given, ':done': 0 },
    holds ? { held: 0 } : lost,
    ConditionExpression,
  );

/** DynamoDB developer guide, condition expressions over document paths. */
const conditions: Case[] = [
  under('size(entries) < :n', { ':n': 3 }, true),
  under('size(entries) < :n', { ':n': 2 }, false),
  under('attribute_exists(entries.#id)', {}, true),
  under('attribute_exists(entries.gone)', {}, false),
  under('attribute_not_exists(entries.gone)', {}, true),
  under('attribute_not_exists(absent.gone)', {}, true),
  under('entries.#id.#until <= :now', { ':now': 100 }, true),
  under('entries.#id.#until <= :now', { ':now': 99 }, false),
  under('entries.gone.#until <= :now', { ':now': 100 }, false),
  under('entries.#id = :e', { ':e': { until: 100, amount: 10 } }, true),
  under('entries.#id <> :e', { ':e': { until: 100, amount: 10 } }, false),
  under(
    'attribute_exists(entries.#old) AND entries.#old.#until < :now AND held <= :limit',
    { ':now': 51, ':limit': 30 },
    true,
  ),
];

/** DynamoDB API reference, UpdateItem: ReturnValues of document paths. */
const returned = (['UPDATED_NEW', 'UPDATED_OLD'] as const).map(
  (ReturnValues): Case => ({
    name: `UpdateItem of a map answers of ${ReturnValues} only the entries that it changed`,
    async run(target) {
      const Key = { id: `map ${ReturnValues}` };
      await put(target, { ...Key, ...budget });
      const update = new UpdateCommand({
        TableName: target.things,
        Key,
        UpdateExpression: 'SET entries.#id.amount = :n, held = held + :n',
        ExpressionAttributeNames: { '#id': 'lease.1-a' },
        ExpressionAttributeValues: { ':n': 4 },
        ReturnValues,
      });
      return (await target.dynamo.send(update)).Attributes;
    },
    answers: {
      UPDATED_NEW: { held: 34, entries: { 'lease.1-a': { amount: 4 } } },
      UPDATED_OLD: { held: 30, entries: { 'lease.1-a': { amount: 10 } } },
    }[ReturnValues],
  }),
);

/** Every case of maps, by which many small things are kept in one item and changed under one condition. */
export const dynamoDbMapCases: Case[] = [...writes, ...conditions, ...returned];
