import { describe, expect, it, test } from 'vitest';
import { readFolder } from '../../cli/policy-folder.ts';
import { mismatchesOf } from '../../core/cases/mismatch.ts';
import { runCase } from '../../core/cases/run-case.ts';

const { policies, cases, problems } = readFolder('policies');

test('the policies and their cases compile, and there are enough of them', () => {
  expect(problems).toEqual([]);
  expect(policies.length).toBeGreaterThan(0);
  expect(cases.reduce((sum, file) => sum + file.cases.length, 0)).toBeGreaterThanOrEqual(120);
  expect(cases.map(({ policy }) => policy).sort()).toEqual(
    policies.map(({ source }) => source.name.split('/').at(-1)),
  );
});

describe.each(cases)('$file', (file) => {
  const found = policies.find(({ source }) => source.name.endsWith(`/${file.policy}`));

  it.each(file.cases)('$name', async (one) => {
    if (!found) throw new Error(`there is no policy ${file.policy}`);
    const { mismatches, problems: unclear } = await runCase(found.policy, file, one);
    expect(unclear).toEqual([]);
    expect(mismatches).toEqual([]);
  });

  it('comes out red for every case whose outcome is written otherwise', async () => {
    if (!found) throw new Error(`there is no policy ${file.policy}`);
    for (const one of file.cases) {
      const outcome = one.expect.outcome === 'deny' ? 'allow' : 'deny';
      const { result } = await runCase(found.policy, file, one);
      expect(result && mismatchesOf({ ...one.expect, outcome }, result)).not.toEqual([]);
    }
  });
});
