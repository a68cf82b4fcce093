import type { AddressInfo } from 'node:net';
import {
  type BatchGetItemCommandInput,
  type BatchGetItemCommandOutput,
  CreateTableCommand,
  type CreateTableCommandInput,
  DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import dynalite from 'dynalite';

/** Indexes of the table named `leases`, as the stack makes them: name, keys, what beside keys they hold. */
const leaseIndexes = [
  ['due', 'due_shard', 'due_at', []],
  ['denials', 'deny_role', 'deny_until', ['agent', 'gen', 'state', 'children']],
  ['type', 'agent_type', 'issued_at', []],
  ['agent', 'agent', 'issued_at', []],
  ['awaiting', 'awaiting', 'approve_by', []],
] as const;

const numbers: readonly string[] = ['due_shard', 'due_at', 'deny_until', 'issued_at', 'approve_by'];

/**
 * A DynamoDB in this process with tables keyed by `id`, and a client for it. A read that is not asked to be
 * consistent never sees what was written, as DynamoDB's may not; queries of an index cannot be asked, and see all.
 * An expression that is longer than DynamoDB takes is refused.
 */
export async function startDynamo(
  ...tables: string[]
): Promise<{ dynamo: DynamoDBDocumentClient; stop(): Promise<void> }> {
  const server = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  await new Promise<void>((resolve, reject) => server.listen(0, '127.0.0.1', resolve).once('error', reject));
  const client = new DynamoDBClient({
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  hideUnaskedConsistency(client);
  refuseLongExpressions(client);
  for (const table of tables) await client.send(new CreateTableCommand(definitionOf(table)));
  return {
    dynamo: DynamoDBDocumentClient.from(client),
    async stop() {
      client.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function hideUnaskedConsistency(client: DynamoDBClient): void {
  client.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        const answer = await next(args);
        const { ConsistentRead } = args.input as { ConsistentRead?: boolean };
        if (commandName === 'GetItemCommand' && !ConsistentRead)
          answer.output = { ...answer.output, Item: undefined };
        if (commandName === 'BatchGetItemCommand')
          answer.output = {
            ...answer.output,
            ...consistentOnly(
              args.input as BatchGetItemCommandInput,
              answer.output as BatchGetItemCommandOutput,
            ),
          };
        return answer;
      },
    { step: 'initialize' },
  );
}

/** Bytes of the longest expression (DynamoDB developer guide, constraints). */
const longestExpression = 4_096;

function refuseLongExpressions(client: DynamoDBClient): void {
  client.middlewareStack.add(
    (next) => (args) => {
      for (const [name, value] of Object.entries(args.input))
        if (name.endsWith('Expression') && Buffer.byteLength(String(value)) > longestExpression)
          throw new Error(`Invalid ${name}: Expression size has exceeded the maximum allowed size`);
      return next(args);
    },
    { step: 'initialize' },
  );
}

function consistentOnly(
  { RequestItems = {} }: BatchGetItemCommandInput,
  { Responses = {} }: BatchGetItemCommandOutput,
): Pick<BatchGetItemCommandOutput, 'Responses'> {
  const asked = Object.entries(Responses).filter(([table]) => RequestItems[table]?.ConsistentRead);
  return { Responses: Object.fromEntries(asked) };
}

function definitionOf(TableName: string): CreateTableCommandInput {
  const indexes = TableName === 'leases' ? leaseIndexes : [];
  const attributes = new Set(['id', ...indexes.flatMap(([, hash, range]) => [hash, range])]);
  return {
    TableName,
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    AttributeDefinitions: [...attributes].map((name) => ({
      AttributeName: name,
      AttributeType: numbers.includes(name) ? 'N' : 'S',
    })),
    BillingMode: 'PAY_PER_REQUEST',
    ...(indexes.length > 0 && { GlobalSecondaryIndexes: indexes.map(indexOf) }),
  };
}

function indexOf([IndexName, hash, range, include]: (typeof leaseIndexes)[number]) {
  return {
    IndexName,
    KeySchema: [
      { AttributeName: hash, KeyType: 'HASH' as const },
      { AttributeName: range, KeyType: 'RANGE' as const },
    ],
    Projection:
      include.length > 0
        ? { ProjectionType: 'INCLUDE' as const, NonKeyAttributes: [...include] }
        : { ProjectionType: 'KEYS_ONLY' as const },
  };
}
