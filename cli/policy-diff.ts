import { basename } from 'node:path';
import { styleText } from 'node:util';
import type { Change, Direction } from '../core/diff/change.ts';
import { type CaseChange, compareCases } from '../core/diff/compare-cases.ts';
import { type Compared, compareDeployments } from '../core/diff/compare-deployments.ts';
import { exactly, parseArguments } from './arguments.ts';
import { UsageError } from './cli-error.ts';
import { type Command, called } from './command.ts';
import {
  isFile,
  type PolicyFile,
  type PolicyFolder,
  readFolder,
  readPolicyFile,
  refuseBroken,
} from './policy-folder.ts';
import { printable, printableJson } from './printable.ts';
import type { World } from './world.ts';

const help = `Says what a change of policies widens and what it narrows, and which cases it decides differently.

  ${called} policy diff ../main/policies policies
  ${called} policy diff old/invoice-processor.yaml policies/invoice-processor.yaml --fail-on-widening
  git worktree add /tmp/main main && ${called} policy diff /tmp/main/policies policies

Both are folders, with their guardrails, identity providers and trust sources, or both are policy files. Cases are those beside the new
ones. What cannot be told to be narrower counts as widening.

  --fail-on-widening   exit code 1 where anything is wider than before, or may be
  --verbose            every case that is decided differently; else all whose outcome is another, and a few of the rest
  --json               the changes as one JSON document`;

const options = {
  'fail-on-widening': { type: 'boolean' },
  verbose: { type: 'boolean' },
  json: { type: 'boolean' },
} as const;

type Report = {
  readonly compared: readonly Compared[];
  readonly cases: readonly CaseChange[];
  readonly ran: number;
};

/** `mayfly policy diff`. */
export const command: Command = {
  help,
  async run(args, world) {
    const { values, positionals } = parseArguments(args, options);
    const [old, now] = exactly(positionals, ['old folder or file', 'new folder or file']);
    const report = await reportOf(old, now, world);
    if (values.json) world.out(printableJson(report));
    else print(report, values.verbose ?? false, world);
    const widens = report.compared.some(({ changes }) => changes.some(isWidening));
    return values['fail-on-widening'] && widens ? 1 : 0;
  },
};

function isWidening({ direction }: Change): boolean {
  return direction === 'wider' || direction === 'unclear';
}

async function reportOf(old: string, now: string, world: World): Promise<Report> {
  if (isFile(old) !== isFile(now)) throw new UsageError('compare two folders, or two files');
  const [before, after] = [read(old, world), read(now, world)];
  const pairs = before.policies.flatMap((one) => {
    const other = after.policies.find(({ policy }) => policy.agent_type === one.policy.agent_type);
    return other ? [[one, other] as const] : [];
  });
  const files = (path: string, { policies, guardrail, providers, trust }: PolicyFolder) => ({
    policies: policies.map(({ policy }) => policy),
    ...(isFile(path) ? {} : { guardrail, providers, trust }),
  });
  let ran = 0;
  const cases: CaseChange[] = [];
  for (const [one, other] of pairs) {
    for (const file of casesOf(after, other)) {
      ran += file.cases.length;
      cases.push(...(await compareCases(one.policy, other.policy, file)));
    }
  }
  return { compared: compareDeployments(files(old, before), files(now, after)), cases, ran };
}

function read(path: string, world: World): PolicyFolder {
  if (isFile(path)) return readPolicyFile(path, world).folder;
  const folder = readFolder(path);
  refuseBroken(folder, world);
  return folder;
}

function casesOf({ cases }: PolicyFolder, { source }: PolicyFile) {
  return cases.filter(({ policy }) => policy === basename(source.name));
}

const looks: Readonly<Record<Direction, Parameters<typeof styleText>[0]>> = {
  wider: 'red',
  narrower: 'green',
  unclear: 'yellow',
  neutral: 'dim',
};

function print({ compared, cases, ran }: Report, all: boolean, { out }: World): void {
  for (const { name, changes } of compared) {
    out(styleText('bold', printable(name)));
    for (const { direction, what } of changes)
      out(`  ${styleText(looks[direction], direction.padEnd(8))}  ${printable(what)}`);
    out('');
  }
  for (const line of caseLines(cases, all)) out(line);
  const count = (direction: Direction) =>
    compared.flatMap(({ changes }) => changes).filter((each) => each.direction === direction).length;
  const told = `${count('wider')} wider, ${count('narrower')} narrower, ${count('unclear')} unclear`;
  out(`${told}; ${cases.length} of ${ran} cases are decided differently.`);
}

/** Cases shown of those that come to the same outcome: one change of a resource is in all of them. */
const fewCases = 3;

function caseLines(cases: readonly CaseChange[], all: boolean): string[] {
  if (cases.length === 0) return [];
  const differ = cases.map(({ name, before, after }) => ({ name, parts: differing(before, after) }));
  const outcomes = differ.filter(({ parts: [from] }) => !from.includes(';'));
  const others = differ.filter((each) => !outcomes.includes(each));
  const shown = [...outcomes, ...(all ? others : others.slice(0, fewCases))];
  const left = differ.length - shown.length;
  return [
    styleText('bold', 'Decided differently'),
    ...shown.map(({ name, parts: [from, to] }) => printable(`  ${name}: ${from} → ${to}`)),
    ...(left > 0 ? [`  and ${left} more with the outcome of before: --verbose shows them`] : []),
    '',
  ];
}

/** Results from the part on in which they differ; the outcome always. */
function differing(before: string, after: string): [string, string] {
  const [from, to] = [before.split('; '), after.split('; ')];
  if (from[0] !== to[0]) return [from[0] ?? '', to[0] ?? ''];
  const keep = (parts: string[], others: string[]) =>
    [parts[0], ...parts.slice(1).filter((part) => !others.includes(part))].join('; ');
  return [keep(from, to), keep(to, from)];
}
