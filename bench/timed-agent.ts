import { AwsClient } from 'aws4fetch';
import { createBrokerClient, type SignedFetch } from '../client/index.ts';
import type { LocalBroker } from '../local/start.ts';
import { agentType, invoiceTask } from './task.ts';

/** An agent whose requests are timed from the first byte sent to the last received. */
export type TimedAgent = {
  /** Milliseconds that one lease takes; throws when it is refused. */
  lease(): Promise<number>;
};

const role = 'invoice-agent';

/** An attested agent. Its own work, SigV4 signature and proof, is done before the time is taken. */
export async function timedAgent(broker: LocalBroker): Promise<TimedAgent> {
  broker.createRole(role, [{ Effect: 'Allow', Action: 'execute-api:Invoke', Resource: '*' }]);
  const keys = broker.credentialsFor(role, 'bench');
  const signer = new AwsClient({ ...keys, service: 'execute-api', region: broker.region, retries: 0 });
  let elapsed = Number.NaN;
  const timed: SignedFetch = async (url, init) => {
    const request = await signer.sign(url, init);
    const start = performance.now();
    const response = await fetch(request);
    const body = await response.arrayBuffer();
    elapsed = performance.now() - start;
    return new Response(body, response);
  };
  const client = await createBrokerClient({ url: broker.url, agentType, fetch: timed, clock: broker.now });
  await client.attest();
  return {
    async lease() {
      await client.lease(invoiceTask);
      return elapsed;
    },
  };
}
