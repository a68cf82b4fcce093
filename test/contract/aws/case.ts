import type { Target } from './target.ts';

/** Something done through the SDK, and what AWS answers to it. */
export type Case = {
  readonly name: string;
  /** Does it; what it returns is compared as JSON, a whole reply as {@link accepted}, what it throws as {@link Refused}. */
  run(target: Target): Promise<unknown>;
  /** AWS's answer, as its documentation has it. */
  readonly answers: unknown;
};

/** A refusal as the SDK surfaces it: `error.name` and `$metadata.httpStatusCode`. */
export type Refused = { readonly error: string; readonly status: number };

/** A refusal that is expected: 400 unless another status is given. */
export function refused(error: string, status = 400): Refused {
  return { error, status };
}

/** The answer of a case that returns what the SDK gave: whatever it was, it was no refusal. */
export const accepted = 'accepted';

/** What a target answers to a case, in plain JSON; anything thrown that no service said passes on. */
export async function answerOf({ run }: Case, target: Target): Promise<unknown> {
  try {
    const answer = await run(target);
    return isReply(answer) ? accepted : plain(answer);
  } catch (error) {
    const { name, $metadata } = error as { name: string; $metadata?: { httpStatusCode?: number } };
    if ($metadata?.httpStatusCode === undefined) throw error;
    return refused(name, $metadata.httpStatusCode);
  }
}

function isReply(answer: unknown): boolean {
  return typeof answer === 'object' && answer !== null && '$metadata' in answer;
}

/** A value as JSON holds it: sets as sorted lists, absent fields left out. */
export function plain(value: unknown): unknown {
  const text = JSON.stringify(value, (_, each) => (each instanceof Set ? [...each].sort() : each));
  return text === undefined ? null : JSON.parse(text);
}
