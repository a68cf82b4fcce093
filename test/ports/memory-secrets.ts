import type { Secrets } from '../../lambda/aws/secrets.ts';

/** Secrets in memory: `put` is a rotation, which a reader notices when it asks for a fresh one. */
export type MemorySecrets = Secrets & {
  put(arn: string, text: string): void;
  /** Whether they cannot be had from now on, but for those that were read before. */
  down(isDown: boolean): void;
  /** Every time that one was asked for, fresh or not. */
  readonly reads: { readonly arn: string; readonly fresh: boolean }[];
};

/** Starts with these, by ARN. */
export function memorySecrets(initial: Readonly<Record<string, string>> = {}): MemorySecrets {
  const current = new Map(Object.entries(initial));
  const cached = new Map<string, string>();
  const reads: MemorySecrets['reads'] = [];
  let isDown = false;
  return {
    reads,
    put: (arn, text) => void current.set(arn, text),
    down: (is) => {
      isDown = is;
    },
    async read(arn, fresh) {
      reads.push({ arn, fresh: fresh !== undefined });
      const held = fresh ? undefined : cached.get(arn);
      if (held !== undefined) return held;
      const text = isDown ? undefined : current.get(arn);
      if (text === undefined) throw new Error(`the secret ${arn} cannot be read`);
      cached.set(arn, text);
      return text;
    },
  };
}
