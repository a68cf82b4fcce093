import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Benchmark, Row } from './harness.ts';

/** Seconds on two cores. */
const most = { whole: 240, unit: 60 };

/** Tests that run a whole broker or a real AWS; all others are unit tests. */
const notUnit = ['test/scenarios/**', 'test/security/**', 'test/contract/aws/**', 'test/local/**'];

/** How long the tests take, as somebody waits for them who runs `npm test`. */
export const suite: Benchmark = {
  name: 'suite',
  about: 'wall time of all tests, then of the unit tests alone',
  slow: true,
  async run() {
    const exclusions = notUnit.flatMap((pattern) => ['--exclude', pattern]);
    return [
      secondsRow('unit tests, wall time', await testTime(exclusions), most.unit),
      secondsRow('all tests, wall time', await testTime([]), most.whole),
    ];
  },
};

function secondsRow(what: string, seconds: number, largest: number): Row {
  return {
    what,
    measured: `${seconds.toFixed(0)} s`,
    budget: `<= ${largest} s`,
    within: seconds <= largest,
  };
}

/** Seconds from starting vitest to its end; throws with what it printed when a test fails. */
async function testTime(options: readonly string[]): Promise<number> {
  const vitest = join(import.meta.dirname, '../node_modules/vitest/vitest.mjs');
  const start = performance.now();
  const child = spawn(process.execPath, [vitest, 'run', ...options], {
    cwd: join(import.meta.dirname, '..'),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (printed += chunk));
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`the tests fail:\n${printed.slice(-2_000)}`);
  return (performance.now() - start) / 1000;
}
