import { type DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Scope } from '../../core/scope.ts';
import type { Control } from '../../core/standing.ts';
import type { Controls } from '../../core/use-cases/end-lease.ts';
import { batchGet } from './batch-get.ts';
import { happened } from './conditional.ts';

/** What is said about scopes, in a table of its own: who reads it need not see leases. */
export function controlStore(dynamo: DynamoDBDocumentClient, table: string): Controls {
  const update = (id: string, expression: string, values?: Record<string, unknown>, condition?: string) =>
    happened(
      dynamo.send(
        new UpdateCommand({
          TableName: table,
          Key: { id },
          UpdateExpression: expression,
          ...(condition !== undefined && { ConditionExpression: condition }),
          ...(values && { ExpressionAttributeValues: values }),
        }),
      ),
    );
  return {
    async quarantine(scope, quarantine) {
      // Who was kept out first, and why, is what an operator wants to know before lifting it.
      await update(
        scope,
        'SET quarantine = if_not_exists(quarantine, :quarantine)',
        { ':quarantine': quarantine, ':at': quarantine.at },
        'attribute_not_exists(lifted_at) OR lifted_at <= :at',
      );
    },
    async lift(scope, at) {
      await update(scope, 'SET lifted_at = :at REMOVE quarantine', { ':at': at });
    },
    async bury(scope, before) {
      const later = 'attribute_not_exists(revoked_before) OR revoked_before < :before';
      await update(scope, 'SET revoked_before = :before', { ':before': before }, later);
    },
  };
}

/** Reads what was said about these scopes, consistently. */
export function controlReader(
  dynamo: DynamoDBDocumentClient,
  table: string,
): (scopes: readonly Scope[]) => Promise<readonly Control[]> {
  return async (scopes) => {
    const found = await batchGet(dynamo, { [table]: scopes });
    return scopes.flatMap((scope) => controlOf(scope, found.get(scope)));
  };
}

/** A record as a control, none for none. */
export function controlOf(scope: Scope, record: Record<string, unknown> | undefined): readonly Control[] {
  if (!record) return [];
  const { quarantine, revoked_before } = record as Omit<Control, 'scope'>;
  return [
    { scope, ...(quarantine && { quarantine }), ...(revoked_before !== undefined && { revoked_before }) },
  ];
}
