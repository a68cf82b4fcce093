import { Failure, UsageError } from './cli-error.ts';
import type { World } from './world.ts';

/** A step too wide to be taken by accident. */
export type WideStep = {
  /** What would happen, as a sentence without its full stop. */
  readonly what: string;
  /** The word by which it is confirmed: what the step is about. */
  readonly word: string;
  /** How to confirm it where nobody can be asked: an option. */
  readonly instead: string;
};

/** Lets the person at the terminal type the word; throws {@link UsageError} where nobody can, {@link Failure} when they do not. */
export async function askBack({ what, word, instead }: WideStep, { ask }: World): Promise<void> {
  if (!ask) throw new UsageError(`${what}: without a terminal, say so with ${instead}`);
  const answer = await ask(`${what}.\nType ${word} to go on: `);
  if (answer.trim() !== word) throw new Failure('nothing was done: it was not confirmed');
}

/**
 * The word that confirms a step to the broker: what `--confirm` says, or what the terminal was asked. `--yes` stands
 * for the answer at a terminal only, so that a script must name what it is about.
 */
export async function confirmation(
  what: string,
  word: string,
  { confirm, yes }: { readonly confirm?: string | undefined; readonly yes?: boolean | undefined },
  world: World,
): Promise<string> {
  if (confirm !== undefined) {
    if (confirm === word) return word;
    throw new UsageError(`--confirm says ${confirm}, but this concerns ${word}`);
  }
  if (!(yes && world.ask)) await askBack({ what, word, instead: `--confirm ${word}` }, world);
  return word;
}
