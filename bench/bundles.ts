import { assembly, functionsOf } from './assembly.ts';
import type { Benchmark, Row } from './harness.ts';

/** Largest issuance bundle, in bytes: what it loads at a cold start, an agent waits for. */
const most = 600_000;

/** The size of every function's minified bundle. */
export const bundles: Benchmark = {
  name: 'bundles',
  about: 'minified size of what each function loads',
  async run() {
    return functionsOf(await assembly())
      .map(({ folder, bytes }) => ({ folder, bytes }))
      .sort((a, b) => b.bytes - a.bytes)
      .map(sizeRow);
  },
};

function sizeRow({ folder, bytes }: { folder: string; bytes: number }): Row {
  const row = { what: `bundle of ${folder}`, measured: kilobytes(bytes) };
  return folder === 'issuance' ? { ...row, budget: `<= ${kilobytes(most)}`, within: bytes <= most } : row;
}

/** A kilobyte is 1,000 bytes, as in the bundler's own figures. */
function kilobytes(bytes: number): string {
  return `${(bytes / 1000).toFixed(0)} KB`;
}
