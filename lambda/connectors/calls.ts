import type { Logger } from '@aws-lambda-powertools/logger';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import type { Irrevocable } from '../../core/use-cases/end-grants.ts';
import { eachMessage } from '../aws/sqs-event.ts';
import { causeOf } from '../cause.ts';

/** A call of issuance: make these grants of this lease. */
export type MintCall = { readonly lease: string; readonly grants: readonly string[] };

/** A message of whoever ended a lease: end what is left of its grants. */
export type EndCall = { readonly lease: string };

/** Writes what could not be ended to a log, in the words that the stack's metric filters count. */
export function reportTo(logger: Logger) {
  return ({ kind, lease, name, cause }: Irrevocable): void =>
    logger.error('grant not ended', {
      incident: 'irrevocable_grant',
      kind,
      lease,
      grant: name,
      cause: causeOf(cause),
    });
}

/** What a function can be called for that makes grants. */
export type ConnectorWork = {
  readonly mint: (lease: string, grants: readonly string[]) => Promise<unknown>;
  readonly end?: (lease: string) => Promise<void>;
  /** Once in a while, by a schedule. */
  readonly tidy?: () => Promise<void>;
};

/**
 * The handler of a function that makes grants: invoked with a {@link MintCall}, given messages of its queue, called by a
 * schedule. What it makes is its answer, and stands in no log; why it could not is in its own log alone.
 */
export function connectorHandler(work: ConnectorWork, logger: Logger) {
  const messages = eachMessage(async (body) => {
    const { lease } = JSON.parse(body) as Partial<EndCall>;
    if (typeof lease !== 'string' || !work.end) throw new Error('the message is no call to end grants');
    await work.end(lease);
  }, logger);
  return async (event: Partial<MintCall & SQSEvent> & { source?: unknown }): Promise<unknown> => {
    if (event.Records) return messages({ Records: event.Records }) satisfies Promise<SQSBatchResponse>;
    if (event.source === 'aws.events') return work.tidy?.();
    const { lease, grants } = event;
    if (typeof lease !== 'string' || !Array.isArray(grants))
      throw new Error('no call that this function knows');
    try {
      return await work.mint(lease, grants.map(String));
    } catch (error) {
      logger.error('grants not made', { lease, grants, cause: causeOf(error) });
      // The caller's log may be read by others; why is in ours.
      throw new Error('grants could not be made');
    }
  };
}
