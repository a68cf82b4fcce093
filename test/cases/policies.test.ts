import { basename } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { readFolder } from '../../cli/policy-folder.ts';
import { runCase } from '../../core/cases/run-case.ts';

const { policies, cases, problems } = readFolder('policies');

test('the policies and their cases compile, and there are enough of them', () => {
  expect(problems).toEqual([]);
  expect(policies.length).toBeGreaterThan(0);
  expect(cases.reduce((sum, file) => sum + file.cases.length, 0)).toBeGreaterThanOrEqual(120);
  expect(cases.map(({ policy }) => policy).sort()).toEqual(
    policies.map(({ source }) => basename(source.name)),
  );
});

describe.each(cases)('$file', (file) => {
  const found = policies.find(({ source }) => basename(source.name) === file.policy);

  it.each(file.cases)('$name', async (one) => {
    if (!found) throw new Error(`there is no policy ${file.policy}`);
    const { mismatches, problems: unclear } = await runCase(found.policy, file, one);
    expect(unclear).toEqual([]);
    expect(mismatches).toEqual([]);
  });
});
