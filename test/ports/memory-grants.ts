import type { EndedKind, MintedKind } from '../../core/grant.ts';
import type { CredentialOf } from '../../core/use-cases/connector.ts';
import type { GrantEnders } from '../../core/use-cases/end-lease.ts';
import type { GrantMakers } from '../../core/use-cases/mint-all.ts';

/** Grants beyond AWS as their systems would hold them, in memory, and what a test may ask beside the ports. */
export type MemoryGrants = {
  readonly makers: GrantMakers;
  readonly enders: GrantEnders;
  /** What is there: `postgres L-… crm`. */
  readonly there: ReadonlySet<string>;
  /** Calls of whoever ends grants that nobody has answered yet. */
  readonly endings: { readonly kind: EndedKind; readonly lease: string }[];
  /** Kinds whose systems are down. */
  readonly down: Set<MintedKind>;
  /** Answers all calls. */
  answerEndings(): void;
};

const token = { access_token: 'token', token_type: 'Bearer', expiration: '2026-11-24T12:00:00Z' } as const;
const database = { host: 'db', port: 5432, database: 'crm', user: 'u', password: 'p', tls: 'off' } as const;

/** Systems that make what they are asked for, and end it when they are called. */
export function memoryGrants(): MemoryGrants {
  const there = new Set<string>();
  const endings: { kind: EndedKind; lease: string }[] = [];
  const down = new Set<MintedKind>();
  return {
    there,
    endings,
    down,
    makers: {
      async mint<Of extends MintedKind>(kind: Of, lease: string, names: readonly string[]) {
        if (down.has(kind)) throw new Error(`${kind} is down`);
        for (const name of names) there.add(`${kind} ${lease} ${name}`);
        const made = kind === 'postgres' ? { ...database, expiration: token.expiration } : token;
        return Object.fromEntries(names.map((name) => [name, made as CredentialOf<Of>]));
      },
    },
    enders: { send: async (kind, lease) => void endings.push({ kind, lease }) },
    answerEndings() {
      for (const { kind, lease } of endings.splice(0))
        for (const each of there) if (each.startsWith(`${kind} ${lease} `)) there.delete(each);
    },
  };
}
