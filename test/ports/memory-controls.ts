import type { Scope } from '../../core/scope.ts';
import type { Control } from '../../core/standing.ts';
import type { Controls } from '../../core/use-cases/end-lease.ts';

/** What is said about scopes, in memory, and how it is read. */
export type MemoryControls = Controls & { of(scopes: readonly Scope[]): readonly Control[] };

/** Each verb is atomic, as one write is; the contract suite runs against both implementations. */
export function memoryControls(): MemoryControls {
  const items = new Map<Scope, Control>();
  return {
    of: (scopes) => scopes.flatMap((scope) => items.get(scope) ?? []),
    async quarantine(scope, quarantine) {
      items.set(scope, { quarantine, ...items.get(scope), scope });
    },
    async lift(scope) {
      const { quarantine: _, ...rest } = items.get(scope) ?? { scope };
      items.set(scope, rest);
    },
    async bury(scope, before) {
      const control = items.get(scope) ?? { scope };
      if ((control.revoked_before ?? 0) < before) items.set(scope, { ...control, revoked_before: before });
    },
  };
}
