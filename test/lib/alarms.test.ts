import { describe, expect, it } from 'vitest';
import type { Incident } from '../../core/use-cases/enforce.ts';
import { incidents } from '../../lib/alarms.ts';
import { resourcesOf, synthesized } from './assembly.ts';

type Alarm = {
  readonly MetricName: string;
  readonly Namespace: string;
  readonly Period: number;
  readonly EvaluationPeriods: number;
  readonly DatapointsToAlarm?: number;
  readonly Threshold: number;
  readonly ComparisonOperator: string;
  readonly TreatMissingData: string;
  readonly Dimensions?: readonly { readonly Value: unknown }[];
  readonly AlarmDescription: string;
};

const alarms = Object.fromEntries(
  Object.entries(resourcesOf('AWS::CloudWatch::Alarm')).map(([path, { Properties }]) => [
    path.replace('Alarms/', ''),
    Properties as unknown as Alarm,
  ]),
);
const filters = resourcesOf('AWS::Logs::MetricFilter');
const { nameOf } = synthesized();

/** Every kind of incident that the revoker reports; does not compile with one more or less. */
const kinds: Readonly<Record<Incident['kind'], string>> = {
  collapse: 'Collapse',
  left_to_expiry: 'LeftToExpiry',
  next_generation: 'NextGeneration',
  irrevocable: 'Irrevocable',
  interrupted: 'Interrupted',
};

/** The metric, of which function or queue, and how it is compared. */
function inWords({ Namespace, MetricName, Dimensions, ComparisonOperator, Threshold }: Alarm): string {
  const [of] = Dimensions ?? [];
  const logicalId = JSON.stringify(of?.Value ?? '').match(/[A-Z][A-Za-z0-9]+[0-9A-F]{8}/)?.[0];
  const where = logicalId === undefined ? '' : ` of ${nameOf(logicalId)}`;
  const sign = { GreaterThanOrEqualToThreshold: '>=', LessThanThreshold: '<' }[ComparisonOperator];
  return `${Namespace} ${MetricName}${where} ${sign} ${Threshold}`;
}

describe('the alarms', () => {
  it('are for all that must not go unnoticed', () => {
    expect(Object.fromEntries(Object.entries(alarms).map(([id, alarm]) => [id, inWords(alarm)]))).toEqual({
      Interrupted: 'Mayfly/mayfly Interrupted >= 1',
      Irrevocable: 'Mayfly/mayfly Irrevocable >= 1',
      NextGeneration: 'Mayfly/mayfly NextGeneration >= 1',
      Collapse: 'Mayfly/mayfly Collapse >= 1',
      LeftToExpiry: 'Mayfly/mayfly LeftToExpiry >= 1',
      TimerDeadLetters: 'AWS/SQS ApproximateNumberOfMessagesVisible of TimerQueue/DeadLetters >= 1',
      RevokerDeadLetters: 'AWS/SQS ApproximateNumberOfMessagesVisible of RevokerQueue/DeadLetters >= 1',
      PostgresDeadLetters: 'AWS/SQS ApproximateNumberOfMessagesVisible of PostgresQueue/DeadLetters >= 1',
      OauthDeadLetters: 'AWS/SQS ApproximateNumberOfMessagesVisible of OauthQueue/DeadLetters >= 1',
      PostgresIrrevocable: 'Mayfly/mayfly PostgresIrrevocable >= 1',
      OauthIrrevocable: 'Mayfly/mayfly OauthIrrevocable >= 1',
      RevokerLate: 'AWS/SQS ApproximateAgeOfOldestMessage of RevokerQueue/Queue >= 120',
      SweepFailed: 'Mayfly/mayfly SweepFailed >= 1',
      SweeperErrors: 'AWS/Lambda Errors of Sweeper/Function >= 1',
      SweeperSilent: 'AWS/Lambda Invocations of Sweeper/Function < 1',
    });
  });

  it('turn by one occurrence within five minutes', () => {
    const once = Object.entries(alarms).filter(([id]) => !['RevokerLate', 'SweeperSilent'].includes(id));
    expect(once.length).toBeGreaterThan(5);
    for (const [id, alarm] of once) {
      expect(alarm.Period * alarm.EvaluationPeriods, id).toBe(300);
      expect(alarm, id).toMatchObject({ DatapointsToAlarm: 1, TreatMissingData: 'notBreaching' });
    }
  });

  it('turn when the sweeper was silent for three minutes, which leaves no data', () => {
    const { Period, EvaluationPeriods, DatapointsToAlarm, TreatMissingData } = alarms['SweeperSilent'] ?? {};
    expect([Period, EvaluationPeriods, DatapointsToAlarm, TreatMissingData]).toEqual([
      60,
      3,
      undefined,
      'breaching',
    ]);
  });

  it('say how bad it is, and never two the same', () => {
    const texts = Object.values(alarms).map(({ AlarmDescription }) => AlarmDescription);
    for (const text of texts) expect(text).toMatch(/^(CRITICAL|SERIOUS|WARNING|NOTICE)\. /);
    const critical = Object.entries(alarms).filter(([, { AlarmDescription }]) =>
      AlarmDescription.startsWith('CRITICAL'),
    );
    expect(critical.map(([id]) => id).sort()).toEqual([
      'Irrevocable',
      'OauthIrrevocable',
      'PostgresIrrevocable',
    ]);
    expect(new Set(texts).size).toBe(texts.length);
  });
});

describe('what is counted in logs', () => {
  it('are the incidents that the revoker reports, each by its kind', () => {
    expect(Object.keys(incidents).sort()).toEqual(Object.keys(kinds).sort());
    for (const [kind, name] of Object.entries(kinds)) {
      const { FilterPattern, LogGroupName, MetricTransformations } =
        filters[`Alarms/${name}Count`]?.Properties ?? {};
      expect(FilterPattern).toBe(`{ $.incident = "${kind}" }`);
      expect(nameOf((LogGroupName as { Ref: string }).Ref)).toBe('Revoker/Logs');
      expect(MetricTransformations).toEqual([
        { MetricNamespace: 'Mayfly/mayfly', MetricName: name, MetricValue: '1' },
      ]);
    }
  });

  it.each(['Postgres', 'Oauth'])('is each grant that %s cannot end', (name) => {
    const { FilterPattern, LogGroupName, MetricTransformations } =
      filters[`Alarms/${name}IrrevocableCount`]?.Properties ?? {};
    expect(FilterPattern).toBe('{ $.incident = "irrevocable_grant" }');
    expect(nameOf((LogGroupName as { Ref: string }).Ref)).toBe(`${name}/Logs`);
    expect(MetricTransformations).toEqual([
      { MetricNamespace: 'Mayfly/mayfly', MetricName: `${name}Irrevocable`, MetricValue: '1' },
    ]);
  });

  it('is what a sweep could not do', () => {
    const { FilterPattern, LogGroupName, MetricTransformations } =
      filters['Alarms/SweepFailedCount']?.Properties ?? {};
    expect(FilterPattern).toBe('{ $.failed > 0 }');
    expect(nameOf((LogGroupName as { Ref: string }).Ref)).toBe('Sweeper/Logs');
    expect(MetricTransformations).toEqual([
      { MetricNamespace: 'Mayfly/mayfly', MetricName: 'SweepFailed', MetricValue: '$.failed' },
    ]);
  });
});
