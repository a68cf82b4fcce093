import { isServerError, isThrottlingError, isTransientError } from '@smithy/core/retry';

/** Whether a fault of an AWS client may pass by itself: throttling, time-outs, lost connections, a 5xx. */
export function isTransient(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  // The SDK's type for whatever its clients throw, which tells nothing that every Error has not.
  const fault = error as Parameters<typeof isTransientError>[0];
  return isThrottlingError(fault) || isTransientError(fault) || isServerError(fault);
}
