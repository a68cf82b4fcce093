import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './program.ts';

const folder = join(root, '.mayfly/python');
const requirements = join(import.meta.dirname, 'requirements.txt');
/** Holds the requirements that were installed, so that changed ones are installed anew. */
const marker = join(folder, 'installed.txt');

/** Milliseconds after which an installation is given up. */
const patience = 10 * 60_000;

/** The tools in their virtual environment, or why there is none, in words for whoever runs the check. */
export type Environment = { readonly tool: (name: string) => string } | { readonly absent: string };

/** Makes the virtual environment `.mayfly/python` with the pinned tools, unless it is there; `report` hears of slow steps. */
export function prepareEnvironment(report: (line: string) => void): Environment {
  if (isInstalled()) return { tool };
  const python = ['python3', 'python'].find(isUsable);
  if (!python) return { absent: 'there is no Python 3.10 to 3.14' };
  const made = makeEnvironment(python);
  if (made) return { absent: `${python} cannot make a virtual environment: ${made}` };
  report('Installing moto and cfn-lint into .mayfly/python (once; about a minute) …');
  const pip = [
    '-m',
    'pip',
    'install',
    '--quiet',
    '--disable-pip-version-check',
    '--no-input',
    '--retries',
    '1',
  ];
  const failed = faultOf(tool('python'), [...pip, '--requirement', requirements]);
  if (failed) return { absent: `pip cannot install test/python/requirements.txt: ${lastLine(failed)}` };
  writeFileSync(marker, readFileSync(requirements));
  return { tool };
}

/** Path of a program of the virtual environment. */
function tool(name: string): string {
  return process.platform === 'win32' ? join(folder, 'Scripts', `${name}.exe`) : join(folder, 'bin', name);
}

function isInstalled(): boolean {
  const same = existsSync(marker) && readFileSync(marker, 'utf8') === readFileSync(requirements, 'utf8');
  return same && isUsable(tool('python'));
}

function isUsable(python: string): boolean {
  const check = 'import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 14))';
  return spawnSync(python, ['-c', check], { stdio: 'ignore' }).status === 0;
}

/** Makes the folder afresh; answers what went wrong, undefined when nothing did. */
function makeEnvironment(python: string): string | undefined {
  rmSync(folder, { recursive: true, force: true });
  const failed = faultOf(python, ['-m', 'venv', folder]);
  if (!failed) return undefined;
  // Half an environment is left behind when Debian's package is missing.
  rmSync(folder, { recursive: true, force: true });
  return failed.includes('ensurepip') ? 'on Debian it needs the package python3-venv' : lastLine(failed);
}

/** Runs a program to its end; answers what it printed when it failed. */
function faultOf(command: string, args: readonly string[]): string | undefined {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8', timeout: patience });
  if (status === 0) return undefined;
  return error?.message ?? (`${stdout}\n${stderr}`.trim() || `it ended with ${status}`);
}

function lastLine(text: string): string {
  return text.split('\n').at(-1)?.replace(/\.$/, '') ?? '';
}
