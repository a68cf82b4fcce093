/** One line of the table. What has no budget is printed for the reader only. */
export type Row = {
  readonly what: string;
  /** With its unit. */
  readonly measured: string;
  /** Against the reference of the same run, so that the machine does not matter. */
  readonly ratio?: number;
  readonly budget?: string;
  readonly within?: boolean;
};

/** One benchmark: throws when it breaks, never because a budget is exceeded. */
export type Benchmark = {
  readonly name: string;
  /** What it does, in a line. */
  readonly about: string;
  /** Minutes rather than seconds: only run when it is asked for. */
  readonly slow?: true;
  run(): Promise<Row[]>;
};

/** Two things measured in turn; each does its work for a round and answers a number of one unit. */
export type Pair = {
  subject(round: number): Promise<number>;
  reference(round: number): Promise<number>;
};

/** Medians of both sides over all rounds, and the median of the rounds' own ratios. */
export type Comparison = { readonly subject: number; readonly reference: number; readonly ratio: number };

/**
 * Measures a pair in interleaved rounds after `warmUp` rounds that do not count. A slow minute of the machine
 * then meets both sides, and as each round has its own ratio, it does not move the result. Who goes first
 * changes from round to round. Round numbers go on through the warm-up.
 */
export async function compare(pair: Pair, rounds: number, warmUp: number): Promise<Comparison> {
  const measured: { subject: number; reference: number }[] = [];
  for (let round = 0; round < warmUp + rounds; round++) {
    const sides = { subject: 0, reference: 0 };
    const order = round % 2 === 0 ? (['subject', 'reference'] as const) : (['reference', 'subject'] as const);
    for (const side of order) sides[side] = await pair[side](round);
    if (round >= warmUp) measured.push(sides);
  }
  return {
    subject: median(measured.map(({ subject }) => subject)),
    reference: median(measured.map(({ reference }) => reference)),
    ratio: median(measured.map(({ subject, reference }) => subject / reference)),
  };
}

/** The middle value, or the mean of the two in the middle; NaN of nothing. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const [low, high] = [Math.floor((sorted.length - 1) / 2), Math.ceil((sorted.length - 1) / 2)];
  return ((sorted[low] ?? Number.NaN) + (sorted[high] ?? Number.NaN)) / 2;
}

/** Microseconds of CPU, in every thread of this process, that some work takes. */
export async function cpuOf(work: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

/** A row whose ratio has a largest allowed value. */
export function ratioRow(what: string, measured: string, ratio: number, most: number): Row {
  return { what, measured, ratio, budget: `<= ${most} x`, within: ratio <= most };
}

/** The rows as a plain text table; numbers stand right. */
export function table(rows: readonly Row[]): string {
  const cells = rows.map(({ what, measured, ratio, budget, within }) => [
    what,
    measured,
    ratio === undefined ? '' : `${ratio.toFixed(2)} x`,
    budget ?? '',
    within === undefined ? '' : within ? 'within' : 'OVER',
  ]);
  const lines = [['what', 'measured', 'ratio', 'budget', 'verdict'], ...cells];
  const widths = lines[0]?.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  const isNumber = (column: number) => column === 1 || column === 2;
  const padded = lines.map((line) =>
    line.map((cell, column) => {
      const width = widths?.[column] ?? 0;
      return isNumber(column) ? cell.padStart(width) : cell.padEnd(width);
    }),
  );
  return padded.map((line) => line.join('  ').trimEnd()).join('\n');
}
