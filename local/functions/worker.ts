// Runs one function in a thread of its own, as one Lambda execution environment: its environment is the
// thread's, one invocation at a time, nothing of the parent is visible but what the messages bring.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';
import { clockOffsetVariable } from '../../core/settings.ts';
import type { Invocation, Outcome } from './host.ts';

const { code, handler } = workerData as { code: string; handler: string };
const [file = 'index', name = 'handler'] = handler.split('.');

// Errors travel as name and message, as Lambda reports them.
function failure(error: unknown): Outcome {
  const { name: type, message } = error instanceof Error ? error : { name: 'Error', message: String(error) };
  return { error: { name: type, message } };
}

try {
  const { [name]: run } = await import(pathToFileURL(join(code, `${file}.mjs`)).href);
  parentPort?.on('message', async ({ event, clockOffset }: Invocation) => {
    process.env[clockOffsetVariable] = String(clockOffset);
    const outcome: Outcome = await Promise.resolve(run(event)).then((result) => ({ result }), failure);
    parentPort?.postMessage(outcome);
  });
} catch (error) {
  parentPort?.once('message', () => parentPort?.postMessage(failure(error)));
}
