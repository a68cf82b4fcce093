import { isAtLeast } from '../../core/evidence.ts';
import { after, type EpochSeconds } from '../../core/time.ts';
import type { AgentRegistry, FirstUses, KnownAgent } from '../../core/use-cases/attest.ts';
import type { UsedProofs } from '../../lambda/http/attested.ts';

/** The registry in memory, with the conditions of its table. */
export function memoryRegistry(): AgentRegistry & { readonly known: ReadonlyMap<string, KnownAgent> } {
  const known = new Map<string, KnownAgent>();
  return {
    known,
    async attested(agent) {
      const before = known.get(agent.sub);
      const isKept = before !== undefined && after(before.at, 30 * 86_400) > agent.at;
      if (isKept && !isAtLeast(agent.strength, before.strength)) return false;
      known.set(agent.sub, agent);
      return true;
    },
  };
}

/** Tokens without a nonce in memory, with the conditions of the replay table. */
export function memoryFirstUses(): FirstUses {
  const items = new Map<string, { jkt: string; until: EpochSeconds }>();
  return {
    async bind(id, jkt, until, now) {
      const item = items.get(id);
      if (item && item.until > now && item.jkt !== jkt) return false;
      items.set(id, { jkt, until });
      return true;
    },
  };
}

/** Proofs of possession in memory, with the conditions of the replay table. */
export function memoryUsedProofs(): UsedProofs {
  const items = new Map<string, EpochSeconds>();
  return {
    async use(jkt, jti, now) {
      const id = `${jkt}#${jti}`;
      if ((items.get(id) ?? 0) > now) return false;
      items.set(id, after(now, 180));
      return true;
    },
  };
}
