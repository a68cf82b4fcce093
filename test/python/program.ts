import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text as textOf } from 'node:stream/consumers';

/** Where the checks run: the top of the repository. */
export const root = join(import.meta.dirname, '../..');

/**
 * Runs a program whose output is seen, with more environment; whether it succeeded. It does not block: whoever
 * else was started goes on being listened to, and signals go on being heard.
 */
export async function succeeds(
  command: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<boolean> {
  const env = { ...process.env, ...environment };
  const child = spawn(command, args, { cwd: root, env, stdio: 'inherit' });
  const kill = () => child.kill();
  process.once('exit', kill);
  const [code] = await once(child, 'exit');
  process.removeListener('exit', kill);
  return code === 0;
}

/** What a program prints on its standard output, however it ends; what it says of errors is seen. */
export async function outputOf(command: string, args: readonly string[]): Promise<string> {
  const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
  const [text] = await Promise.all([textOf(child.stdout), once(child, 'exit')]);
  return text;
}
