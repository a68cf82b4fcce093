/**
 * How long a function waits for AWS, in milliseconds: three tries of two seconds end well before a function's
 * own ten, so that the caller hears what to do instead of a time-out of the gateway.
 */
export const patience = {
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 500, requestTimeout: 2_000, throwOnRequestTimeout: true },
} as const;
