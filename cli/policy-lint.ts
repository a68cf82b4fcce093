import { basename, dirname } from 'node:path';
import { styleText } from 'node:util';
import { thousands } from '../core/cases/explain-grant.ts';
import { budgetUse } from '../core/lint/budget-use.ts';
import { lintPolicy } from '../core/lint/lint-policy.ts';
import { placesIn } from '../core/policy/source-places.ts';
import { policyBudget } from '../core/session-policy.ts';
import { parseArguments } from './arguments.ts';
import { UsageError } from './cli-error.ts';
import { type Command, called } from './command.ts';
import { isFile, type PolicyFile, type PolicyFolder, readFolder } from './policy-folder.ts';
import { printable } from './printable.ts';
import type { World } from './world.ts';

const help = `Compiles policies inside the guardrail beside them, and says what is wrong with them, what is risky, and how much
room their session policies take.

  ${called} policy lint
  ${called} policy lint policies --strict
  ${called} policy lint policies/invoice-processor.yaml policies/release-agent.yaml

Without a folder or files: ./policies. Errors are exit code 1; so are warnings with --strict.

  --strict     warnings fail, too`;

const options = { strict: { type: 'boolean' } } as const;

/** `mayfly policy lint`. */
export const command: Command = {
  help,
  async run(args, world) {
    const { values, positionals } = parseArguments(args, options);
    const folders = foldersOf(positionals.length > 0 ? positionals : ['policies']);
    let [errors, warnings, policies] = [0, 0, 0];
    for (const folder of folders) {
      for (const problem of folder.problems) world.out(line(problem, 'error'));
      errors += folder.problems.length;
      for (const file of folder.policies) warnings += report(file, folder, world);
      policies += folder.policies.length;
    }
    world.out(`${policies} policies compile; ${counted(errors, 'error')}, ${counted(warnings, 'warning')}.`);
    return errors > 0 || (values.strict && warnings > 0) ? 1 : 0;
  },
};

/** Folders as a whole, and files with the others of their folder that were named. */
function foldersOf(paths: readonly string[]): PolicyFolder[] {
  const files = paths.filter(isFile);
  const byFolder = Map.groupBy(files, dirname);
  const wholes = paths.filter((path) => !files.includes(path));
  const policyless = files.find((path) => !path.endsWith('.yaml'));
  if (policyless) throw new UsageError(`${policyless} is no policy: a policy is a .yaml file`);
  return [
    ...wholes.map((path) => readFolder(path)),
    ...[...byFolder].map(([folder, names]) =>
      readFolder(
        folder,
        names.map((name) => basename(name)),
      ),
    ),
  ];
}

/** Prints the warnings of one policy and its budgets; answers how many warnings there are. */
function report(
  { source, policy }: PolicyFile,
  { providers = [], trust }: PolicyFolder,
  world: World,
): number {
  const places = placesIn(source);
  const warnings = lintPolicy(policy, providers, trust);
  for (const { path, message } of warnings) {
    const named = path.length > 0 ? `${path.join('.')}: ` : '';
    world.out(line(`${places(['context_policy', ...path])}: ${named}${message}`, 'warning'));
  }
  for (const { capabilities, shortest, longest } of budgetUse(policy)) {
    const what = capabilities.length === 1 ? capabilities[0] : `all ${capabilities.length} together`;
    const size =
      shortest === longest ? thousands(shortest) : `${thousands(shortest)} to ${thousands(longest)}`;
    world.out(`${source.name}: session policy of ${what}: ${size} of ${thousands(policyBudget)} characters`);
  }
  return warnings.length;
}

/** `file:line:col: warning: …`; what comes after the place is the message. */
function line(text: string, kind: 'error' | 'warning'): string {
  const [, place = '', rest = ''] = /^((?:[^:]*:\d+:\d+|[^:]*): )(.*)$/s.exec(printable(text)) ?? [];
  const shown = styleText(kind === 'error' ? 'red' : 'yellow', kind);
  return place === '' ? `${shown}: ${printable(text)}` : `${place}${shown}: ${rest}`;
}

function counted(count: number, what: string): string {
  return `${count === 0 ? 'no' : count} ${what}${count === 1 ? '' : 's'}`;
}
