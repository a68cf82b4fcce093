/**
 * How long a function waits for AWS, in milliseconds: two calls that take all their tries end before the
 * function's own time does, so that the caller hears what to do instead of a time-out of the gateway.
 */
export const patience = {
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 500, requestTimeout: 2_000, throwOnRequestTimeout: true },
} as const;
