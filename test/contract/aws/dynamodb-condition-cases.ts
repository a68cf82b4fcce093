import type { Case } from './case.ts';
import { invalid, lost, updating } from './dynamodb-items.ts';

const item = { a: 5, s: 'text', l: ['x', 'y'], set: new Set(['p', 'q']), m: { n: 1 } };

const condition = (
  ConditionExpression: string,
  given: Record<string, unknown>,
  holds: boolean | typeof invalid,
) =>
  updating(
    `under ${ConditionExpression} of ${JSON.stringify(Object.values(given))}`,
    item,
    {
      UpdateExpression: 'SET done = :done REMOVE a, s, l, #set, m',
      ConditionExpression,
      ExpressionAttributeNames: { '#set': 'set' },
      ExpressionAttributeValues: { ...given, ':done': true },
    },
    holds === true ? { done: true } : holds || lost,
  );

/** DynamoDB developer guide, condition expressions: comparison operators and functions. */
export const dynamoDbConditionCases: Case[] = [
  condition('a = :v', { ':v': 5 }, true),
  condition('a = :v', { ':v': '5' }, false),
  condition('a <> :v', { ':v': 5 }, false),
  condition('a <= :v AND a >= :v', { ':v': 5 }, true),
  condition('a < :v OR a > :v', { ':v': 5 }, false),
  condition('a BETWEEN :v AND :w', { ':v': 5, ':w': 6 }, true),
  condition('a BETWEEN :v AND :w', { ':v': 6, ':w': 5 }, invalid),
  condition('s IN (:v, :w)', { ':v': 'other', ':w': 'text' }, true),
  condition('a < :v', { ':v': 'text' }, false),
  condition('absent < :v', { ':v': 1 }, false),
  condition('absent <> :v', { ':v': 1 }, true),
  condition('NOT absent = :v', { ':v': 1 }, true),
  condition('attribute_exists(m.n) AND attribute_not_exists(m.o)', {}, true),
  condition('attribute_exists(l[1]) AND attribute_not_exists(l[2])', {}, true),
  condition('attribute_type(a, :v)', { ':v': 'N' }, true),
  condition('attribute_type(a, :v)', { ':v': 'NUMBER' }, invalid),
  condition('begins_with(s, :v)', { ':v': 'te' }, true),
  condition('begins_with(a, :v)', { ':v': '5' }, false),
  condition('contains(l, :v)', { ':v': 'x' }, true),
  condition('NOT contains(l, :v)', { ':v': 'x' }, false),
  condition('contains(#set, :v)', { ':v': 'p' }, true),
  condition('contains(s, :v)', { ':v': 'ex' }, true),
  condition('NOT contains(absent, :v)', { ':v': 'x' }, true),
  condition('size(l) < :v', { ':v': 3 }, true),
  condition('size(s) = :v', { ':v': 4 }, true),
  condition('size(absent) < :v', { ':v': 3 }, false),
  condition('(a = :v OR a = :w) AND NOT (s = :w)', { ':v': 5, ':w': 6 }, true),
  condition('a = :v OR s = :w AND a = :w', { ':v': 5, ':w': 6 }, true),
  condition('a = ', {}, invalid),
  condition('unknown_function(a)', {}, invalid),
];
