/** Why a command stops, in words for whoever typed it. */
export abstract class CliError extends Error {
  /** What to do about it. */
  readonly advice: string | undefined;
  abstract readonly exitCode: 1 | 2;

  constructor(message: string, advice?: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'CliError';
    this.advice = advice;
  }
}

/** It was refused, or it failed. */
export class Failure extends CliError {
  readonly exitCode = 1;
}

/** It was not typed as it must be: nothing was done. */
export class UsageError extends CliError {
  readonly exitCode = 2;
}
