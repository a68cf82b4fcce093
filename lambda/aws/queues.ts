import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { EndedKind } from '../../core/grant.ts';
import type { GrantEnders, RevokerCall, RevokerQueue } from '../../core/use-cases/end-lease.ts';
import type { Timer, Timers } from '../../core/use-cases/timer.ts';
import type { EndCall } from '../connectors/calls.ts';

/** Timers as delayed messages of a standard queue. */
export function timerQueue(sqs: SQSClient, QueueUrl: string): Timers {
  return {
    async send(timer, DelaySeconds) {
      const MessageBody = JSON.stringify(timer satisfies Timer);
      await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody, DelaySeconds }));
    },
  };
}

/** Calls for the revoker in a FIFO queue, a group for each role: no two revokers work on one role at a time. */
export function revokerQueue(sqs: SQSClient, QueueUrl: string): RevokerQueue {
  return {
    async send(call) {
      await sqs.send(
        new SendMessageCommand({
          QueueUrl,
          MessageBody: JSON.stringify(call satisfies RevokerCall),
          MessageGroupId: call.role,
          // A message like one of the last five minutes would be dropped: each change is another message.
          MessageDeduplicationId: `${call.role}-${call.change}`,
        }),
      );
    },
  };
}

/** Calls for the functions that end grants, a queue for each kind. */
export function grantQueues(sqs: SQSClient, queues: Readonly<Record<EndedKind, string>>): GrantEnders {
  return {
    async send(kind, lease) {
      const MessageBody = JSON.stringify({ lease } satisfies EndCall);
      await sqs.send(new SendMessageCommand({ QueueUrl: queues[kind], MessageBody }));
    },
  };
}

/** Reads a timer; throws for what none of ours sent. */
export function parseTimer(body: string): Timer {
  const { lease, gen } = JSON.parse(body) as Partial<Timer>;
  if (typeof lease !== 'string' || typeof gen !== 'number') throw new Error('the message is no timer');
  return { lease, gen };
}

/** Reads a call for the revoker; throws for what none of ours sent. */
export function parseRevokerCall(body: string): RevokerCall {
  const { role, change, leases } = JSON.parse(body) as Partial<RevokerCall>;
  if (typeof role !== 'string' || typeof change !== 'string' || !Array.isArray(leases))
    throw new Error('the message is no call for the revoker');
  return { role, change, leases: leases.map(String) };
}
