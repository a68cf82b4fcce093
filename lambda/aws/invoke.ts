import type { AwsClient } from 'aws4fetch';

/** Invokes a function of this broker and answers what it answers; throws an Error that tells nothing of it. */
export type Invoke = (functionName: string, event: unknown) => Promise<unknown>;

/** Address of Lambda in a region; the variables are those that every AWS SDK knows (SDKs reference guide, endpoints). */
export function lambdaEndpoint(environment: Readonly<Record<string, string | undefined>>): string {
  const { AWS_ENDPOINT_URL_LAMBDA, AWS_ENDPOINT_URL, AWS_REGION = '' } = environment;
  const suffix = AWS_REGION.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  return AWS_ENDPOINT_URL_LAMBDA ?? AWS_ENDPOINT_URL ?? `https://lambda.${AWS_REGION}.${suffix}`;
}

/**
 * Invoke (Lambda API reference), synchronously, within `patience` milliseconds, the start of the function included. One
 * signed request instead of the SDK's client for Lambda, which would be a fifth of the bundle.
 */
export function invoker(aws: AwsClient, endpoint: string, patience: number): Invoke {
  return async (functionName, event) => {
    const url = `${endpoint}/2015-03-31/functions/${encodeURIComponent(functionName)}/invocations`;
    const signal = AbortSignal.timeout(patience);
    const answer = await aws.fetch(url, { method: 'POST', body: JSON.stringify(event), signal });
    // What it threw is in its own log: its answer may quote a record.
    if (!answer.ok || answer.headers.has('X-Amz-Function-Error'))
      throw new Error(`the function ${functionName} failed: ${answer.status}`);
    return answer.json().catch(() => {
      // Without the parser's own words, which quote what was answered: it may be a credential.
      throw new Error(`the function ${functionName} answered what is no JSON`);
    });
  };
}
