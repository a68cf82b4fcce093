import type {
  BatchGetItemCommandInput,
  BatchGetItemCommandOutput,
  KeysAndAttributes,
} from '@aws-sdk/client-dynamodb';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

/** What a client was asked for in batches, and how much of it DynamoDB leaves out. */
export type Batches = {
  /** Keys of each request, in order. */
  readonly asked: number[];
  /** Whether the `request`th request, from 0, is answered for one key of each table, as DynamoDB may under load. */
  leavesOut: (request: number) => boolean;
};

/** Watches the batch reads of a client, and can make DynamoDB leave keys of one out. */
export function watchBatches(dynamo: DynamoDBDocumentClient): Batches {
  const batches: Batches = { asked: [], leavesOut: () => false };
  dynamo.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        if (commandName !== 'BatchGetItemCommand') return next(args);
        const { RequestItems = {} } = args.input as BatchGetItemCommandInput;
        const leaves = batches.leavesOut(batches.asked.length);
        batches.asked.push(Object.values(RequestItems).flatMap(({ Keys = [] }) => Keys).length);
        if (!leaves) return next(args);
        const asked = keysOf(RequestItems, 'first');
        const answer = await next({ ...args, input: { ...args.input, RequestItems: asked } });
        const output = answer.output as BatchGetItemCommandOutput;
        answer.output = { ...output, UnprocessedKeys: keysOf(RequestItems, 'others') };
        return answer;
      },
    { step: 'initialize', priority: 'low' },
  );
  return batches;
}

/** The first key of each table, or all the others. */
function keysOf(items: Record<string, KeysAndAttributes>, which: 'first' | 'others') {
  const cut = Object.entries(items).flatMap(([table, { Keys = [], ...rest }]) => {
    const some = which === 'first' ? Keys.slice(0, 1) : Keys.slice(1);
    return some.length > 0 ? [[table, { ...rest, Keys: some }] as const] : [];
  });
  return Object.fromEntries(cut);
}
