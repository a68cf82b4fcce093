import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { atTerminal, mayfly } from './run.ts';

const commands = ['leases', 'revoke', 'quarantine', 'policy', 'panic', 'unpanic'] as const;

test('help names every command, on standard output, and is no error', async () => {
  const { code, out, err } = await mayfly(['--help']);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  for (const command of commands) expect(out).toContain(`npx mayfly ${command} `);
});

test('no command at all shows the same on standard error and is wrong usage', async () => {
  const { out: help } = await mayfly(['help']);
  expect(await mayfly([])).toEqual({ code: 2, out: '', err: help });
});

test.each(commands)('%s explains itself with examples, wherever --help stands', async (command) => {
  const { code, out } = await atTerminal([command, 'word', '--help', '--nonsense']);
  expect(code).toBe(0);
  expect(out).toMatch(new RegExp(`^  npx mayfly ${command} \\S+`, 'm'));
  expect(await atTerminal(['help', command])).toMatchObject({ code: 0, out });
});

test.each([
  ['an unknown command', ['lease'], 'there is no command lease; did you mean leases?'],
  ['a command that is nothing like any', ['frobnicate'], 'there is no command frobnicate: leases, revoke'],
  ['a name of every object', ['constructor'], 'there is no command constructor'],
  ['an unknown option', ['leases', '--typ', 'x'], 'there is no option --typ; did you mean --type?'],
  ['an option of every object', ['leases', '--constructor'], 'there is no option --constructor'],
  ['an option without its value', ['leases', '--type'], "Option '--type <value>' argument missing"],
  ['an option with one too many', ['leases', '--all=yes'], "Option '--all' does not take an argument"],
  ['an option twice', ['leases', '--type', 'a', '--type', 'b'], '--type is given twice'],
  ['a word too many', ['leases', 'invoices', '--type', 'a'], 'too many words from invoices on'],
  ['neither type nor agent', ['leases'], 'Give one of --type <agent type> and --agent <id>'],
  ['both type and agent', ['leases', '--type', 'a', '--agent', 'b'], 'Give one of --type'],
  ['an unknown state', ['leases', '--type', 'a', '--state', 'activ'], 'did you mean active?'],
  ['a limit of none', ['leases', '--type', 'a', '--limit', '0'], '--limit is a whole number from 1 on'],
  ['two limits', ['leases', '--type', 'a', '--limit', '5', '--all'], 'give one of --limit and --all'],
  ['nothing to revoke', ['revoke'], 'what to revoke is needed: one of lease, chain, agent, task, type'],
  ['an unknown thing to revoke', ['revoke', 'taks', 'a'], 'did you mean task?'],
  ['no reason', ['revoke', 'lease', 'L-ACLJJ5JCW5ITAYCO'], '--reason is needed'],
  ['no lease id', ['revoke', 'lease', '--reason', 'x'], '<lease id> is needed'],
  ['what is no lease id', ['revoke', 'lease', 'L-1', '--reason', 'x'], 'lease: not a lease id'],
  ['what is no agent id', ['revoke', 'agent', 'nuvrr5', '--reason', 'x'], 'agent: not an agent id'],
  ['half a task', ['revoke', 'task', 'a', '--reason', 'x'], '<task name> is needed'],
  ['a task without quotes', ['revoke', 'task', 'a', 'b', 'c', '--reason', 'x'], 'lack its quotes?'],
  [
    'a time without a zone',
    ['revoke', 'type', 'a', '--reason', 'x', '--issued-before', '2026-11-24T12:00:00'],
    'is a time like',
  ],
  [
    'a time that is none',
    ['revoke', 'type', 'a', '--reason', 'x', '--issued-before', '2026-11-24Tlunch+01:00'],
    'is a time like',
  ],
  [
    'a time for one lease',
    ['revoke', 'lease', 'L-ACLJJ5JCW5ITAYCO', '--reason', 'x', '--issued-before', '2026-11-24T12:00:00Z'],
    'are for a type',
  ],
  [
    'a reason that is too long',
    ['revoke', 'type', 'a', '--reason', 'x'.repeat(201)],
    'reason: 1 to 200 printable',
  ],
  ['nobody to keep out', ['quarantine', '--reason', 'x'], 'whom to keep out is needed'],
  [
    'a role by its name',
    ['quarantine', 'principal', 'invoice-agent', '--reason', 'x'],
    "principal: not a role's unique id",
  ],
  [
    'a confirmation of what is narrow',
    ['quarantine', 'key', 'x'.repeat(43), '--reason', 'x', '--yes'],
    'keeping out a type or everybody',
  ],
  ['no broker', ['leases', '--type', 'a'], 'Set MAYFLY_URL'],
  [
    'an address that is none',
    ['leases', '--type', 'a', '--url', 'mayfly.example'],
    'is no address of a broker',
  ],
  [
    'an address with a query',
    ['leases', '--type', 'a', '--url', 'https://a.example/live?x=1'],
    'is no address',
  ],
  [
    'an address where a session token would travel in the clear',
    ['leases', '--type', 'a', '--url', 'http://a.example/live'],
    'is not encrypted',
  ],
])('%s is wrong usage, and says what to do', async (_, args, words) => {
  const { code, out, err } = await atTerminal(args);
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toContain(words);
});

test('wrong usage is exit code 2 of the process, in one line of complaint and one of advice', async () => {
  const { code, out, err } = await mayfly(['revoke', 'lease', 'L-1', '--reason', 'x']);
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toBe('mayfly: lease: not a lease id\nnpx mayfly revoke --help says more.\n');
});

test('npx finds it: the bin of the package is a program', async () => {
  const root = join(import.meta.dirname, '../..');
  const { bin } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
    bin: { mayfly: string };
  };
  const PATH = dirname(process.execPath);
  const { stdout } = await promisify(execFile)(join(root, bin.mayfly), ['--help'], { env: { PATH } });
  expect(stdout).toContain('npx mayfly leases');
});
