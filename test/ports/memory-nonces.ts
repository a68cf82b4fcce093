import type { EpochSeconds } from '../../core/time.ts';
import type { Nonces } from '../../core/use-cases/issue-challenge.ts';

/** Nonces in memory, with the conditions of the replay table. */
export function memoryNonces(): Nonces {
  const items = new Map<string, { userId: string; expires: EpochSeconds }>();
  return {
    async put(nonce, userId, expires) {
      const known = items.get(nonce);
      if (known && known.userId !== userId) throw new Error('a nonce was handed out twice');
      items.set(nonce, { userId, expires });
    },
    async consume(nonce, userId, now) {
      const item = items.get(nonce);
      return item?.userId === userId && item.expires > now && items.delete(nonce);
    },
  };
}
