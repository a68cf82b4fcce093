import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { atTerminal } from '../cli/run.ts';

const folder = join(import.meta.dirname, 'golden');

/** Each explanation was read by a person: change one only after reading it again. */
const golden = [
  ['420-eur.txt', '420 EUR is approved automatically'],
  ['5000-eur.txt', '5,000 EUR waits for a finance manager'],
  ['50000-eur.txt', '50,000 EUR is denied'],
  ['nobody.txt', 'nobody behind the task: denied'],
  ['outside-hours.txt', 'outside business hours: allowed, at higher risk and for two minutes'],
  ['sixth-invoice.txt', 'six invoices of 900 EUR for one user: the sixth passes the sum'],
] as const;

test('every golden text is compared', () => {
  expect(readdirSync(folder).sort()).toEqual(golden.map(([file]) => file).toSorted());
});

describe.each(golden)('%s', (file, name) => {
  it('is what explain prints, to the letter', async () => {
    const { code, out } = await atTerminal([
      'policy',
      'explain',
      'policies/invoice-processor.yaml',
      '--case',
      name,
    ]);
    expect(code).toBe(0);
    expect(`${out}\n`).toBe(readFileSync(join(folder, file), 'utf8'));
  });
});
