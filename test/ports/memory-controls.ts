import type { Scope } from '../../core/scope.ts';
import type { Control } from '../../core/standing.ts';
import type { EpochSeconds } from '../../core/time.ts';
import type { Controls } from '../../core/use-cases/end-lease.ts';

/** What is said about scopes, in memory, and how it is read. */
export type MemoryControls = Controls & { of(scopes: readonly Scope[]): readonly Control[] };

/** Each verb is atomic, as one write is; the contract suite runs against both implementations. */
export function memoryControls(): MemoryControls {
  const items = new Map<Scope, Control>();
  const lifted = new Map<Scope, EpochSeconds>();
  return {
    of: (scopes) => scopes.flatMap((scope) => items.get(scope) ?? []),
    async quarantine(scope, quarantine) {
      if ((lifted.get(scope) ?? 0) <= quarantine.at)
        items.set(scope, { quarantine, ...items.get(scope), scope });
    },
    async lift(scope, at) {
      const { quarantine: _, ...rest } = items.get(scope) ?? { scope };
      items.set(scope, rest);
      lifted.set(scope, at);
    },
    async bury(scope, before) {
      const control = items.get(scope) ?? { scope };
      if ((control.revoked_before ?? 0) < before) items.set(scope, { ...control, revoked_before: before });
    },
  };
}
