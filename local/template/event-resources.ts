import type { RuleDefinition } from './model.ts';
import {
  type Deployed,
  type Deploying,
  digest,
  functionArn,
  list,
  number,
  only,
  physicalName,
  text,
} from './resource.ts';

/** AWS::Lambda::EventSourceMapping of a queue. Batches are not waited for, so the window changes nothing. */
export function eventSourceMapping(resource: Deploying): Deployed {
  only(
    resource,
    'EventSourceArn',
    'FunctionName',
    'BatchSize',
    'Enabled',
    'FunctionResponseTypes',
    'MaximumBatchingWindowInSeconds',
    'ScalingConfig',
  );
  const { properties, model, logicalId } = resource;
  const queueArn = text(properties, 'EventSourceArn') ?? '';
  if (!queueArn.startsWith('arn:aws:sqs:')) throw new Error(`${logicalId}: only queues as event sources`);
  const batchSize = number(properties, 'BatchSize') ?? 10;
  if (batchSize < 1 || batchSize > 10) throw new Error(`${logicalId}: only batches of 1 to 10 messages`);
  const scaling = properties['ScalingConfig'] as Record<string, unknown> | undefined;
  model.mappings.push({
    queueArn,
    functionArn: functionArn(resource, text(properties, 'FunctionName') ?? ''),
    batchSize,
    reportsFailures: list(properties['FunctionResponseTypes']).includes('ReportBatchItemFailures'),
    concurrency: scaling && number(scaling, 'MaximumConcurrency'),
    enabled: properties['Enabled'] !== false,
  });
  return { ref: digest(resource, 32), attributes: {} };
}

/** AWS::Events::Rule with a schedule of minutes or hours and functions as targets. */
export function rule(resource: Deploying): Deployed {
  only(resource, 'Name', 'Description', 'ScheduleExpression', 'State', 'Targets');
  const { properties, place, model, logicalId } = resource;
  const schedule = text(properties, 'ScheduleExpression') ?? '';
  const [, digits, unit, plural] = /^rate\((\d+) (minute|hour)(s?)\)$/.exec(schedule) ?? [];
  const count = Number(digits ?? 0);
  if (count < 1 || (count === 1) !== (plural === ''))
    throw new Error(`${logicalId}: the schedule "${schedule}" is not emulated`);
  const name = text(properties, 'Name') ?? physicalName(resource);
  const arn = `arn:aws:events:${place.region}:${place.account}:rule/${name}`;
  const enabled = (text(properties, 'State') ?? 'ENABLED') === 'ENABLED';
  const targets = list(properties['Targets']).map((each) => targetOf(resource, each));
  model.rules.push({ name, arn, seconds: count * (unit === 'hour' ? 3_600 : 60), enabled, targets });
  return { ref: name, attributes: { Arn: arn } };
}

function targetOf(resource: Deploying, value: unknown): RuleDefinition['targets'][number] {
  const properties = value as Record<string, unknown>;
  // Events always arrive here, so how often their delivery is tried changes nothing.
  only({ ...resource, properties }, 'Arn', 'Id', 'Input', 'RetryPolicy');
  return {
    functionArn: functionArn(resource, text(properties, 'Arn') ?? ''),
    input: text(properties, 'Input'),
  };
}
