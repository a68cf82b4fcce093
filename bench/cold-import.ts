import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { localPlace } from '../local/synthesize.ts';
import { assembly, functionOf } from './assembly.ts';
import { bareBundle } from './bare/bundle.ts';
import { type Benchmark, compare, type Row, ratioRow } from './harness.ts';

const rounds = 15;
const warmUp = 2;
const most = 1.4;

/** What a cold start spends on loading issuance, against loading nothing but the SDK clients it uses. */
export const coldImport: Benchmark = {
  name: 'cold-import',
  about: `import of issuance's bundle in ${rounds} fresh processes, against a bundle of its bare SDK clients`,
  run: measure,
};

async function measure(): Promise<Row[]> {
  const { code, environment } = functionOf(await assembly(), 'issuance');
  const bare = mkdtempSync(join(tmpdir(), 'mayfly-bench-'));
  try {
    bareBundle('clients.ts', bare);
    const pair = {
      subject: () => importTime(code, environment),
      reference: () => importTime(bare, environment),
    };
    const { subject, reference, ratio } = await compare(pair, rounds, warmUp);
    return [
      { what: 'cold import of the bare SDK clients', measured: `${reference.toFixed(0)} ms` },
      ratioRow('cold import of issuance', `${subject.toFixed(0)} ms`, ratio, most),
    ];
  } finally {
    rmSync(bare, { recursive: true, force: true });
  }
}

/** Milliseconds that a fresh process takes to import a bundle with the function's own environment. */
async function importTime(folder: string, environment: Readonly<Record<string, string>>): Promise<number> {
  const url = pathToFileURL(join(folder, 'index.mjs')).href;
  const script = `const start = performance.now();
    await import(${JSON.stringify(url)});
    console.log(performance.now() - start);`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], {
    // As Lambda gives them; nothing is signed with them here.
    env: {
      ...environment,
      AWS_REGION: localPlace.region,
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
    },
  });
  const elapsed = Number.parseFloat(stdout);
  if (!(elapsed > 0)) throw new Error(`the import answered no time: ${stdout}`);
  return elapsed;
}
