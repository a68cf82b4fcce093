import { type DynamoDBDocumentClient, GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { deniedAgents } from '../../core/ladder.ts';
import { type AgentDenial, type RoleShard, untouched } from '../../core/standing.ts';
import type { EpochSeconds } from '../../core/time.ts';
import type { Marked } from '../../core/use-cases/end-lease.ts';
import type { WritableShards } from '../../core/use-cases/enforce.ts';
import { happened } from './conditional.ts';
import { duePartition, idPrefix } from './lease-records.ts';

/** Id of a grant role's record, in the table of the leases: both share the index of what is due. */
export function shardId(role: string): string {
  return `${idPrefix.shard}${role}`;
}

/** Two attributes for each denied agent, until when and in which generation: each agent is set and removed alone. */
const agentPrefix = 'agent:';
const agentGenPrefix = 'agent-gen:';
const attributesOf = (tag: string) => [agentPrefix + tag, agentGenPrefix + tag];

/** A record as a shard; no record is one that nothing was ever said about. */
export function shardOfRecord(role: string, record: Record<string, unknown> | undefined): RoleShard {
  if (!record) return untouched(role);
  const { gen, gen_until, issued_before, dirty, written, written_at, failing_since } = record as RoleShard;
  const agents = Object.entries(record).flatMap(([name, until]) => {
    if (!name.startsWith(agentPrefix)) return [];
    const tag = name.slice(agentPrefix.length);
    return [[tag, { until, gen: record[agentGenPrefix + tag] } as AgentDenial] as const];
  });
  return {
    ...untouched(role),
    agents: Object.fromEntries(agents),
    ...defined({ gen, gen_until, issued_before, dirty, written, written_at, failing_since }),
  };
}

/** What a change of a shard's record says: attributes to set and to remove, and its condition. */
type Change = {
  readonly set?: Readonly<Record<string, unknown>>;
  /** An attribute to set to the generation that the record has at that moment. */
  readonly setToGen?: string;
  readonly remove?: readonly string[];
  readonly condition?: string;
};

/** Shards in DynamoDB: every change counts itself as `dirty` in the same write. */
export function shardStore(dynamo: DynamoDBDocumentClient, table: string): WritableShards {
  const update = (role: string, change: Change, dirty: boolean) =>
    dynamo.send(
      new UpdateCommand({ TableName: table, Key: { id: shardId(role) }, ...expression(change, dirty) }),
    );
  const marked = async (role: string, now: EpochSeconds, change: Change = {}): Promise<Marked> => {
    const due = { due_shard: duePartition(shardId(role)), due_at: now, pending: true };
    const { Attributes = {} } = await update(role, { ...change, set: { ...change.set, ...due } }, true);
    return { dirty: Number(Attributes['dirty'] ?? 0) + 1, call: Attributes['pending'] !== true };
  };
  const read = async (role: string) => {
    const get = new GetCommand({ TableName: table, Key: { id: shardId(role) }, ConsistentRead: true });
    return shardOfRecord(role, (await dynamo.send(get)).Item);
  };
  const unchanged = { dirty: 0, call: false };
  return {
    read,
    mark: marked,
    denyAgent: (role, tag, until, now) =>
      marked(role, now, { set: { [agentPrefix + tag]: until }, setToGen: agentGenPrefix + tag }),
    denyIssuedBefore: (role, before, now) =>
      ifHappens(
        marked(role, now, { set: { issued_before: before }, condition: raises('issued_before') }),
        unchanged,
      ),
    // What was issued before a time is of an older generation, so that this says it too.
    begin: (role, gen, gen_until, now) =>
      ifHappens(
        marked(role, now, { set: { gen, gen_until }, remove: ['issued_before'], condition: raises('gen') }),
        unchanged,
      ),
    async answer(role) {
      await update(role, { set: { pending: false } }, false);
    },
    async written(role, shard, now, due) {
      const set = { written: shard.dirty, written_at: now };
      const remove = ['failing_since'];
      const condition = '(attribute_not_exists(#dirty) OR #dirty = :written)';
      const [over, ...more] = overAgents(shard, now);
      for (const tags of more)
        await happened(update(role, { set, remove: tags.flatMap(attributesOf), condition }, false));
      const settled = {
        set: { ...set, ...(due !== undefined && { due_at: due, due_shard: duePartition(shardId(role)) }) },
        remove: [
          ...remove,
          ...(over ?? []).flatMap(attributesOf),
          ...(due === undefined ? ['due_at', 'due_shard'] : []),
        ],
        condition,
      };
      // Changed since: what was written stays true, and the shard stays due. An agent that was over may be denied anew.
      if (!(await happened(update(role, settled, false)))) await update(role, { set, remove }, false);
    },
    async failing(role, now) {
      await happened(
        update(
          role,
          { set: { failing_since: now }, condition: 'attribute_not_exists(#failing_since)' },
          false,
        ),
      );
    },
  };
}

/** Most agents that one write forgets: of more the expression would pass 4 KB (DynamoDB developer guide, constraints). */
const mostForgotten = 40;

/** Tags of the agents that the document names no more, as many together as one write takes. */
function overAgents(shard: RoleShard, now: EpochSeconds): string[][] {
  const named = new Set(deniedAgents(shard, now));
  const over = Object.keys(shard.agents).filter((tag) => !named.has(tag));
  return Array.from({ length: Math.ceil(over.length / mostForgotten) }, (_, i) =>
    over.slice(i * mostForgotten, (i + 1) * mostForgotten),
  );
}

function raises(attribute: string): string {
  return `(attribute_not_exists(#${attribute}) OR #${attribute} < :${attribute})`;
}

async function ifHappens<Result>(write: Promise<Result>, otherwise: Result): Promise<Result> {
  let result = otherwise;
  await happened(write.then((done) => (result = done)));
  return result;
}

/** The update as DynamoDB takes it; every name by a placeholder, as agents' attributes hold a colon. */
function expression({ set = {}, setToGen, remove = [], condition }: Change, dirty: boolean) {
  const names: Record<string, string> = {};
  const name = (attribute: string) => {
    const placeholder = `#${attribute.replace(/\W/g, '_')}`;
    names[placeholder] = attribute;
    return placeholder;
  };
  const value = (attribute: string) => `:${attribute.replace(/\W/g, '_')}`;
  const sets = Object.keys(set).map((attribute) => `${name(attribute)} = ${value(attribute)}`);
  if (dirty) sets.push(`${name('dirty')} = if_not_exists(${name('dirty')}, :zero) + :one`);
  if (setToGen !== undefined) sets.push(`${name(setToGen)} = if_not_exists(${name('gen')}, :zero)`);
  if (condition?.includes('#dirty')) name('dirty');
  if (condition?.includes('#failing_since')) name('failing_since');
  const removes = remove.map(name);
  return {
    UpdateExpression: `SET ${sets.join(', ')}${removes.length > 0 ? ` REMOVE ${removes.join(', ')}` : ''}`,
    ...(condition !== undefined && { ConditionExpression: condition }),
    ExpressionAttributeNames: names,
    ExpressionAttributeValues: {
      ...Object.fromEntries(Object.entries(set).map(([attribute, each]) => [value(attribute), each])),
      ...(dirty && { ':zero': 0, ':one': 1 }),
    },
    ReturnValues: 'UPDATED_OLD' as const,
  };
}

function defined(values: Readonly<Record<string, unknown>>): Partial<RoleShard> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
