import type { EpochSeconds } from '../../../core/time.ts';
import type { FunctionName } from '../world.ts';

/** A lease as somebody would keep it on paper who sees only questions, answers and the clock. */
export type ModelLease = {
  readonly id: string;
  readonly agent: string;
  readonly task: string;
  readonly issuedAt: number;
  deadline: EpochSeconds;
  beatDue: EpochSeconds;
  /** Its first answer was lost, and with it perhaps its timer. */
  readonly untimed: boolean;
  /** Whoever listed the leases of its type to end them may not have seen it yet. */
  unlisted?: true;
  /** When it died: at the second of the answer, of the silence, or at its deadline. */
  died?: EpochSeconds;
  /** A question about it had no answer: since then it may be dead, until the records say. */
  doubtSince?: EpochSeconds | undefined;
  /** When the records are to be asked. */
  doubtUntil?: number;
};

/**
 * Seconds for which a crash is felt: a queue hides the message until the revoker is tried again, the sweeper sends what
 * was never sent, and the revoker waits its second.
 */
export const afterCrash = 160;

/** All that can be known of a world from outside. */
export function paperModel() {
  const leases = new Map<string, ModelLease>();
  const crashes: { readonly at: number; readonly of: FunctionName }[] = [];
  /** Agents that are kept out for certain, and those of whom nobody can be sure. */
  const keptOut = new Set<string>();
  const unsure = new Set<string>();
  const living = () => [...leases.values()].filter(({ died }) => died === undefined);
  return {
    leases,
    crashes,
    keptOut,
    unsure,
    living,
    /** What time alone ends; who was silent is kept out, sooner or later. */
    pass(now: EpochSeconds): void {
      for (const lease of living()) {
        const due = lease.beatDue < lease.deadline ? lease.beatDue : lease.deadline;
        if (due > now) continue;
        lease.died = due;
        if (lease.beatDue < lease.deadline) unsure.add(lease.agent);
      }
    },
    /** These end at a second, because somebody was told so, unless they had ended before. */
    end(at: EpochSeconds, meant: (lease: ModelLease) => boolean): void {
      for (const lease of leases.values())
        if (meant(lease) && (lease.died ?? Number.POSITIVE_INFINITY) > at) lease.died = at;
    },
    /** Nobody was told whether these ended. */
    doubt(now: EpochSeconds, meant: (lease: ModelLease) => boolean): void {
      for (const lease of living()) {
        if (!meant(lease)) continue;
        lease.doubtSince ??= now;
        lease.doubtUntil = now + afterCrash;
      }
    },
    /**
     * The last second at which credentials of a dead lease may work: `delay` and three seconds after its end. That is
     * where the model knows of no crash. After one there is the time in which others find out. Who is silent and whose
     * timer may be lost, and what an index did not show yet, has until the sweeper's next round.
     */
    worksUntil(lease: ModelLease, delay: number): number {
      const { died = 0 as EpochSeconds, beatDue, issuedAt, untimed, unlisted } = lease;
      let until: number = died + delay + 3;
      const lost = crashes.some(({ at, of }) => of === 'timer' && at >= issuedAt && at <= until);
      if (unlisted || (died === beatDue && (untimed || lost))) until += 61;
      for (const { at } of crashes)
        if (at >= died - afterCrash && at <= until) until = Math.max(until, at + afterCrash + delay);
      return until;
    },
  };
}

/** What is kept on paper. */
export type Model = ReturnType<typeof paperModel>;
