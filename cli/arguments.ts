import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { nearest } from '../core/nearest.ts';
import { UsageError } from './cli-error.ts';

/**
 * Options and words of a command. Throws {@link UsageError} for an option that is unknown, comes twice, lacks its value
 * or has one too many.
 */
export function parseArguments<const Options extends ParseArgsOptionsConfig>(
  args: readonly string[],
  options: Options,
) {
  refuseUnknownAndRepeated(args, options);
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
  } catch (error) {
    const [words = ''] = (error as Error).message.split('\n');
    throw new UsageError(words);
  }
}

function refuseUnknownAndRepeated(args: readonly string[], options: ParseArgsOptionsConfig): void {
  const { tokens } = parseArgs({ args: [...args], options, strict: false, tokens: true });
  const seen = new Set<string>();
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    if (!Object.hasOwn(options, token.name))
      throw new UsageError(`there is no option ${token.rawName}${didYouMean(token.name, options)}`);
    if (seen.has(token.name)) throw new UsageError(`${token.rawName} is given twice`);
    seen.add(token.name);
  }
}

function didYouMean(name: string, options: ParseArgsOptionsConfig): string {
  const meant = nearest(name, Object.keys(options));
  return meant === undefined ? '' : `; did you mean --${meant}?`;
}

/** Whether the arguments ask for help: what follows `--` is not looked at. */
export function asksForHelp(args: readonly string[]): boolean {
  const end = args.indexOf('--');
  return args.slice(0, end < 0 ? args.length : end).some((each) => each === '--help' || each === '-h');
}

/** One of the words that are possible; throws {@link UsageError} that lists them. */
export function oneOf<const Word extends string>(
  what: string,
  given: string | undefined,
  possible: readonly Word[],
): Word {
  const found = possible.find((each) => each === given);
  if (found !== undefined) return found;
  const list = `one of ${possible.join(', ')}`;
  if (given === undefined) throw new UsageError(`${what} is needed: ${list}`);
  const meant = nearest(given, possible);
  throw new UsageError(`${what} ${given} is unknown: ${list}${meant ? `; did you mean ${meant}?` : ''}`);
}

/** Exactly the words that a command takes, by name; throws {@link UsageError} when one lacks or is too many. */
export function exactly<const Names extends readonly string[]>(
  words: readonly string[],
  names: Names,
): { readonly [Index in keyof Names]: string } {
  const lacking = names[words.length];
  if (lacking !== undefined) throw new UsageError(`<${lacking}> is needed`);
  if (words.length > names.length)
    throw new UsageError(
      `too many words from ${words[names.length]} on: does a value with spaces lack its quotes?`,
    );
  return words as { readonly [Index in keyof Names]: string };
}

/** What a schema of `core/protocol` says of a request. */
type Schema = {
  safeParse(value: unknown): {
    readonly error?:
      | { readonly issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[] }
      | undefined;
  };
};

/** The request, if the broker would take it; throws {@link UsageError} that says what is wrong before it is sent. */
export function checkedBy<Request>(schema: Schema, request: Request): Request {
  const { error } = schema.safeParse(request);
  if (!error) return request;
  const [issue] = error.issues;
  const field = String(issue?.path.at(-1) ?? 'request').replaceAll('_', '-');
  throw new UsageError(`${field}: ${issue?.message ?? 'not valid'}`);
}
