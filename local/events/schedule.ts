import { randomUUID } from 'node:crypto';
import type { ScheduledEvent } from 'aws-lambda';
import { type EpochSeconds, toIso } from '../../core/time.ts';
import type { AccountPlace } from '../account.ts';
import type { FunctionHost } from '../functions/host.ts';
import { mayInvoke } from '../functions/permission.ts';
import type { InvokePermission, RuleDefinition } from '../template/model.ts';
import type { Activity } from './activity.ts';

/** What firing a rule needs. */
export type RuleWorld = AccountPlace & {
  readonly functions: ReadonlyMap<string, FunctionHost>;
  readonly permissions: readonly InvokePermission[];
  readonly activity: Activity;
  readonly report: (line: string) => void;
};

/**
 * Invokes the targets of a rule asynchronously; resolves when the invocations ended. A failed one is reported and
 * not tried again, as Lambda would twice: the rule fires again anyway.
 */
export async function fire(rule: RuleDefinition, at: EpochSeconds, world: RuleWorld): Promise<void> {
  await Promise.all(
    rule.targets.map(({ functionArn, input }) => {
      const event = input === undefined ? scheduledEvent(rule, at, world) : JSON.parse(input);
      return world.activity.track(`rule ${rule.name}`, invoke(rule, functionArn, event, world));
    }),
  );
}

/** The event of a schedule (EventBridge user guide, scheduled events). */
function scheduledEvent(
  { arn }: RuleDefinition,
  at: EpochSeconds,
  { account, region }: AccountPlace,
): ScheduledEvent {
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': 'Scheduled Event',
    source: 'aws.events',
    account,
    time: toIso(at),
    region,
    resources: [arn],
    detail: {},
  };
}

async function invoke(
  { name, arn }: RuleDefinition,
  functionArn: string,
  event: unknown,
  { functions, permissions, report }: RuleWorld,
): Promise<void> {
  const host = functions.get(functionArn);
  if (!host || !mayInvoke(permissions, functionArn, 'events.amazonaws.com', arn)) {
    report(`rule ${name}: no permission lets EventBridge invoke ${functionArn}`);
    return;
  }
  const outcome = await host.invoke(event);
  if (outcome === 'throttled') report(`rule ${name}: ${host.definition.name} is throttled`);
  else if ('error' in outcome)
    report(`rule ${name}: ${host.definition.name}: ${outcome.error.name}: ${outcome.error.message}`);
}
