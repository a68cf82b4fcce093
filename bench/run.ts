// `npm run bench`: runs the benchmarks and prints one table.
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { bundles } from './bundles.ts';
import { coldImport } from './cold-import.ts';
import { database } from './database.ts';
import { decisions } from './decisions.ts';
import { dueIndex } from './due-index.ts';
import { evidence } from './evidence.ts';
import { type Benchmark, type Row, table } from './harness.ts';
import { issuePath } from './issue-path.ts';
import { leaseRequests } from './lease-requests.ts';
import { ownCpu } from './own-cpu.ts';
import { proxiedCall } from './proxied-call.ts';
import { suite } from './suite.ts';

const benchmarks: readonly Benchmark[] = [
  ownCpu,
  issuePath,
  leaseRequests,
  proxiedCall,
  database,
  decisions,
  evidence,
  bundles,
  coldImport,
  dueIndex,
  suite,
];

const help = `Measures Mayfly against its budgets and prints one table.

  npm run bench                    all but the slow ones
  npm run bench -- own-cpu         one of them, or several
  npm run bench -- --all           the slow ones too

${benchmarks.map(({ name, about, slow }) => `  ${name.padEnd(12)} ${about}${slow ? ' (slow: some minutes)' : ''}`).join('\n')}

A budget that is exceeded says OVER and changes nothing else: the exit code is 0. It is 1 when a benchmark
itself breaks, 2 when it was asked for something that does not exist. How to read it: bench/README.md.`;

/** Answers the exit code. */
async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    strict: false,
    options: { help: { type: 'boolean', short: 'h' }, all: { type: 'boolean' } },
  });
  const { help: wantsHelp, all, ...others } = values;
  const names = benchmarks.map(({ name }) => name);
  const unknown = [
    ...positionals.filter((name) => !names.includes(name)),
    ...Object.keys(others).map((option) => `--${option}`),
  ];
  if (wantsHelp || unknown.length > 0) {
    if (unknown.length > 0) console.error(`not known: ${unknown.join(', ')}\n`);
    console.log(help);
    return unknown.length > 0 ? 2 : 0;
  }
  const chosen = benchmarks.filter(({ name, slow }) =>
    positionals.length > 0 ? positionals.includes(name) : all || !slow,
  );
  return runAll(chosen, positionals.length === 0);
}

async function runAll(chosen: readonly Benchmark[], sayLeftOut: boolean): Promise<number> {
  const rows: Row[] = [];
  let broken = 0;
  for (const benchmark of chosen) {
    const result = await runOne(benchmark);
    if (result) rows.push(...result);
    else broken++;
  }
  console.log(`\n${table(rows)}`);
  console.log(
    `\n${new Date().toISOString().slice(0, 10)}, Node ${process.versions.node}, ${availableParallelism()} cores`,
  );
  const leftOut = sayLeftOut ? benchmarks.filter((each) => !chosen.includes(each)) : [];
  for (const { name, about } of leftOut) console.log(`not run: ${about} (npm run bench -- ${name})`);
  return broken > 0 ? 1 : 0;
}

/** One line while it runs; undefined when the benchmark breaks, which is said at once and stops no other. */
async function runOne({ name, about, run }: Benchmark): Promise<Row[] | undefined> {
  const start = performance.now();
  process.stderr.write(`${name}: ${about} ...`);
  try {
    const rows = await run();
    process.stderr.write(` ${((performance.now() - start) / 1000).toFixed(0)} s\n`);
    return rows;
  } catch (error) {
    process.stderr.write(` BROKEN\n${error instanceof Error ? error.stack : String(error)}\n`);
    return undefined;
  }
}

process.exitCode = await main();
