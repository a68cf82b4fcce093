import { BrokerError } from '../../core/broker-error.ts';
import { invoicePolicy } from '../core/invoices.ts';
import { ends, people } from './people.ts';
import { stateOf } from './verdict.ts';
import { type Circumstances, earlyWorld, type World } from './world.ts';

/** Seconds between heartbeats, and to the deadline: a clock that is a minute wrong kills nobody who is heard from. */
const heartbeat = 120;
const lifetime = { buffer: 1.2, floor: 300, maximum: '2x', longest: 7_200, heartbeat } as const;
const task = { estimated_seconds: 5_000 };

/** How the leases of a day must end, by the name of their agents; what is not named lives. */
const fates = ['released', 'silent', 'lease revoked', 'agent revoked', 'task revoked', 'steady'] as const;
type Fate = (typeof fates)[number];

/** A day: the leases that there were, and what was seen of them. */
export type Day = {
  readonly world: World;
  readonly leases: ReadonlyMap<Fate, string>;
  readonly shown: ReturnType<typeof people>['shown'];
  /** Leases that were seen alive after they had been seen dead. */
  readonly revived: readonly string[];
  /** Lets time pass; who is to live goes on saying so. */
  pass(seconds: number): Promise<void>;
  readonly steady: ReturnType<ReturnType<typeof people>['agent']>;
  readonly silent: ReturnType<ReturnType<typeof people>['agent']>;
};

/**
 * A day on which every kind of end happens: what is asked is asked until there is an answer, as clients do. `begin`
 * is when the trouble begins: the first leases are there.
 */
export async function busyDay(
  circumstances: Circumstances,
  begin: (world: World) => void = () => undefined,
): Promise<Day> {
  const world = earlyWorld({ policy: invoicePolicy({ lifetime }), shards: 2, ...circumstances });
  const { agent, operator, shown } = people(world);
  const agents = new Map(fates.map((fate) => [fate, agent(fate)] as const));
  const leases = new Map<Fate, string>();
  const seenDead = new Set<string>();
  const revived: string[] = [];
  const see = async () => {
    for (const id of leases.values()) {
      const isDead = (await stateOf(world, id)) !== 'active';
      if (seenDead.has(id) && !isDead) revived.push(id);
      if (isDead) seenDead.add(id);
    }
  };
  const of = (fate: Fate) => {
    const found = agents.get(fate);
    if (!found) throw new Error(fate);
    return { agent: found, lease: leases.get(fate) ?? '' };
  };
  const issue = async (fate: Fate) => {
    const name = fate === 'task revoked' ? { ...task, name: 'doomed' } : task;
    const issued = await persist(world, (turn) => of(fate).agent.issue(`key-${turn}`, name));
    leases.set(fate, issued.lease.id);
  };
  const pass = async (seconds: number) => {
    for (let left = seconds; left > 0; left -= 60) {
      await world.sim.advance(Math.min(60, left));
      for (const fate of fates) {
        if (fate !== 'silent' && (await isAlive(world, of(fate).lease)))
          await persist(world, () => of(fate).agent.beat(of(fate).lease)).catch(onlyRefusals);
      }
      await see();
    }
  };
  for (const fate of fates) if (fate !== 'agent revoked') await issue(fate);
  begin(world);
  await pass(130);
  await issue('agent revoked');
  await persist(world, () => of('released').agent.release(of('released').lease));
  await persist(world, () => operator.revoke(ends.lease(of('lease revoked').lease))).catch(onlyRefusals);
  await persist(world, () => operator.revoke(ends.agent(of('agent revoked').agent.id)));
  await persist(world, () => operator.revoke(ends.task('doomed')));
  return { world, leases, shown, revived, pass, steady: of('steady').agent, silent: of('silent').agent };
}

async function isAlive(world: World, id: string): Promise<boolean> {
  return (await world.books.leases.find(id))?.state === 'active' && (await stateOf(world, id)) === 'active';
}

/** Most times that something is asked before the day is taken for lost. */
const patience = 60;

/** Asks until there is an answer, with a new key where a refusal says so. */
async function persist<Answer>(world: World, ask: (turn: number) => Promise<Answer>): Promise<Answer> {
  let turn = 0;
  for (let asked = 0; ; asked++) {
    try {
      return await ask(turn);
    } catch (fault) {
      if (asked === patience) throw fault;
      const { retry, retryAfter = 1 } = evidenceOf(fault);
      if (retry === 'new_key') turn++;
      await world.sim.advance(retryAfter);
    }
  }
}

/** What a refusal advises; throws the fault where asking again is of no use. A lost answer may be asked for again. */
function evidenceOf(fault: unknown) {
  if (!(fault instanceof BrokerError)) return {};
  if (fault.evidence.retry === undefined && fault.evidence.retryAfter === undefined) throw fault;
  return fault.evidence;
}

/** What had ended meanwhile, or was done before its answer was lost, is refused: as it should be. */
function onlyRefusals(fault: unknown): void {
  if (!(fault instanceof BrokerError)) throw fault;
}
