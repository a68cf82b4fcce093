import { basename, join } from 'node:path';
import { type CaseResult, decideCase } from '../core/cases/decide-case.ts';
import { explain } from '../core/cases/explain.ts';
import { changedBy, type Given, givenBy } from '../core/cases/given.ts';
import { nearest } from '../core/nearest.ts';
import type { Situation } from '../core/policy/schema-cases.ts';
import { PolicySourceError } from '../core/policy/source.ts';
import { readSituation } from '../core/policy/source-cases.ts';
import { epochSeconds, toIso } from '../core/time.ts';
import { exactly, parseArguments } from './arguments.ts';
import { UsageError } from './cli-error.ts';
import { type Command, called } from './command.ts';
import { explainedLines } from './explained.ts';
import { type CaseFile, readPolicyFile, readSource } from './policy-folder.ts';
import { printableJson } from './printable.ts';

const help = `Says what a policy decides on a task, and why: what comes of it, then every rule with the value it met, its
threshold and what would change it, and what the lease would hold.

  ${called} policy explain policies/invoice-processor.yaml --case "420 EUR is approved automatically"
  ${called} policy explain policies/invoice-processor.yaml --task task.json --at 2026-11-28T10:00:00+01:00

A situation of your own is written like a case of the *.cases.json, without name and expect:

  {"user": {"issuer": "https://login.example.com", "subject": "ada", "mfa": true, "authenticated": "2m before"},
   "claims": {"customer_id": "acme"}, "records": {"invoice_amount": 420},
   "task": {"capabilities": ["read_invoice"], "parameters": {"invoice_id": "4711"}, "estimated_seconds": 120}}

One of
  --case NAME    a case of the *.cases.json beside the policy; the start of its name is enough
  --task FILE    a situation of your own: at, user, claims, facts, task, records, usage, depth
and perhaps
  --at TIME      decide as of this time, such as 2026-11-28T10:00:00+01:00; a task without one is asked now
  --json         the decision as one JSON document`;

const options = {
  case: { type: 'string' },
  task: { type: 'string' },
  at: { type: 'string' },
  json: { type: 'boolean' },
} as const;

/** `mayfly policy explain`. Exit code 0 whatever is decided. */
export const command: Command = {
  help,
  async run(args, world) {
    const { values, positionals } = parseArguments(args, options);
    const [path] = exactly(positionals, ['policy file']);
    if ((values.case === undefined) === (values.task === undefined))
      throw new UsageError('which task? Give one of --case <name> and --task <file>');
    const { folder, file } = readPolicyFile(path, world);
    const own = folder.cases.filter(({ policy }) => policy === basename(path));
    const situation = values.task === undefined ? caseCalled(own, values.case ?? '') : readTask(values.task);
    const at = values.at === undefined ? (situation.at ?? world.now()) : momentOf(values.at);
    const found = givenBy(file.policy, { ...situation, at });
    if ('problems' in found) throw new UsageError(found.problems.join('; '));
    const result = await decideCase(file.policy, found.given);
    if (values.json) world.out(printableJson(asJson(path, found.given, result)));
    else for (const line of explainedLines(explain(file.policy, found.given, result))) world.out(line);
    return 0;
  },
};

/** The situation of a case, by its name or the start of it. */
function caseCalled(files: readonly CaseFile[], name: string): Situation {
  const all = files.flatMap(({ base, cases }) =>
    cases.map(({ name, expect: _, ...changes }) => ({ name, situation: changedBy(base, changes) })),
  );
  const exact = all.filter((each) => each.name === name);
  const found = exact.length > 0 ? exact : all.filter((each) => each.name.startsWith(name));
  const [one, ...more] = found;
  if (one && more.length === 0) return one.situation;
  if (one)
    throw new UsageError(
      `${found.length} cases begin with ${name}`,
      found.map((each) => JSON.stringify(each.name)).join(', '),
    );
  const names = all.map((each) => each.name);
  const meant = nearest(name, names);
  throw new UsageError(
    `the policy has no case ${name}${meant ? `; did you mean "${meant}"?` : ''}`,
    names.length > 0
      ? `${called} policy test --verbose lists its ${names.length} cases.`
      : 'It has no cases.',
  );
}

function readTask(path: string): Situation {
  try {
    // Nulls take away, also where there is nothing yet.
    return changedBy({}, readSituation(readSource(path)));
  } catch (error) {
    if (error instanceof PolicySourceError) throw new UsageError(error.message);
    throw error;
  }
}

function momentOf(text: string) {
  const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(time) || time < 0)
    throw new UsageError(`--at ${text} is no time with its zone, such as 2026-11-28T10:00:00+01:00`);
  return epochSeconds(time / 1000);
}

function asJson(path: string, { at, user, depth, task }: Given, result: CaseResult) {
  const asked = { ...task, ...(user && { user: { issuer: user.issuer, subject: user.subject } }), depth };
  const limits = result.limits.map(({ quota, used, when, full }) => ({
    rule: quota.rule,
    used: used * quota.unit,
    adds: quota.amount * quota.unit,
    most: quota.most * quota.unit,
    when,
    room: full === undefined,
  }));
  return { policy: join(path), at: toIso(at), asked, ...result, limits };
}
