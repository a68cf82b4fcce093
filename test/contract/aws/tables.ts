import type { CreateTableCommandInput } from '@aws-sdk/client-dynamodb';

/** The tables of the cases: the lease table's shape, and one with a sort key. */
export function tableDefinitions(things: string, events: string) {
  return [
    {
      TableName: things,
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      AttributeDefinitions: [
        { AttributeName: 'id', AttributeType: 'S' },
        { AttributeName: 'due_shard', AttributeType: 'N' },
        { AttributeName: 'due_at', AttributeType: 'N' },
      ],
      GlobalSecondaryIndexes: [
        {
          IndexName: 'due',
          KeySchema: [
            { AttributeName: 'due_shard', KeyType: 'HASH' },
            { AttributeName: 'due_at', KeyType: 'RANGE' },
          ],
          Projection: { ProjectionType: 'KEYS_ONLY' },
        },
      ],
    },
    {
      TableName: events,
      KeySchema: [
        { AttributeName: 'id', KeyType: 'HASH' },
        { AttributeName: 'sequence', KeyType: 'RANGE' },
      ],
      AttributeDefinitions: [
        { AttributeName: 'id', AttributeType: 'S' },
        { AttributeName: 'sequence', AttributeType: 'N' },
      ],
    },
  ] satisfies (CreateTableCommandInput & { TableName: string })[];
}
