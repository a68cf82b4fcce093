import type { MintedKind } from '../../core/grant.ts';
import { postgresCredentials, tokenCredentials } from '../../core/protocol/responses.ts';
import type { CredentialOf } from '../../core/use-cases/connector.ts';
import type { GrantMakers } from '../../core/use-cases/mint-all.ts';
import type { MintCall } from '../connectors/calls.ts';
import type { Invoke } from './invoke.ts';

/** Milliseconds that making grants may take: what the API's own 29 s leave beside STS and the records. */
export const makingPatience = 12_000;

const shapes = { postgres: postgresCredentials, oauth: tokenCredentials, jwt: tokenCredentials } as const;

/** The functions that make grants, by kind: their names. What they answer is checked against its shape. */
export function grantFunctions(invoke: Invoke, functions: Readonly<Record<MintedKind, string>>): GrantMakers {
  return {
    async mint<Of extends MintedKind>(kind: Of, lease: string, grants: readonly string[]) {
      const answer = await invoke(functions[kind], { lease, grants } satisfies MintCall);
      return Object.fromEntries(
        grants.map((name) => {
          const made = shapes[kind].safeParse((answer as Record<string, unknown> | null)?.[name]);
          // Without the parser's words, which quote what was answered.
          if (!made.success) throw new Error(`the function of ${kind} made something else for ${name}`);
          return [name, made.data as CredentialOf<Of>];
        }),
      );
    },
  };
}
