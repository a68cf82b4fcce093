import { TrustUnavailable } from '../../core/evidence.ts';
import { after, type EpochSeconds } from '../../core/time.ts';

/** What is trusted, as of lately. Both throw {@link TrustUnavailable} where nothing young enough can be had. */
export type TrustCache<Value> = {
  /** The value; at once where it is not stale, however its source does. */
  current(): Promise<Value>;
  /** The value loaded now, because something was not in it; the one at hand where loading is not due again. */
  again(): Promise<Value>;
};

export type TrustCacheOptions<Value> = {
  /** What it is, for a log: `the keys at https://…`. */
  readonly name: string;
  /** Seconds for which a value is fresh, where it says so itself. */
  readonly freshFor?: (value: Value) => number | undefined;
  /** Told what went wrong behind a caller's back. */
  readonly onFailure?: (fault: TrustUnavailable) => void;
};

/** Seconds after which a value is used by nobody. */
export const stale = 3_600;

/**
 * Seconds for which a value is used without a look at its source, and what a value may say instead: never so long that
 * a source which is down for a moment makes it stale.
 */
export const fresh = { usual: 300, least: 60, most: stale - 300 };

/** Seconds between two tries that nobody needs at once: whoever invents names of keys decides on no traffic. */
export const cooldown = 30;

/**
 * Keeps what `load` answers, by our clock. Nobody waits for a load of another; in Lambda one that is under way may freeze
 * with the environment and end much later, so that ages count from the start of a load and none is waited for long.
 */
export function trustCache<Value>(
  load: () => Promise<Value>,
  clock: () => EpochSeconds,
  { name, freshFor, onFailure }: TrustCacheOptions<Value>,
): TrustCache<Value> {
  type Held = { readonly value: Value; readonly at: EpochSeconds };
  type Load = { readonly at: EpochSeconds; readonly value: Promise<Value> };
  let held: Held | undefined;
  let refreshing: Load | undefined;
  let needed: Load | undefined;
  let asked: Load | undefined;

  const isWithin = (seconds: number, one: { readonly at: EpochSeconds }) => clock() < after(one.at, seconds);
  const started = (): Load => {
    const at = clock();
    const value = loaded(load, name).then((value) => {
      if (!held || held.at <= at) held = { value, at };
      return value;
    });
    return { at, value };
  };
  const refresh = () => {
    if (refreshing && isWithin(cooldown, refreshing)) return;
    refreshing = started();
    refreshing.value.catch((fault) => onFailure?.(fault)).catch(() => {});
  };
  const need = () => {
    if (needed && isWithin(cooldown, needed)) return needed.value;
    const mine = started();
    const done = () => {
      if (needed === mine) needed = undefined;
    };
    mine.value.then(done, done);
    needed = mine;
    return mine.value;
  };
  return {
    async current() {
      if (!held || !isWithin(stale, held)) return need();
      if (!isWithin(freshnessOf(freshFor?.(held.value)), held)) refresh();
      return held.value;
    },
    async again() {
      if (held && isWithin(cooldown, held)) return held.value;
      if (!asked || !isWithin(cooldown, asked)) asked = started();
      return asked.value;
    },
  };
}

function freshnessOf(seconds: number = fresh.usual): number {
  return Math.min(Math.max(seconds, fresh.least), fresh.most);
}

async function loaded<Value>(load: () => Promise<Value>, name: string): Promise<Value> {
  try {
    return await load();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : 'unknown';
    throw new TrustUnavailable(`${name} cannot be had: ${reason}`, cause);
  }
}
