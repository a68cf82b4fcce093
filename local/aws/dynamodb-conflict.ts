import { AwsFault } from '../fault.ts';
import type { WireReply } from '../http/message.ts';
import { type JsonBody, objectField } from './json-protocol.ts';

/** Hands an operation of DynamoDB on. */
export type Forward = (operation: string, body: Buffer) => Promise<WireReply>;

const writes = new Set(['PutItem', 'UpdateItem', 'DeleteItem']);

/**
 * What dynalite lacks: a write that lost its condition tells, when asked, the item that it met (DynamoDB API
 * reference, ReturnValuesOnConditionCheckFailure). Writes of one item go one after another, so that the item is
 * read as the condition saw it.
 */
export class Conflicts {
  readonly #forward: Forward;
  readonly #keys = new Map<string, readonly string[]>();
  readonly #last = new Map<string, Promise<unknown>>();

  constructor(forward: Forward) {
    this.#forward = forward;
  }

  /** Notes the names of a table's key attributes. */
  addTable(table: string, keyNames: readonly string[]): void {
    this.#keys.set(table, keyNames);
  }

  /** Does an operation; throws for a value of the option that it does not have. */
  async run(operation: string, body: JsonBody, raw: Buffer): Promise<WireReply> {
    const table = String(body['TableName']);
    const names = this.#keys.get(table);
    if (!writes.has(operation) || !names) return this.#forward(operation, raw);
    const asked = asksForItem(body);
    const key = keyOf(names, objectField(body, operation === 'PutItem' ? 'Item' : 'Key'));
    return this.#inTurn(`${table} ${JSON.stringify(key, sameNumber)}`, async () => {
      const reply = await this.#forward(operation, raw);
      return asked && isConflict(reply) ? this.#withItem(reply, table, key) : reply;
    });
  }

  async #inTurn(turn: string, work: () => Promise<WireReply>): Promise<WireReply> {
    const done = (this.#last.get(turn) ?? Promise.resolve()).then(work, work);
    this.#last.set(turn, done);
    try {
      return await done;
    } finally {
      if (this.#last.get(turn) === done) this.#last.delete(turn);
    }
  }

  /** The refusal with the item in it, where there is one. The checksum was of the refusal without. */
  async #withItem(reply: WireReply, TableName: string, Key: JsonBody): Promise<WireReply> {
    const read = Buffer.from(JSON.stringify({ TableName, Key, ConsistentRead: true }));
    const { Item } = parsed(await this.#forward('GetItem', read));
    const { 'x-amz-crc32': _, ...headers } = reply.headers ?? {};
    return {
      ...reply,
      headers,
      body: JSON.stringify({ ...parsed(reply), ...(Item !== undefined && { Item }) }),
    };
  }
}

function asksForItem(body: JsonBody): boolean {
  const value = body['ReturnValuesOnConditionCheckFailure'] ?? 'NONE';
  if (value !== 'ALL_OLD' && value !== 'NONE')
    throw new AwsFault(
      'ValidationException',
      `1 validation error detected: Value '${value}' at 'returnValuesOnConditionCheckFailure' failed to satisfy constraint: Member must satisfy enum value set: [ALL_OLD, NONE]`,
    );
  return value === 'ALL_OLD';
}

function keyOf(names: readonly string[], attributes: JsonBody): JsonBody {
  return Object.fromEntries(names.map((name) => [name, attributes[name]]));
}

/** Numbers are keys by value, however they are written; two that only seem the same wait for each other in vain. */
function sameNumber(name: string, value: unknown): unknown {
  return name === 'N' ? Number(value) : value;
}

function isConflict({ status, body }: WireReply): boolean {
  return status === 400 && String(body).includes('ConditionalCheckFailedException');
}

function parsed({ body }: WireReply): JsonBody {
  return JSON.parse(String(body)) as JsonBody;
}
