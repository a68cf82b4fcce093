import { Duration } from 'aws-cdk-lib';
import {
  Alarm,
  type AlarmProps,
  ComparisonOperator,
  type IMetric,
  Stats,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { FilterPattern, type IFilterPattern, type LogGroup, MetricFilter } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { BrokerFunction } from './broker-function.ts';
import type { GrantQueue, RevokerQueue, TimerQueue } from './queues.ts';

export type BrokerAlarmsProps = {
  readonly deployment: string;
  readonly revoker: BrokerFunction;
  readonly postgres: BrokerFunction;
  readonly oauth: BrokerFunction;
  readonly postgresQueue: GrantQueue;
  readonly oauthQueue: GrantQueue;
  readonly sweeper: BrokerFunction;
  readonly timerQueue: TimerQueue;
  readonly revokerQueue: RevokerQueue;
};

/** What the revoker reports, as its log lines spell it in `incident`, and what whoever hears of it must know. */
export const incidents: Readonly<Record<string, string>> = {
  irrevocable:
    'CRITICAL. IAM does not take a deny document: revoked credentials work until their deadline. Stop the role by panic.',
  next_generation:
    'SERIOUS. A deny document was full: every lease of a grant role was revoked, those of the innocent too.',
  interrupted: 'WARNING. A call of the revoker failed: its denials wait for the sweeper, up to a minute.',
  collapse: 'WARNING. Agents had so many leases to deny that they were revoked as a whole, and are kept out.',
  left_to_expiry: 'NOTICE. A deny document is nearly full: released credentials work until their deadline.',
};

/** What functions report in `incident` whose grants cannot be ended. */
const irrevocableGrant = 'irrevocable_grant';

const minute = Duration.minutes(1);

/**
 * What must not go unnoticed about ending leases. Each alarm turns within a minute and back five minutes after the
 * last time. No alarm tells anybody by itself: `alarms` are there to be given actions.
 */
export class BrokerAlarms extends Construct {
  readonly alarms: readonly Alarm[];

  constructor(scope: Construct, id: string, props: BrokerAlarmsProps) {
    super(scope, id);
    this.alarms = [
      ...Object.entries(incidents).map(([kind, text]) => this.incident(kind, text, props)),
      this.deadLetters(
        'TimerDeadLetters',
        'NOTICE. Timers failed: the sweeper ends their leases.',
        props.timerQueue,
      ),
      this.deadLetters(
        'RevokerDeadLetters',
        'SERIOUS. Calls for the revoker failed: denials may be late or missing.',
        props.revokerQueue,
      ),
      ...this.grants(props),
      this.late(props.revokerQueue),
      ...this.sweeping(props),
    ];
  }

  private incident(
    kind: string,
    alarmDescription: string,
    { deployment, revoker }: BrokerAlarmsProps,
  ): Alarm {
    const pattern = FilterPattern.stringValue('$.incident', '=', kind);
    const name = kind.replace(/(^|_)([a-z])/g, (_, __, letter: string) => letter.toUpperCase());
    return this.any(name, alarmDescription, this.counted(name, deployment, revoker.logGroup, pattern, '1'));
  }

  /** What functions report that end grants beyond AWS, and what never reached them. */
  private grants({ deployment, postgres, oauth, postgresQueue, oauthQueue }: BrokerAlarmsProps): Alarm[] {
    const functions = [
      { name: 'Postgres', fn: postgres, queue: postgresQueue },
      { name: 'Oauth', fn: oauth, queue: oauthQueue },
    ];
    const pattern = FilterPattern.stringValue('$.incident', '=', irrevocableGrant);
    return functions.flatMap(({ name, fn, queue }) => {
      const id = `${name}Irrevocable`;
      return [
        this.any(
          id,
          `CRITICAL. ${name}: a grant of a lease that is over could not be ended. It is tried again; look at the system.`,
          this.counted(id, deployment, fn.logGroup, pattern, '1'),
        ),
        this.deadLetters(
          `${name}DeadLetters`,
          `SERIOUS. ${name}: calls to end grants failed: the sweeper sends others.`,
          queue,
        ),
      ];
    });
  }

  private deadLetters(
    id: string,
    alarmDescription: string,
    { deadLetters }: TimerQueue | RevokerQueue | GrantQueue,
  ): Alarm {
    const statistic = Stats.MAXIMUM;
    const metric = deadLetters.metricApproximateNumberOfMessagesVisible({ period: minute, statistic });
    return this.any(id, alarmDescription, metric);
  }

  private late({ queue }: RevokerQueue): Alarm {
    return new Alarm(this, 'RevokerLate', {
      alarmDescription: 'SERIOUS. Calls for the revoker wait for minutes: denials are late.',
      metric: queue.metricApproximateAgeOfOldestMessage({ period: minute, statistic: Stats.MAXIMUM }),
      // In seconds; six tries of one call take about forty.
      threshold: 120,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      evaluationPeriods: 3,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
  }

  private sweeping({ deployment, sweeper }: BrokerAlarmsProps): Alarm[] {
    const sum = { period: minute, statistic: Stats.SUM };
    const pattern = FilterPattern.numberValue('$.failed', '>', 0);
    const failed = this.counted('SweepFailed', deployment, sweeper.logGroup, pattern, '$.failed');
    return [
      this.any(
        'SweepFailed',
        'WARNING. A sweep could not end what was due; the next one tries again.',
        failed,
      ),
      this.any(
        'SweeperErrors',
        'SERIOUS. Sweeps break off: what timers lost is not ended.',
        sweeper.fn.metricErrors(sum),
      ),
      new Alarm(this, 'SweeperSilent', {
        alarmDescription: 'SERIOUS. Nothing was swept for three minutes: what timers lost is not ended.',
        metric: sweeper.fn.metricInvocations(sum),
        threshold: 1,
        comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
        evaluationPeriods: 3,
        treatMissingData: TreatMissingData.BREACHING,
      }),
    ];
  }

  /** A metric over the lines of a log that match, which each add `metricValue`. */
  private counted(
    metricName: string,
    deployment: string,
    logGroup: LogGroup,
    filterPattern: IFilterPattern,
    metricValue: string,
  ): IMetric {
    const metricNamespace = `Mayfly/${deployment}`;
    const props = { logGroup, filterPattern, metricNamespace, metricName, metricValue };
    return new MetricFilter(this, `${metricName}Count`, props).metric({
      period: minute,
      statistic: Stats.SUM,
    });
  }

  /** One occurrence in five minutes is enough. */
  private any(id: string, alarmDescription: string, metric: IMetric): Alarm {
    return new Alarm(this, id, { alarmDescription, metric, ...once });
  }
}

const once = {
  threshold: 1,
  comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
  evaluationPeriods: 5,
  datapointsToAlarm: 1,
  treatMissingData: TreatMissingData.NOT_BREACHING,
} satisfies Partial<AlarmProps>;
