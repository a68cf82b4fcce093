import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { grantRoleOf } from '../core/lease.ts';
import { scopesOf } from '../core/scope.ts';
import { issuanceSettings } from '../core/settings.ts';
import { shardId } from '../lambda/aws/shard-store.ts';
import { type LocalBroker, start } from '../local/start.ts';
import { assembly, functionOf } from './assembly.ts';
import { bareBundle } from './bare/bundle.ts';
import type { Recorded } from './bare/issuance.ts';
import { type Benchmark, compare, type Row, ratioRow } from './harness.ts';
import { memoryBroker } from './memory-broker.ts';
import { type TimedAgent, timedAgent } from './timed-agent.ts';

/** One request of each side a round: what else the machine does changes within tens of milliseconds. */
const rounds = 140;
const warmUp = 20;
const most = 1.25;

/** The whole path of a lease through the embedded AWS, against a function that only makes the AWS calls. */
export const issuePath: Benchmark = {
  name: 'issue-path',
  about: `latency of ${rounds} leases from the local broker, against a bare handler with the same AWS calls`,
  run: measure,
};

async function measure(): Promise<Row[]> {
  const real = await assembly();
  const bare = await bareAssembly(real);
  const started = (assembly: string) => start({ assembly, schedules: false });
  const [broker, bareBroker] = await Promise.all([started(real), started(bare)]);
  try {
    const [agent, bareAgent] = await Promise.all([timedAgent(broker), timedAgent(bareBroker)]);
    await expectSameCalls([broker, agent], [bareBroker, bareAgent]);
    const pair = { subject: agent.lease, reference: bareAgent.lease };
    const { subject, reference, ratio } = await compare(pair, rounds, warmUp);
    return [
      { what: 'bare handler with the same AWS calls', measured: `${reference.toFixed(1)} ms` },
      ratioRow('whole issue path on the embedded AWS', `${subject.toFixed(1)} ms`, ratio, most),
    ];
  } finally {
    await Promise.all([broker.stop(), bareBroker.stop()]);
    rmSync(bare, { recursive: true, force: true });
  }
}

/** A copy of the assembly in which the bare handler stands where issuance stood; who asks for it removes it. */
async function bareAssembly(real: string): Promise<string> {
  const copy = mkdtempSync(join(tmpdir(), 'mayfly-bench-'));
  cpSync(real, copy, { recursive: true });
  const { code, environment } = functionOf(copy, 'issuance');
  bareBundle('issuance.ts', code);
  writeFileSync(join(code, 'recorded.json'), JSON.stringify(await recorded(environment)));
  return copy;
}

/** What issuance would store and ask STS for in this deployment, read off the ports in memory. */
async function recorded(environment: Readonly<Record<string, string>>): Promise<Recorded> {
  const settings = issuanceSettings.read(environment);
  const { leaseTable, grantRolePrefix, grantRoleShards } = settings;
  const broker = memoryBroker({ arnPrefix: grantRolePrefix, shards: Number(grantRoleShards) });
  const { event } = await broker.request();
  await broker.handler(event);
  const [lease, plan] = [broker.leases.all()[0], broker.sts.plans[0]];
  if (!lease || !plan) throw new Error('no lease was issued in memory');
  const index = { due_shard: 0, due_at: lease.deadline, ttl: lease.deadline };
  return {
    table: leaseTable,
    judgedBy: {
      [settings.controlTable]: scopesOf(lease),
      [leaseTable]: [shardId(grantRoleOf(lease))],
    },
    item: { ...lease, ...index, state: 'issuing' },
    plan,
    seconds: plan.deadline - lease.issued_at,
  };
}

type Side = readonly [LocalBroker, TimedAgent];

/** Throws unless a lease costs both the same calls in the same order: the reference must follow the product. */
async function expectSameCalls(subject: Side, reference: Side): Promise<void> {
  const [made, bare] = [await callsOf(subject), await callsOf(reference)];
  if (made !== bare)
    throw new Error(`issuance calls ${made}, bench/bare/issuance.ts calls ${bare}: make them the same`);
}

async function callsOf([broker, agent]: Side): Promise<string> {
  await agent.lease(); // The first also reads the public key.
  const before = broker.calls.length;
  await agent.lease();
  return (
    broker.calls
      .slice(before)
      .map(({ service, operation }) => `${service}:${operation}`)
      // The timer is sent while it is judged: either may come first.
      .sort()
      .join(', ')
  );
}
