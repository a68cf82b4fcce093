import { type DynamoDBDocumentClient, GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import {
  type BegunCall,
  type CallOutcome,
  type CallRecord,
  type Calls,
  callWindow,
  keptCalls,
  type RecordedCall,
} from '../../core/proxy/call-record.ts';
import { after, type EpochSeconds } from '../../core/time.ts';
import { happened } from './conditional.ts';
import { idPrefix, keptSeconds } from './lease-records.ts';

/** Calls beyond those that are kept that may gather before the oldest are taken away. */
const slack = 50;

/** A call as an attribute named by its id; with an outcome one element longer. */
type Stored = readonly [
  capability: string,
  method: string,
  path: string,
  at: EpochSeconds,
  outcome?: CallOutcome,
];

/** Starts of the names of attributes that there are several of. */
const named = { call: 'call#', count: 'count#', rate: 'rate#', since: 'since#' } as const;

/**
 * Calls in the table of the leases, an item for each lease: an attribute for each call, counts of all, and for each
 * capability when its window began and how many calls it has had. Counting and recording are one conditional write.
 */
export function proxyCalls(dynamo: DynamoDBDocumentClient, table: string): Calls {
  const key = (lease: string) => ({ TableName: table, Key: { id: `${idPrefix.calls}${lease}` } });
  const itemOf = async (lease: string) =>
    (await dynamo.send(new GetCommand({ ...key(lease), ConsistentRead: true }))).Item ?? {};
  const write = async (lease: string, call: BegunCall, most: number, window: 'running' | 'new') => {
    const update = new UpdateCommand({ ...key(lease), ...beginning(call, most, window) });
    return happened(dynamo.send(update));
  };
  const prune = async (lease: string) => {
    const gone = recordOf(await itemOf(lease), 0)
      .last.slice(0, -keptCalls)
      .slice(0, 2 * slack);
    const names = Object.fromEntries(gone.map(({ id }, i) => [`#gone${i}`, `${named.call}${id}`]));
    if (gone.length < slack) return;
    const UpdateExpression = `REMOVE ${Object.keys(names).join(', ')}`;
    await dynamo.send(
      new UpdateCommand({ ...key(lease), UpdateExpression, ExpressionAttributeNames: names }),
    );
  };
  return {
    async begin(lease, call, most) {
      // Again the first: between the two another call may have opened a window.
      for (const window of ['running', 'new', 'running'] as const)
        if (await write(lease, call, most, window)) return 'begun';
      const item = await itemOf(lease);
      // The SDK has asked again because an answer was lost, and met its own first write.
      if (Object.hasOwn(item, `${named.call}${call.id}`)) return 'begun';
      const since = Number(item[`${named.since}${call.capability}`] ?? call.at);
      return { wait: Math.max(1, since + callWindow - call.at) };
    },
    async end(lease, call, outcome) {
      const update = new UpdateCommand({ ...key(lease), ...ending(call, outcome) });
      const { Attributes } = await dynamo.send(update).catch(alreadyEnded);
      const ended = Number(Attributes?.['ended'] ?? 0);
      if (ended > keptCalls && ended % slack === 0) await prune(lease);
    },
    read: async (lease) => recordOf(await itemOf(lease), keptCalls),
  };
}

function beginning(call: BegunCall, most: number, window: 'running' | 'new') {
  const { id, capability, method, path, at } = call;
  const isNew = window === 'new';
  const stored: Stored = [capability, method, path, at];
  return {
    UpdateExpression: isNew
      ? 'SET #call = :call, #since = :at, #rate = :one, #ttl = :ttl ADD #total :one, #count :one'
      : 'SET #call = :call, #ttl = :ttl ADD #total :one, #count :one, #rate :one',
    ConditionExpression: `attribute_not_exists(#call) AND ${
      isNew ? '(attribute_not_exists(#since) OR #since <= :gone)' : '#since > :gone AND #rate < :most'
    }`,
    ExpressionAttributeNames: {
      '#call': `${named.call}${id}`,
      '#count': `${named.count}${capability}`,
      '#rate': `${named.rate}${capability}`,
      '#since': `${named.since}${capability}`,
      '#total': 'total',
      '#ttl': 'ttl',
    },
    ExpressionAttributeValues: {
      ':call': stored,
      ':one': 1,
      ':gone': after(at, -callWindow),
      ':ttl': after(at, keptSeconds),
      ...(isNew ? { ':at': at } : { ':most': most }),
    },
  };
}

function ending({ id, capability, method, path, at }: BegunCall, outcome: CallOutcome) {
  const stored: Stored = [capability, method, path, at, outcome];
  return {
    UpdateExpression: 'SET #call = :call ADD #sent :sent, #received :received, #ended :one',
    // Once: the SDK may ask again because an answer was lost, and every byte counts once.
    ConditionExpression: 'size(#call) = :begun',
    ExpressionAttributeNames: {
      '#call': `${named.call}${id}`,
      '#sent': 'sent',
      '#received': 'received',
      '#ended': 'ended',
    },
    ExpressionAttributeValues: {
      ':call': stored,
      ':sent': outcome.sent,
      ':received': outcome.received,
      ':one': 1,
      ':begun': 4,
    },
    ReturnValues: 'UPDATED_NEW' as const,
  };
}

async function alreadyEnded(error: unknown): Promise<{ Attributes?: Record<string, unknown> }> {
  await happened(Promise.reject(error));
  return {};
}

/** `most` calls in full, the last; all with 0. */
function recordOf(item: Record<string, unknown>, most: number): CallRecord {
  // Our own records, which the contract suite holds to their type.
  const all = under(item, named.call).map(([id, value]) => callOf(id, value as unknown as Stored));
  const number = (name: string) => Number(item[name] ?? 0);
  return {
    total: number('total'),
    sent: number('sent'),
    received: number('received'),
    capabilities: Object.fromEntries(under(item, named.count).map(([name, count]) => [name, Number(count)])),
    last: all.toSorted((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1)).slice(-most),
  };
}

function under(item: Record<string, unknown>, start: string): [string, unknown][] {
  return Object.entries(item).flatMap(([name, value]) =>
    name.startsWith(start) ? [[name.slice(start.length), value] as [string, unknown]] : [],
  );
}

function callOf(id: string, [capability, method, path, at, outcome]: Stored): RecordedCall {
  return { id, capability, method, path, at, ...(outcome && { outcome }) };
}
