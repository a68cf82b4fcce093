import type { DenyDocuments } from '../../core/use-cases/enforce.ts';

/** Deny documents in memory, and what a test may do to them. */
export type MemoryDocuments = DenyDocuments & {
  /** What the role's document says now. */
  text(role: string): string | undefined;
  /** Somebody else writes it. */
  put(role: string, text: string): void;
  /** The role is deleted, and its document with it. */
  deleteRole(role: string): void;
  /** Every text that was written, in order; undefined where the document was removed. */
  readonly writes: { readonly role: string; readonly text: string | undefined }[];
  /** What becomes of a write: throw, and IAM has not taken it; `lost`, and it said that it had. */
  meddle: (role: string) => 'kept' | 'lost';
};

/** IAM's inline policies of that one name: every role exists until it is deleted. */
export function memoryDocuments(): MemoryDocuments {
  const texts = new Map<string, string>();
  const deleted = new Set<string>();
  const documents: MemoryDocuments = {
    writes: [],
    meddle: () => 'kept',
    text: (role) => texts.get(role),
    put: (role, text) => void texts.set(role, text),
    deleteRole(role) {
      deleted.add(role);
      texts.delete(role);
    },
    read: async (role) => texts.get(role),
    async write(role, text) {
      const kept = documents.meddle(role) === 'kept';
      if (deleted.has(role)) return 'no_role';
      documents.writes.push({ role, text });
      if (!kept) return 'written';
      if (text === undefined) texts.delete(role);
      else texts.set(role, text);
      return 'written';
    },
  };
  return documents;
}
