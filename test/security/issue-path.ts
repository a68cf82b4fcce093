import { AwsFault } from '../../local/fault.ts';
import type { Interceptor, LocalBroker, PassingCall } from '../../local/start.ts';

/** A call that the issue path makes of AWS; `nth` counts those of the same name before it. */
export type Step = Pick<PassingCall, 'service' | 'operation'> & { readonly nth: number };

/** What goes wrong at a step: before AWS acted or after, in the way of `kind`. */
export type Fault = {
  readonly kind: 'throttled' | 'failed' | 'cut off' | 'crashed';
  readonly phase: 'before' | 'after';
};

/** Every way in which a step goes wrong; who is throttled has changed nothing. */
export const faults: readonly Fault[] = [
  { kind: 'throttled', phase: 'before' },
  ...(['failed', 'cut off', 'crashed'] as const).flatMap((kind) =>
    (['before', 'after'] as const).map((phase) => ({ kind, phase })),
  ),
];

/** The steps that a piece of work takes, found by watching it. */
export async function stepsOf(broker: LocalBroker, work: () => Promise<unknown>): Promise<Step[]> {
  const steps: Step[] = [];
  const stop = broker.intercept(async ({ service, operation }, phase) => {
    const nth = steps.filter((step) => step.operation === operation).length;
    if (phase === 'before') steps.push({ service, operation, nth });
    return undefined;
  });
  await work();
  stop();
  return steps;
}

/** Lets a step go wrong, the first time or every time; answers how to stop it and how often it went wrong. */
export function sabotage(
  broker: LocalBroker,
  step: Step,
  { kind, phase }: Fault,
  always: boolean,
): { stop: () => void; times: () => number } {
  let met = 0;
  let times = 0;
  const interceptor: Interceptor = async ({ service, operation }, when) => {
    if (service !== step.service || operation !== step.operation || when !== phase) return undefined;
    if (met++ < step.nth || (times > 0 && !always)) return undefined;
    times++;
    if (kind === 'throttled')
      throw new AwsFault(throttling[service] ?? 'ThrottlingException', 'Rate exceeded');
    if (kind === 'failed') throw new AwsFault('InternalFailure', 'We encountered an internal error.', 500);
    if (kind === 'crashed') await broker.crash('issuance');
    return 'drop';
  };
  const stop = broker.intercept(interceptor);
  return { stop, times: () => times };
}

/** How each service says that it was asked too often. */
const throttling: Readonly<Record<string, string>> = { sts: 'Throttling' };
