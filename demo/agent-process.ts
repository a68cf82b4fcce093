import { fork } from 'node:child_process';
import { join } from 'node:path';
import type { LocalBroker } from '../local/start.ts';
import type { Answer, Order } from './messages.ts';

/** A running agent: orders are answered with their value, and throw what went wrong. */
export type AgentProcess = {
  ask<Value>(order: Order): Promise<Value>;
  /** The words of the refusal that this order met; empty when it was not refused. */
  refusal(order: Order): Promise<string>;
  /** Ends it in the middle of whatever it does. */
  kill(): void;
  stop(): void;
};

/** What an agent's host gives it. */
export type AgentSetting = {
  readonly role: string;
  readonly session: string;
  /** Where the service that validates VAT numbers is. */
  readonly vat: string;
  /** The token of the person on whose behalf it works. */
  readonly subjectToken: string;
  /** A private JWK that its host keeps: with it, it is the same agent each time; without, a new one. */
  readonly key?: string | undefined;
};

/** Starts an agent as a child process under a role, knowing nothing but its environment. */
export function startAgent(
  broker: LocalBroker,
  { role, session, vat, subjectToken, key }: AgentSetting,
): AgentProcess {
  const { accessKeyId, secretAccessKey, sessionToken } = broker.credentialsFor(role, session);
  const child = fork(join(import.meta.dirname, 'agent.ts'), {
    execArgv: [],
    env: {
      AWS_REGION: broker.region,
      AWS_ENDPOINT_URL: broker.endpoint,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_SESSION_TOKEN: sessionToken,
      AWS_CONFIG_FILE: '/nonexistent',
      AWS_SHARED_CREDENTIALS_FILE: '/nonexistent',
      MAYFLY_URL: broker.url,
      VAT_URL: vat,
      MAYFLY_SUBJECT_TOKEN: subjectToken,
      ...(key !== undefined && { MAYFLY_AGENT_KEY: key }),
    },
  });
  const waiting = new Map<number, (answer: Answer) => void>();
  child.on('message', ({ id, answer }: { id: number; answer: Answer }) => {
    waiting.get(id)?.(answer);
    waiting.delete(id);
  });
  child.on('exit', () => {
    for (const settle of waiting.values()) settle({ error: 'the agent process ended' });
  });
  let count = 0;
  const send = (order: Order) =>
    new Promise<Answer>((settle) => {
      const id = count++;
      waiting.set(id, settle);
      child.send({ id, order });
    });
  return {
    async ask<Value>(order: Order) {
      const answer = await send(order);
      if ('error' in answer) throw new Error(answer.error);
      return answer.value as Value;
    },
    async refusal(order) {
      const answer = await send(order);
      return 'error' in answer ? answer.error : '';
    },
    kill: () => child.kill('SIGKILL'),
    stop: () => child.kill(),
  };
}
