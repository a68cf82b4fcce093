import { describe, expect, it } from 'vitest';
import { statementsOf } from '../../lib/statements.ts';
import { hidden } from '../early/crash-paths.ts';
import { resourcesOf, synthesized } from './assembly.ts';

const queues = resourcesOf('AWS::SQS::Queue');
const { nameOf } = synthesized();
const pathOf = (reference: unknown) =>
  nameOf(JSON.stringify(reference).match(/[A-Z][A-Za-z0-9]+[0-9A-F]{8}/)?.[0] ?? '');

/** The work queues, each with the function that reads it, and how many messages that gets at one time. */
const read: readonly (readonly [queue: string, fn: string, batch: number])[] = [
  ['TimerQueue', 'Timer', 10],
  ['RevokerQueue', 'Revoker', 1],
  ['PostgresQueue', 'Postgres', 4],
  ['OauthQueue', 'Oauth', 10],
];

describe('the queues', () => {
  it('are four for work, and one for what failed behind each', () => {
    const all = read.flatMap(([name]) => [`${name}/Queue`, `${name}/DeadLetters`]);
    expect(Object.keys(queues).sort()).toEqual(all.sort());
  });

  it.each(Object.entries(queues))('%s is encrypted, and speaks TLS only', (path, { Properties }) => {
    expect(Properties['SqsManagedSseEnabled']).toBe(true);
    const denied = statementsOf(synthesized()).filter(({ where }) => where === `${path}/Policy`);
    expect(denied).toEqual([
      expect.objectContaining({
        effect: 'Deny',
        actions: ['sqs:*'],
        principals: ['AWS *'],
        resources: [`\${${path}.Arn}`],
        conditions: { 'Bool aws:SecureTransport': ['false'] },
      }),
    ]);
  });

  it.each(read)('%s is read by %s, which names the messages that failed', (name, fn, batch) => {
    const mappings = Object.entries(resourcesOf('AWS::Lambda::EventSourceMapping')).filter(
      ([, { Properties }]) => pathOf(Properties['EventSourceArn']) === `${name}/Queue`,
    );
    expect(mappings.map(([path, { Properties }]) => [path, Properties])).toEqual([
      [
        `${fn}/Messages`,
        expect.objectContaining({ BatchSize: batch, FunctionResponseTypes: ['ReportBatchItemFailures'] }),
      ],
    ]);
    expect(mappings.map(([, { Properties }]) => pathOf(Properties['FunctionName']))).toEqual([
      `${fn}/Function`,
    ]);
  });

  const seconds = (fn: string) =>
    Number(resourcesOf('AWS::Lambda::Function')[`${fn}/Function`]?.Properties['Timeout']);

  // Lambda developer guide, SQS event source: the time to try again where Lambda throttles the function.
  it('hide a timer for six times as long as its function may take', () => {
    expect(seconds('Timer')).toBeGreaterThan(0);
    expect(queues['TimerQueue/Queue']?.Properties['VisibilityTimeout']).toBe(6 * seconds('Timer'));
  });

  it('hide a call from a second revoker while the first works, and for no longer than is simulated', () => {
    expect(seconds('Revoker')).toBeGreaterThan(0);
    const hides = Number(queues['RevokerQueue/Queue']?.Properties['VisibilityTimeout']);
    expect(hides).toBeGreaterThan(seconds('Revoker'));
    expect(hides).toBeLessThanOrEqual(hidden);
  });

  it.each(['Postgres', 'Oauth'])('hide a call from a second %s while the first ends grants', (fn) => {
    expect(seconds(fn)).toBeGreaterThan(0);
    expect(queues[`${fn}Queue/Queue`]?.Properties['VisibilityTimeout']).toBe(2 * seconds(fn));
  });

  it.each(read)('%s gives up after six tries, and what failed is kept for two weeks', (name) => {
    const { RedrivePolicy } = queues[`${name}/Queue`]?.Properties ?? {};
    const { maxReceiveCount, deadLetterTargetArn } = RedrivePolicy as Record<string, unknown>;
    expect(maxReceiveCount).toBe(6);
    expect(pathOf(deadLetterTargetArn)).toBe(`${name}/DeadLetters`);
    expect(queues[`${name}/DeadLetters`]?.Properties['MessageRetentionPeriod']).toBe(14 * 86_400);
  });

  it('keep a message longer than any timer waits, and not so long that calls pile up', () => {
    for (const [name] of read) {
      const kept = Number(queues[`${name}/Queue`]?.Properties['MessageRetentionPeriod']);
      expect(kept).toBeGreaterThan(900);
      expect(kept).toBeLessThanOrEqual(3_600);
    }
  });

  it('of the revoker are first in first out, the one of dead letters too, and timers are not', () => {
    const fifo = Object.entries(queues).filter(([, { Properties }]) => Properties['FifoQueue'] === true);
    expect(fifo.map(([path]) => path).sort()).toEqual(['RevokerQueue/DeadLetters', 'RevokerQueue/Queue']);
  });
});

describe('functions that send messages to the queue they read', () => {
  it('are not taken for loops by Lambda, which would stop a timer after about sixteen of them', () => {
    const allowed = Object.entries(resourcesOf('AWS::Lambda::Function')).filter(
      ([, { Properties }]) => Properties['RecursiveLoop'] === 'Allow',
    );
    expect(allowed.map(([path]) => path).sort()).toEqual(['Revoker/Function', 'Timer/Function']);
  });
});

describe('the schedules', () => {
  it('call the sweeper every minute, and every hour what drops roles that were left in databases', () => {
    const rules = Object.values(resourcesOf('AWS::Events::Rule')).map(({ Properties }) => {
      const { ScheduleExpression, State, Targets } = Properties as Readonly<Record<string, unknown>>;
      return [ScheduleExpression, State, (Targets as { Arn: unknown }[]).map(({ Arn }) => pathOf(Arn))];
    });
    expect(rules.sort()).toEqual([
      ['rate(1 hour)', 'ENABLED', ['Postgres/Function']],
      ['rate(1 minute)', 'ENABLED', ['Sweeper/Function']],
    ]);
  });
});
