import type { FunctionDefinition } from '../template/model.ts';

type Reservation = { readonly templated: number | undefined; readonly reserved: number | undefined };

/** How many invocations of each function of the account are reserved: no more than that run at a time. */
export class Concurrency {
  readonly #functions = new Map<string, Reservation>();
  readonly #onChange: () => void;

  /** `onChange` hears when a function may run again, or no longer. */
  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  /**
   * Takes what a template says of its functions, which are then the only ones. CloudFormation sets a value that
   * changed in the template; one that a call set since stays.
   */
  deploy(functions: readonly Pick<FunctionDefinition, 'arn' | 'reserved'>[]): void {
    const before = new Map(this.#functions);
    this.#functions.clear();
    for (const { arn, reserved: templated } of functions) {
      const old = before.get(arn);
      const reserved = old && old.templated === templated ? old.reserved : templated;
      this.#functions.set(arn, { templated, reserved });
    }
  }

  has(functionArn: string): boolean {
    return this.#functions.has(functionArn);
  }

  /** The reserved number, undefined where none is reserved; zero stops the function. */
  reserved(functionArn: string): number | undefined {
    return this.#functions.get(functionArn)?.reserved;
  }

  set(functionArn: string, reserved: number | undefined): void {
    const known = this.#functions.get(functionArn);
    if (!known) throw new Error(`there is no function ${functionArn}`);
    this.#functions.set(functionArn, { ...known, reserved });
    this.#onChange();
  }
}
