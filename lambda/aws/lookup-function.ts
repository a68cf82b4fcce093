import type { ParameterValues } from '../../core/decision.ts';
import type { Lookups } from '../../core/use-cases/judge-task.ts';
import type { Invoke } from './invoke.ts';

/** What the lookup function is asked: parameters of an agent type, and the values to look them up with. */
export type LookupCall = {
  readonly agent_type: string;
  readonly names: readonly string[];
  readonly known: ParameterValues;
};

/** Milliseconds that one lookup may take. */
export const lookupPatience = 5_000;

/** The systems of record, by way of the one function that may read them. */
export function lookupFunction(invoke: Invoke, name: string): Lookups {
  return {
    async find(agent_type, names, known) {
      return factsIn(await invoke(name, { agent_type, names, known } satisfies LookupCall), names);
    },
  };
}

function factsIn(answer: unknown, names: readonly string[]): Awaited<ReturnType<Lookups['find']>> {
  return Object.fromEntries(
    names.map((name) => {
      const values: unknown = (answer as Record<string, unknown>)[name];
      const isFact = (value: unknown) => typeof value === 'string' || typeof value === 'number';
      if (!Array.isArray(values) || !values.every(isFact)) throw new Error(`no answer for ${name}`);
      return [name, values];
    }),
  );
}
