import { createInterface } from 'node:readline/promises';
import { type EpochSeconds, fromDate } from '../core/time.ts';

/** What a command has around it. */
export type World = {
  /** A line of the result, on standard output. */
  out(line: string): void;
  /** A line about the work, on standard error. */
  err(line: string): void;
  /** Asks the person at the terminal; undefined where nobody can answer. Resolves to '' when they went away. */
  readonly ask: ((question: string) => Promise<string>) | undefined;
  now(): EpochSeconds;
};

/** The world of this process. */
export function processWorld(): World {
  const { stdin, stderr } = process;
  return {
    out: (line) => console.log(line),
    err: (line) => console.error(line),
    ask: stdin.isTTY && stderr.isTTY ? askHere : undefined,
    now: () => fromDate(new Date()),
  };
}

/** Asks on standard error, so that standard output holds the result alone. */
async function askHere(question: string): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  const answer = lines.question(question).catch(() => undefined);
  const gone = new Promise<undefined>((resolve) => lines.once('close', () => resolve(undefined)));
  const given = await Promise.race([answer, gone]);
  if (given === undefined) process.stderr.write('\n');
  lines.close();
  return given ?? '';
}
