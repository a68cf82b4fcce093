import { independent, type Turn } from './independent.ts';
import { everythingDone } from './simulation.ts';
import type { Gate, Invocation, World } from './world.ts';

/** What a process came to: its answer, or the fault that it threw. */
export type Outcome = PromiseSettledResult<unknown>;

/** Processes that meet in one world, and what must hold when they have ended, whatever the order of their calls. */
export type Race = {
  readonly world: World;
  readonly processes: readonly (() => Promise<unknown>)[];
  readonly check: (outcomes: readonly Outcome[]) => Promise<void>;
};

/** A place in a schedule: the calls that waited, which went on, which went on in schedules before. */
type Place = {
  readonly waiting: readonly Turn[];
  taken: Turn;
  readonly done: Turn[];
  /** Calls that lead to nothing new from here: they went first before, and it makes no difference. */
  readonly asleep: readonly Turn[];
};

/**
 * Runs a race once for each order in which the calls of its processes can happen, but for orders that differ only in
 * calls that cannot meet: a depth-first search with sleep sets (Godefroid, 1996). Each schedule is replayed in a new
 * world up to the last place with a choice left. Answers how many orders there were.
 */
export async function everyOrder(race: () => Promise<Race>): Promise<number> {
  const places: Place[] = [];
  let count = 0;
  do {
    if (await runOnce(await race(), places)) count++;
  } while (goesOn(places));
  return count;
}

/** Turns to the next schedule; false when there is none. */
function goesOn(places: Place[]): boolean {
  for (let place = places.at(-1); place; place = places.at(-1)) {
    place.done.push(place.taken);
    const next = awake(place.waiting, [...place.done, ...place.asleep]);
    if (next) {
      place.taken = next;
      return true;
    }
    places.pop();
  }
  return false;
}

function awake(waiting: readonly Turn[], others: readonly Turn[]): Turn | undefined {
  return waiting.find(({ key }) => !others.some((each) => each.key === key));
}

/** Replays the places and goes on from there; false when nothing new lies ahead. */
async function runOnce(race: Race, places: Place[]): Promise<boolean> {
  const { controls } = race.world;
  const before = controls.gate;
  const { gate, waiting, go } = turns();
  controls.gate = gate;
  const running = Promise.allSettled(race.processes.map((run) => run()));
  const trail: string[] = [];
  for (await everythingDone(); waiting.size > 0; await everythingDone()) {
    const place = places[trail.length] ?? opened([...waiting.keys()], places);
    if (!place) return false;
    trail.push(place.taken.call);
    go(place.taken);
  }
  controls.gate = before;
  await race.check(await running).catch((fault: unknown) => {
    throw new Error(`in the order ${trail.join(', ')}: ${String(fault)}`, { cause: fault });
  });
  return true;
}

function opened(waiting: readonly Turn[], places: Place[]): Place | undefined {
  const parent = places.at(-1);
  const asleep = parent
    ? [...parent.asleep, ...parent.done].filter((turn) => independent(turn, parent.taken))
    : [];
  const taken = awake(waiting, asleep);
  if (!taken) return undefined;
  const place = { waiting, taken, done: [], asleep };
  places.push(place);
  return place;
}

/** Every call waits for its turn; waiting for time is one more call, as time stands still. */
function turns() {
  const waiting = new Map<Turn, () => void>();
  const calls = new Map<Invocation, number>();
  const gate: Gate = async <Answer>(invocation: Invocation, call: string, effect: () => Promise<Answer>) => {
    if (!calls.has(invocation)) calls.set(invocation, 0);
    const process = [...calls.keys()].indexOf(invocation);
    const nth = (calls.get(invocation) ?? 0) + 1;
    calls.set(invocation, nth);
    await new Promise<void>((resolve) => waiting.set({ key: `${process}.${nth}`, process, call }, resolve));
    return call === 'pause' ? (undefined as Answer) : effect();
  };
  const go = ({ key }: Turn) => {
    const turn = [...waiting.keys()].find((each) => each.key === key);
    if (!turn) throw new Error('the replay went another way than the first run');
    waiting.get(turn)?.();
    waiting.delete(turn);
  };
  return { gate, waiting, go };
}
