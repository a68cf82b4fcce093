/** What runs by itself: deliveries and invocations that nobody waits for, until somebody asks whether they ended. */
export class Activity {
  readonly #running = new Set<Promise<void>>();
  readonly #report: (line: string) => void;

  /** `report` hears of faults of the emulation; what a function does wrong is no fault of it. */
  constructor(report: (line: string) => void) {
    this.#report = report;
  }

  /** Notes something that runs; answers when it ended, well or not. */
  track(what: string, running: Promise<void>): Promise<void> {
    const noted: Promise<void> = running
      .catch((error) => this.#report(`${what}: ${error}`))
      .finally(() => this.#running.delete(noted));
    this.#running.add(noted);
    return noted;
  }

  /** Resolves when nothing runs, also nothing that was begun meanwhile. */
  async quiet(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }
}
