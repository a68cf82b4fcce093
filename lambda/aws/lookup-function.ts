import type { AwsClient } from 'aws4fetch';
import type { ParameterValues } from '../../core/decision.ts';
import type { Lookups } from '../../core/use-cases/judge-task.ts';

/** What the lookup function is asked: parameters of an agent type, and the values to look them up with. */
export type LookupCall = {
  readonly agent_type: string;
  readonly names: readonly string[];
  readonly known: ParameterValues;
};

/** Milliseconds that one lookup may take, the start of its function included. */
const patience = 5_000;

/** Address of Lambda in a region; the variables are those that every AWS SDK knows (SDKs reference guide, endpoints). */
export function lambdaEndpoint(environment: Readonly<Record<string, string | undefined>>): string {
  const { AWS_ENDPOINT_URL_LAMBDA, AWS_ENDPOINT_URL, AWS_REGION = '' } = environment;
  const suffix = AWS_REGION.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  return AWS_ENDPOINT_URL_LAMBDA ?? AWS_ENDPOINT_URL ?? `https://lambda.${AWS_REGION}.${suffix}`;
}

/**
 * The systems of record, by way of the one function that may read them (Lambda API reference, Invoke). One signed request
 * instead of the SDK's client for Lambda, which would be a fifth of the bundle.
 */
export function lookupFunction(aws: AwsClient, endpoint: string, name: string): Lookups {
  const url = `${endpoint}/2015-03-31/functions/${encodeURIComponent(name)}/invocations`;
  return {
    async find(agent_type, names, known) {
      const body = JSON.stringify({ agent_type, names, known } satisfies LookupCall);
      const signal = AbortSignal.timeout(patience);
      const answer = await aws.fetch(url, { method: 'POST', body, signal });
      // What it threw is in its own log: its answer may quote a record.
      if (!answer.ok || answer.headers.has('X-Amz-Function-Error'))
        throw new Error(`the lookup function failed: ${answer.status}`);
      return factsIn(await answer.json(), names);
    },
  };
}

function factsIn(answer: unknown, names: readonly string[]): Awaited<ReturnType<Lookups['find']>> {
  return Object.fromEntries(
    names.map((name) => {
      const values: unknown = (answer as Record<string, unknown>)[name];
      const isFact = (value: unknown) => typeof value === 'string' || typeof value === 'number';
      if (!Array.isArray(values) || !values.every(isFact)) throw new Error(`no answer for ${name}`);
      return [name, values];
    }),
  );
}
