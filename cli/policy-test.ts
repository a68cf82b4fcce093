import { basename } from 'node:path';
import { styleText } from 'node:util';
import { explain } from '../core/cases/explain.ts';
import { type CaseRun, runCase } from '../core/cases/run-case.ts';
import type { ContextPolicy } from '../core/policy/schema.ts';
import { exactly, parseArguments } from './arguments.ts';
import { Failure, UsageError } from './cli-error.ts';
import { type Command, called } from './command.ts';
import { explainedLines } from './explained.ts';
import { type CaseFile, type PolicyFile, readFolder, refuseBroken } from './policy-folder.ts';
import { printable } from './printable.ts';
import type { World } from './world.ts';

const help = `Runs the cases of policies: each *.cases.json of the folder, decided by what decides in a broker, once by the
policy as it is written and once by its compiled JSON.

  ${called} policy test
  ${called} policy test policies --verbose

A case that comes out otherwise is shown with what was expected, what came, and the whole explanation; exit code 1.

  --verbose    name the cases that come out as expected, too`;

const options = { verbose: { type: 'boolean' } } as const;

/** `mayfly policy test`. */
export const command: Command = {
  help,
  async run(args, world) {
    const { values, positionals } = parseArguments(args, options);
    const [path] = exactly(positionals.length > 0 ? positionals : ['policies'], ['folder']);
    const folder = readFolder(path);
    refuseBroken(folder, world);
    if (folder.cases.length === 0) throw new UsageError(`${path} has no *.cases.json`);
    let [ran, failed] = [0, 0];
    for (const file of folder.cases) {
      const policy = policyOf(file, folder.policies);
      for (const one of file.cases) {
        const run = await runCase(policy, file, one);
        const right = run.problems.length + run.mismatches.length === 0;
        ran++;
        if (!right) failed++;
        if (!right || values.verbose) report(policy, file, run, world);
      }
    }
    world.out(`${ran - failed} of ${ran} cases of ${folder.cases.length} policies came out as expected.`);
    return failed > 0 ? 1 : 0;
  },
};

/** The policy that cases are about. Throws {@link Failure} where it is not in the folder. */
function policyOf({ file, policy }: CaseFile, policies: readonly PolicyFile[]): ContextPolicy {
  const found = policies.find(({ source }) => basename(source.name) === policy);
  if (found) return found.policy;
  throw new Failure(`${file} is about ${policy}, which is not beside it`);
}

function report(policy: ContextPolicy, { file }: CaseFile, run: CaseRun, { out }: World): void {
  const { name, given, result, problems, mismatches } = run;
  const right = problems.length + mismatches.length === 0;
  out(`${right ? styleText('green', 'ok') : styleText('red', 'FAILED')}  ${printable(`${file}: ${name}`)}`);
  if (right) return;
  for (const problem of problems) out(printable(`  ${problem}`));
  for (const { what, expected, actual } of mismatches) {
    out(printable(`  ${what}`));
    out(styleText('red', printable(`  - expected ${expected}`)));
    out(styleText('green', printable(`  + actual   ${actual}`)));
  }
  if (given && result) for (const line of explainedLines(explain(policy, given, result))) out(`    ${line}`);
  out('');
}
