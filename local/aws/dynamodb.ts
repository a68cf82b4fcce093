import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import dynalite from 'dynalite';
import { AwsFault } from '../fault.ts';
import type { Authorizer } from '../iam/authorize.ts';
import { forward, untilActive } from './dynalite-socket.ts';
import { Conflicts } from './dynamodb-conflict.ts';
import { type JsonBody, objectField, parseJsonCall, refuseJson, stringField } from './json-protocol.ts';
import type { Service } from './service.ts';

/** A CreateTable request without its billing. */
export type TableDefinition = {
  readonly TableName: string;
  /** A list of `AttributeName` and `KeyType`. */
  readonly KeySchema: unknown;
  readonly AttributeDefinitions: unknown;
  readonly GlobalSecondaryIndexes?: unknown;
};

/** Dynalite behind our signature check and IAM, on a socket that only this process knows. */
export type DynamoDb = {
  readonly service: Service;
  createTable(table: TableDefinition): Promise<void>;
  /** Puts an item, in DynamoDB's JSON, without asking IAM; throws when the table does not take it. */
  putItem(table: string, item: JsonBody): Promise<void>;
  stop(): Promise<void>;
};

/** What is emulated; everything else that IAM allows is refused as unknown. */
const emulated = new Set(['PutItem', 'GetItem', 'UpdateItem', 'DeleteItem', 'Query', 'BatchGetItem']);

/** Starts the tables of one account and region. */
export async function startDynamoDb(
  authorizer: Authorizer,
  tableArn: (name: string) => string,
): Promise<DynamoDb> {
  const folder = mkdtempSync(join(tmpdir(), 'mayfly-'));
  const socket = join(folder, 'dynamodb');
  const server = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  await new Promise<void>((resolve, reject) => server.listen(socket, resolve).once('error', reject));
  const conflicts = new Conflicts((operation, body) => forward(socket, operation, { body }));
  return {
    service: {
      async handle(request, session) {
        const { operation, body } = parseJsonCall(request, 'DynamoDB_20120810');
        for (const resource of resourcesOf(operation, body, tableArn))
          await authorizer.demand(session, { action: `dynamodb:${operation}`, resource });
        if (!emulated.has(operation)) throw new AwsFault('UnknownOperationException', '');
        refuseUnequal(body);
        return conflicts.run(operation, body, request.body);
      },
      refuse: (fault, requestId) => refuseJson(fault, '1.0', requestId),
    },
    async createTable(table) {
      const body = Buffer.from(JSON.stringify({ ...table, BillingMode: 'PAY_PER_REQUEST' }));
      const reply = await forward(socket, 'CreateTable', { body });
      if (reply.status !== 200) throw new Error(`table ${table.TableName}: ${reply.body}`);
      await untilActive(socket, table.TableName);
      const keys = table.KeySchema as readonly { readonly AttributeName: string }[];
      conflicts.addTable(
        table.TableName,
        keys.map(({ AttributeName }) => AttributeName),
      );
    },
    async putItem(TableName, Item) {
      const body = { TableName, Item };
      const reply = await conflicts.run('PutItem', body, Buffer.from(JSON.stringify(body)));
      if (reply.status !== 200) throw new Error(`table ${TableName}: ${reply.body}`);
    },
    async stop() {
      await new Promise((resolve) => server.close(resolve));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Refuses what dynalite would answer wrongly: to it no two maps or lists are equal. */
function refuseUnequal(body: JsonBody): void {
  const values = Object.entries(objectField(body, 'ExpressionAttributeValues'));
  const deep = values.filter(([, value]) => /^(M|L)$/.test(Object.keys(value ?? {})[0] ?? ''));
  const used = ['ConditionExpression', 'FilterExpression'].flatMap(
    (name) => stringField(body, name).match(/:\w+/g) ?? [],
  );
  const compared = deep.find(([name]) => used.includes(name))?.[0];
  if (compared !== undefined)
    throw new AwsFault('ValidationException', `Comparing with the map or list ${compared} is not emulated.`);
}

/** ARNs of what a call touches: one table or index, or every table of a batch, each of which must be allowed. */
function resourcesOf(operation: string, body: JsonBody, tableArn: (name: string) => string): string[] {
  const arnOf = (name: string) => (name.startsWith('arn:') ? name : tableArn(name));
  if (operation === 'BatchGetItem') {
    const tables = Object.keys(objectField(body, 'RequestItems'));
    if (tables.length === 0) throw new AwsFault('ValidationException', 'RequestItems names no table.');
    return tables.map(arnOf);
  }
  const arn = arnOf(stringField(body, 'TableName'));
  const index = stringField(body, 'IndexName');
  return [index === '' ? arn : `${arn}/index/${index}`];
}
