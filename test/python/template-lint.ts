import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { localPlace, synthesize } from '../../local/synthesize.ts';
import { outputOf } from './program.ts';

/** Rules of cfn-lint that do not count, each with its reason. */
const ignored: Readonly<Record<string, string>> = {
  W3005: 'CDK writes each dependency out, also where a reference already implies it',
};

/** Findings that do not count: one that is found no longer must be taken off the list. */
const known = [
  {
    rule: 'W3037',
    about: "'getscopedcredentials' is not one of ",
    why: 'the list of actions in cfn-lint 1.58.0 is older than sts:GetScopedCredentials',
  },
];

/** A finding as `cfn-lint --format json` has it. */
type Finding = {
  readonly Rule: { readonly Id: string };
  readonly Message: string;
  readonly Location: { readonly Path: readonly (string | number)[] | null };
};

/** Synthesizes the app with the policies that get deployed and lints its templates; what is wrong, a line each. */
export async function lintTemplates(cfnLint: string): Promise<string[]> {
  const assembly = await synthesize();
  try {
    const names = readdirSync(assembly.folder).filter((name) => name.endsWith('.template.json'));
    if (names.length === 0) throw new Error('the app synthesized no template');
    const templates = names.map((name) => join(assembly.folder, name));
    const args = ['--format', 'json', '--regions', localPlace.region];
    const rules = ['--ignore-checks', ...Object.keys(ignored)];
    const printed = await outputOf(cfnLint, [...args, ...rules, '--template', ...templates]);
    return problemsOf(JSON.parse(printed) as Finding[]);
  } finally {
    assembly.remove();
  }
}

/** What remains of the findings, and what is known but was not found. */
export function problemsOf(findings: readonly Finding[]): string[] {
  const is = ({ Rule, Message }: Finding, { rule, about }: (typeof known)[number]) =>
    Rule.Id === rule && Message.startsWith(about);
  const unknown = findings.filter((finding) => !known.some((each) => is(finding, each)));
  const stale = known.filter((each) => !findings.some((finding) => is(finding, each)));
  return [
    ...unknown.map(({ Rule, Message, Location }) => `${Rule.Id} ${Location.Path?.join('.')}: ${Message}`),
    ...stale.map(({ rule, why }) => `${rule} is found no longer, so it need not be known: ${why}`),
  ];
}
