import type { AddressInfo } from 'node:net';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import dynalite from 'dynalite';

/**
 * A DynamoDB in this process with tables keyed by `id`, and a client for it. A read that is not asked to be
 * consistent never sees what was written, as DynamoDB's may not.
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
  client.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        const answer = await next(args);
        const { ConsistentRead } = args.input as { ConsistentRead?: boolean };
        if (commandName === 'GetItemCommand' && !ConsistentRead)
          answer.output = { ...answer.output, Item: undefined };
        return answer;
      },
    { step: 'initialize' },
  );
  for (const TableName of tables) {
    await client.send(
      new CreateTableCommand({
        TableName,
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        BillingMode: 'PAY_PER_REQUEST',
      }),
    );
  }
  return {
    dynamo: DynamoDBDocumentClient.from(client),
    async stop() {
      client.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
