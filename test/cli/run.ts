import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { main } from '../../cli/main.ts';
import type { World } from '../../cli/world.ts';
import type { EpochSeconds } from '../../core/time.ts';

/** What a call of the command line came to. */
export type Ran = { readonly code: number | null; readonly out: string; readonly err: string };

/** Keys as the environment gives them. */
export type ShellKeys = {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
};

/** An environment with these keys and nothing of this machine's own AWS configuration. */
export function shellOf(keys: ShellKeys, more: Readonly<Record<string, string>> = {}) {
  return {
    AWS_ACCESS_KEY_ID: keys.accessKeyId,
    AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
    AWS_SESSION_TOKEN: keys.sessionToken,
    AWS_CONFIG_FILE: '/nonexistent',
    AWS_SHARED_CREDENTIALS_FILE: '/nonexistent',
    AWS_EC2_METADATA_DISABLED: 'true',
    ...more,
  };
}

/** Runs `mayfly` as a process of its own, without a terminal. */
export function mayfly(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ran> {
  const script = join(import.meta.dirname, '../../bin/mayfly.ts');
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [script, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let out = '';
    let err = '';
    child.stdout.on('data', (chunk: Buffer) => (out += chunk));
    child.stderr.on('data', (chunk: Buffer) => (err += chunk));
    child.on('error', reject).on('close', (code) => resolve({ code, out, err }));
  });
}

/** The time at which {@link atTerminal} runs. */
export const moment = 1_795_521_600 as EpochSeconds;

/** Runs a command in this process with a person at the terminal, who answers `answers` one by one. */
export async function atTerminal(
  args: readonly string[],
  answers: readonly string[] = [],
): Promise<Ran & { readonly asked: string[] }> {
  const asked: string[] = [];
  const ran = await inThisProcess(args, async (question) => answers[asked.push(question) - 1] ?? '');
  return { ...ran, asked };
}

/** Runs a command in this process with this environment and nobody at a terminal. */
export async function scripted(args: readonly string[], env: Readonly<Record<string, string>>): Promise<Ran> {
  const before = Object.fromEntries(Object.keys(env).map((name) => [name, process.env[name]]));
  Object.assign(process.env, env);
  try {
    return await inThisProcess(args, undefined);
  } finally {
    for (const [name, value] of Object.entries(before)) restore(name, value);
  }
}

function restore(name: string, value: string | undefined): void {
  if (value === undefined) delete process.env[name];
  else process.env[name] = value;
}

async function inThisProcess(args: readonly string[], ask: World['ask']): Promise<Ran> {
  const [out, err]: [string[], string[]] = [[], []];
  const code = await main(args, {
    out: (line) => out.push(line),
    err: (line) => err.push(line),
    ask,
    now: () => moment,
  });
  return { code, out: out.join('\n'), err: err.join('\n') };
}
