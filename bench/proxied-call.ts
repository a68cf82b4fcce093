import { Agent, request } from 'node:http';
import { Logger } from '@aws-lambda-powertools/logger';
import { serve } from '../lambda/http/serve.ts';
import { proxyRoutes } from '../lambda/proxy/routes.ts';
import { message } from '../test/lambda/proxy/call-event.ts';
import { chatToken, type ProxiedWorld, proxiedWorld } from '../test/lambda/proxy/proxied-world.ts';
import { type Benchmark, compare, type Row } from './harness.ts';

/** Fewer than a lease may make in a minute, which stands still here. */
const rounds = 400;
const warmUp = 100;
/** Milliseconds more than a direct call. */
const most = 1.5;

/** A call that the broker makes, against the same call made directly, both over connections that are kept. */
export const proxiedCall: Benchmark = {
  name: 'proxied-call',
  about: `latency of ${rounds} calls to a service on this machine through the proxy, against direct ones`,
  run: measure,
};

async function measure(): Promise<Row[]> {
  const world = await proxiedWorld({ proxy: { per_minute: 600 } });
  try {
    const { subject, reference } = await compare(await pairOf(world), rounds, warmUp);
    const more = subject - reference;
    return [
      { what: 'direct call to a service on this machine', measured: `${reference.toFixed(2)} ms` },
      { what: 'the same through the proxy', measured: `${subject.toFixed(2)} ms` },
      {
        what: 'what the proxy adds',
        measured: `${more.toFixed(2)} ms`,
        budget: `<= ${most} ms`,
        within: more <= most,
      },
    ];
  } finally {
    await world.close();
  }
}

/** The agent's own work, its proofs, is done before. */
async function pairOf({ deployed, event, chat }: ProxiedWorld) {
  const events: Awaited<ReturnType<typeof event>>[] = [];
  while (events.length < rounds + warmUp) events.push(await event());
  const handler = serve(proxyRoutes(deployed), new Logger({ serviceName: 'bench' }));
  const agent = new Agent({ keepAlive: true });
  return {
    subject: (round: number) =>
      timed(async () => {
        const made = events[round];
        const answer = made && (await handler(made));
        if (answer?.statusCode !== 200)
          throw new Error(`no call was made: ${answer?.statusCode} ${answer?.body}`);
      }),
    reference: () =>
      timed(async () => {
        const status = await direct(`${chat.url}/api/chat.postMessage`, agent);
        if (status !== 200) throw new Error(`the service answered ${status}`);
      }),
  };
}

/** Milliseconds of some work. */
async function timed(work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

function direct(url: string, agent: Agent): Promise<number | undefined> {
  const headers = { 'Content-Type': 'application/json', Authorization: `Bearer ${chatToken}` };
  return new Promise((resolve, reject) => {
    request(url, { method: 'POST', agent, headers }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode));
    })
      .on('error', reject)
      .end(message);
  });
}
