import type { AddressInfo } from 'node:net';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { BatchWriteCommand, DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import dynalite from 'dynalite';

/** What DynamoDB was asked for: requests, records that they answered, read units that they took. */
export type Asked = { requests: number; items: number; readUnits: number };

/** A DynamoDB in this process that counts what it is asked for. */
export type CountingDynamo = {
  readonly dynamo: DynamoDBDocumentClient;
  /** What some work asks for. */
  count(work: () => Promise<unknown>): Promise<Asked>;
  stop(): Promise<void>;
};

/** Starts one with a table of leases, its index of what is due, and a table of controls for each of the names. */
export async function countingDynamo(...names: readonly string[]): Promise<CountingDynamo> {
  const server = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const client = new DynamoDBClient({
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  let asked: Asked = { requests: 0, items: 0, readUnits: 0 };
  client.middlewareStack.add(
    (next) => async (args) => {
      Object.assign(args.input, { ReturnConsumedCapacity: 'TOTAL' });
      const answer = await next(args);
      const { requests, items, readUnits } = asked;
      const each = readOf(answer.output as Answer);
      asked = { requests: requests + 1, items: items + each.items, readUnits: readUnits + each.units };
      return answer;
    },
    { step: 'initialize' },
  );
  for (const name of names) {
    await client.send(new CreateTableCommand(leaseTable(name)));
    await client.send(new CreateTableCommand(keyedTable(`${name}-controls`)));
  }
  return {
    dynamo: DynamoDBDocumentClient.from(client),
    async count(work) {
      asked = { requests: 0, items: 0, readUnits: 0 };
      await work();
      return asked;
    },
    async stop() {
      client.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

type Answer = {
  readonly Items?: readonly unknown[];
  readonly Item?: unknown;
  readonly Responses?: Readonly<Record<string, readonly unknown[]>>;
  readonly ConsumedCapacity?: { readonly CapacityUnits?: number } | { readonly CapacityUnits?: number }[];
};

/** What an answer held, and what it cost; a write answers nothing. */
function readOf({ Items = [], Item, Responses = {}, ConsumedCapacity = [] }: Answer) {
  const items = Items.length + (Item ? 1 : 0) + Object.values(Responses).flat().length;
  const units = [ConsumedCapacity].flat().reduce((sum, { CapacityUnits = 0 }) => sum + CapacityUnits, 0);
  return { items, units };
}

function keyedTable(TableName: string) {
  return {
    TableName,
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' as const }],
    AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' as const }],
    BillingMode: 'PAY_PER_REQUEST' as const,
  };
}

function leaseTable(name: string) {
  const table = keyedTable(name);
  return {
    ...table,
    AttributeDefinitions: [
      ...table.AttributeDefinitions,
      { AttributeName: 'due_shard', AttributeType: 'N' as const },
      { AttributeName: 'due_at', AttributeType: 'N' as const },
    ],
    GlobalSecondaryIndexes: [
      {
        IndexName: 'due',
        KeySchema: [
          { AttributeName: 'due_shard', KeyType: 'HASH' as const },
          { AttributeName: 'due_at', KeyType: 'RANGE' as const },
        ],
        Projection: { ProjectionType: 'KEYS_ONLY' as const },
      },
    ],
  };
}

/** Most records of one request (DynamoDB API reference, BatchWriteItem), and requests at one time. */
const batch = 25;
const atOnce = 8;

/** Writes records, many at one time. */
export async function load(
  dynamo: DynamoDBDocumentClient,
  table: string,
  records: readonly Readonly<Record<string, unknown>>[],
): Promise<void> {
  const batches = Array.from({ length: Math.ceil(records.length / batch) }, (_, i) =>
    records.slice(i * batch, (i + 1) * batch),
  );
  const write = (each: readonly Readonly<Record<string, unknown>>[]) => {
    const puts = each.map((record) => ({ PutRequest: { Item: record } }));
    return dynamo.send(new BatchWriteCommand({ RequestItems: { [table]: puts } }));
  };
  for (let i = 0; i < batches.length; i += atOnce) await Promise.all(batches.slice(i, i + atOnce).map(write));
}
