import { nearest } from '../core/nearest.ts';
import { asksForHelp } from './arguments.ts';
import { CliError, UsageError } from './cli-error.ts';
import { type Command, called } from './command.ts';
import { printable } from './printable.ts';
import type { World } from './world.ts';

type Entry = { readonly does: string; readonly load: () => Promise<{ readonly command: Command }> };

/** Every command, loaded when it is called: starting the command line costs what is used of it. */
const commands: Readonly<Record<string, Entry>> = {
  leases: { does: 'show leases', load: () => import('./leases.ts') },
  revoke: { does: 'end leases early', load: () => import('./revoke.ts') },
  quarantine: { does: 'keep agents out, or let them in again', load: () => import('./quarantine.ts') },
  approvals: { does: 'show what waits for people', load: () => import('./approvals.ts') },
  approve: { does: 'approve what waits, as the person you are', load: () => import('./approve.ts') },
  deny: { does: 'deny what waits, as the person you are', load: () => import('./deny.ts') },
  policy: { does: 'check, explain, test and compare policies, offline', load: () => import('./policy.ts') },
  panic: { does: 'stop everything, with the broker up or down', load: () => import('./panic.ts') },
  unpanic: { does: 'undo panic', load: () => import('./unpanic.ts') },
};

const names = Object.keys(commands);
const width = Math.max(...names.map((name) => name.length)) + 2;

const help = `Operates a Mayfly broker, and decides on what waits for people.

${Object.entries(commands)
  .map(([name, { does }]) => `  ${called} ${name.padEnd(width)}${does}`)
  .join('\n')}

${called} <command> --help says more. Exit code: 0 done, 1 refused or failed, 2 not typed as it must be.`;

/** Runs one command; answers the exit code: 0 done, 1 refused or failed, 2 wrong usage. */
export async function main(args: readonly string[], world: World): Promise<0 | 1 | 2> {
  try {
    return await dispatch(args, world);
  } catch (error) {
    return explain(error, args, world);
  }
}

async function dispatch([name, ...args]: readonly string[], world: World): Promise<0 | 1 | 2> {
  if (name === undefined) {
    world.err(help);
    return 2;
  }
  if (name === 'help' || name === '--help' || name === '-h') {
    const [about, ...words] = args;
    world.out(about === undefined ? help : await helpOf(await commandCalled(about), words));
    return 0;
  }
  const command = await commandCalled(name);
  if (!asksForHelp(args)) return command.run(args, world);
  world.out(await helpOf(command, args));
  return 0;
}

async function helpOf(command: Command, args: readonly string[]): Promise<string> {
  return command.helpFor ? command.helpFor(args) : command.help;
}

async function commandCalled(name: string): Promise<Command> {
  const entry = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (entry) return (await entry.load()).command;
  const meant = nearest(name, names);
  throw new UsageError(
    `there is no command ${name}${meant ? `; did you mean ${meant}?` : `: ${names.join(', ')}`}`,
  );
}

function explain(error: unknown, [name = '']: readonly string[], world: World): 1 | 2 {
  if (!(error instanceof CliError)) {
    const { name: kind, message } =
      error instanceof Error ? error : { name: 'Error', message: String(error) };
    world.err(`mayfly: ${printable(`${kind}: ${message}`)}`);
    return 1;
  }
  world.err(`mayfly: ${printable(error.message)}`);
  if (error.advice !== undefined) world.err(printable(error.advice));
  else if (error instanceof UsageError)
    world.err(`${[called, ...(names.includes(name) ? [name] : []), '--help'].join(' ')} says more.`);
  return error.exitCode;
}
