import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { Worker } from 'node:worker_threads';
import type { Clock } from '../clock.ts';
import type { Session } from '../iam/store.ts';
import type { FunctionDefinition } from '../template/model.ts';

/** What an execution environment is sent. */
export type Invocation = { readonly event: unknown; readonly clockOffset: number };

/** What it answers. */
export type Outcome =
  | { readonly result: unknown }
  | { readonly error: { readonly name: string; readonly message: string } };

/** What the emulated Lambda service gives every function. */
export type HostWorld = {
  readonly clock: Clock;
  /** Seconds by which a function's own clock is ahead of real time. */
  readonly clockOffset: (definition: FunctionDefinition) => number;
  /** Most invocations of a function at a time, undefined where none are reserved. */
  readonly reserved: (functionArn: string) => number | undefined;
  readonly region: string;
  /** Address of the AWS endpoint. */
  readonly endpoint: string;
  /** New credentials for a function's role, living for as long as the emulation gives them. */
  readonly openSession: (definition: FunctionDefinition) => Session;
  /** Called with every line that a function logs. */
  readonly onLog: (functionName: string, line: string) => void;
};

/** One function and its execution environments. */
export type FunctionHost = {
  readonly definition: FunctionDefinition;
  /** Runs the handler; a time-out, a crash and a thrown error are outcomes too. Throttled: as many run as may. */
  invoke(event: unknown): Promise<Outcome | 'throttled'>;
  /** Ends every environment at once, in the middle of whatever it does. */
  crash(): Promise<void>;
};

type Environment = { readonly worker: Worker; readonly session: Session; busy: boolean };

/** Seconds before its credentials end at which an environment is not used any more. */
const recycleBefore = 600;

/** Runs a function's real bundle in worker threads, with its own environment and its role's credentials. */
export function createFunctionHost(definition: FunctionDefinition, world: HostWorld): FunctionHost {
  const environments = new Set<Environment>();
  const remove = async (environment: Environment) => {
    environments.delete(environment);
    await environment.worker.terminate();
  };
  const take = (): Environment => {
    const usable = (environment: Environment) =>
      !environment.busy && environment.session.expires - world.clock.now() > recycleBefore;
    const idle = [...environments].find(usable) ?? startEnvironment(definition, world);
    environments.add(idle);
    idle.busy = true;
    return idle;
  };
  return {
    definition,
    async invoke(event) {
      const running = [...environments].filter(({ busy }) => busy).length;
      if (running >= (world.reserved(definition.arn) ?? Number.POSITIVE_INFINITY)) return 'throttled';
      const environment = take();
      const clockOffset = world.clockOffset(definition);
      const outcome = await run(environment, { event, clockOffset }, definition.timeout);
      environment.busy = false;
      // Lambda, too, gives up an environment whose invocation did not end well.
      if ('error' in outcome) await remove(environment);
      return outcome;
    },
    async crash() {
      await Promise.all([...environments].map(remove));
    },
  };
}

function startEnvironment(definition: FunctionDefinition, world: HostWorld): Environment {
  const session = world.openSession(definition);
  const worker = new Worker(new URL('./worker.ts', import.meta.url), {
    workerData: { code: definition.code, handler: definition.handler },
    env: { ...definition.environment, ...runtimeEnvironment(definition, session, world) },
    execArgv: [],
    stdout: true,
    stderr: true,
  });
  // An error that escapes ends the thread; `run` sees its exit.
  worker.on('error', ({ message }: Error) => world.onLog(definition.name, message));
  for (const stream of [worker.stdout, worker.stderr])
    createInterface({ input: stream }).on('line', (line) => world.onLog(definition.name, line));
  worker.unref();
  return { worker, session, busy: false };
}

/** What the Lambda runtime sets; no file of the machine's own AWS configuration is read. */
function runtimeEnvironment(
  definition: FunctionDefinition,
  { accessKeyId, secretAccessKey, sessionToken }: Session,
  { region, endpoint }: HostWorld,
): Record<string, string> {
  return {
    TZ: ':UTC',
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_LAMBDA_FUNCTION_NAME: definition.name,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
    AWS_ENDPOINT_URL: endpoint,
    AWS_CONFIG_FILE: '/nonexistent',
    AWS_SHARED_CREDENTIALS_FILE: '/nonexistent',
  };
}

async function run(environment: Environment, invocation: Invocation, timeout: number): Promise<Outcome> {
  const { worker } = environment;
  const ended = new AbortController();
  const timer = setTimeout(() => ended.abort(), timeout * 1000);
  try {
    worker.postMessage(invocation);
    const signal = ended.signal;
    const exit = once(worker, 'exit', { signal }).then(
      (): Outcome => ({ error: { name: 'Runtime.ExitError', message: 'the environment ended' } }),
    );
    const answer = once(worker, 'message', { signal }).then(([outcome]) => outcome as Outcome);
    return await Promise.race([answer, exit]);
  } catch {
    return { error: { name: 'Sandbox.Timedout', message: `Task timed out after ${timeout} seconds` } };
  } finally {
    clearTimeout(timer);
    // Lets go of the listener that lost the race.
    ended.abort();
  }
}
