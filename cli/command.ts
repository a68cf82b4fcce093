import type { World } from './world.ts';

/** How a command is called, in help texts and advice: npm runs the `bin` of the package it stands in. */
export const called = 'npx mayfly';

/** One command: a module of its own, loaded when it is called. */
export type Command = {
  /** What `--help` prints. */
  readonly help: string;
  /** What it prints beside other words, for a command that is made of several. */
  helpFor?(args: readonly string[]): Promise<string>;
  /** Does it, and answers the exit code: 1 when something of it failed. Throws {@link CliError}. */
  run(args: readonly string[], world: World): Promise<0 | 1>;
};

/** How long it takes until every service goes by a policy that was just written (IAM user guide, troubleshooting). */
export const iamDelay = "IAM takes a few seconds, by AWS's word a few minutes, until it counts everywhere.";
