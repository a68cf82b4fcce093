import { expect } from 'vitest';
import { problem } from '../../core/protocol/responses.ts';
import type { LocalBroker, LocalCredentials, StartOptions } from '../../local/start.ts';
import { startBroker } from '../broker.ts';
import { effectsOf } from './effects.ts';
import { type Answer, type Scope, send, signed, type Wire } from './wire.ts';

/** Stands in attacks wherever a secret could have been put by mistake: no answer and no log may hold it. */
export const secretLike = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';

/** What else no refusal may hold: how each JWT with its algorithm first begins, and each temporary access key. */
const neverAnswered = [secretLike, 'eyJhbGciOi', 'ASIA'];

/** How an attack must end. `gateway` is a refusal by API Gateway, before any function was asked. */
export type Refusal = {
  readonly status: number;
  readonly code: string;
  readonly path?: string | undefined;
  /** Part of what the caller is told. */
  readonly detail?: string;
};

/** A running broker, and everything that its functions logged. */
export type FrontDoor = {
  readonly broker: LocalBroker;
  /** Signs and sends. */
  ask(wire: Wire, keys: LocalCredentials, scope?: Partial<Scope>): Promise<Answer>;
  /** Expects that this is refused exactly so, with no echo and without any effect. */
  refuses(attack: () => Promise<Answer>, refusal: Refusal): Promise<void>;
  /** Expects that the functions logged something, and none of these. */
  loggedNone(secrets: readonly string[]): void;
  stop(): Promise<void>;
};

/** Starts a broker and stands before it. */
export async function openFrontDoor(options: StartOptions = {}): Promise<FrontDoor> {
  const logs: string[] = [];
  const broker = await startBroker({ ...options, onLog: (_, line) => logs.push(line) });
  return {
    broker,
    ask: async (wire, keys, scope = {}) =>
      send(await signed(wire, keys, { service: 'execute-api', region: broker.region, ...scope })),
    async refuses(attack, refusal) {
      const before = effectsOf(broker);
      const answer = await attack();
      expectRefusal(answer, refusal);
      for (const secret of neverAnswered) expect(answer.body).not.toContain(partOf(secret));
      expect(effectsOf(broker)).toEqual(before);
    },
    loggedNone(secrets) {
      expect(logs.length).toBeGreaterThan(0);
      for (const secret of [secretLike, ...secrets])
        expect(logs.filter((line) => line.includes(partOf(secret)))).toEqual([]);
    },
    stop: broker.stop,
  };
}

/** A part is too much already: messages of parsers quote some characters of what they were given. */
const partOf = (secret: string) => secret.slice(0, 10);

function expectRefusal(answer: Answer, { status, code, path, detail }: Refusal): void {
  const body: unknown = JSON.parse(answer.body);
  if (code === 'gateway') {
    expect(body).not.toHaveProperty('code');
    const { message, Message } = body as { message?: string; Message?: string };
    expect(message ?? Message).toContain(detail ?? '');
    expect(answer.status).toBe(status);
    return;
  }
  expect(body).toMatchObject({ status, code, type: `urn:mayfly:error:${code}` });
  expect(problem.parse(body).path, answer.body).toBe(path);
  if (detail !== undefined) expect(problem.parse(body).detail).toContain(detail);
  expect(answer.status).toBe(status);
  expect(answer.headers).toMatchObject({
    'content-type': 'application/problem+json',
    'cache-control': 'no-store',
  });
}
