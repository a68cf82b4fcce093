import { type Account, startAccount } from './account.ts';
import { accountControls, theOne } from './controls.ts';
import { type Deployed, type Deployment, type DeployWorld, deploy, onlyApi } from './deployment.ts';
import { type Listening, listen } from './http/serve.ts';
import type { Decided } from './iam/authorize.ts';
import { createJudge } from './judge.ts';
import type { LocalBroker, StartOptions } from './local-broker.ts';
import { localPlace, synthesize } from './synthesize.ts';
import { loadTemplate, readAssembly } from './template/load.ts';
import type { Model } from './template/model.ts';

export type { Call, Interceptor, PassingCall } from './aws/endpoint.ts';
export type { Notification, Subscription } from './aws/sns-topics.ts';
export type { MessageCounts } from './aws/sqs-message.ts';
export type { Fate, SentMessage } from './aws/sqs-queues.ts';
export type { Decided } from './iam/authorize.ts';
export type { Permission } from './iam/withhold.ts';
export type {
  KeyAttribute,
  LocalBroker,
  LocalCredentials,
  RoleShape,
  Runtime,
  StartOptions,
  TableItem,
  TableKeys,
} from './local-broker.ts';

/** A template as a model, and how to remove what was synthesized for it. */
type Loaded = { readonly model: Model; readonly remove: () => void };

/** Deploys the template into an embedded AWS on this machine and serves it. */
export async function start(options: StartOptions = {}): Promise<LocalBroker> {
  const report = options.report ?? (() => {});
  let loaded: Loaded | undefined;
  const onDecided = (decided: Decided) => reportRefusal(decided, loaded?.model, report);
  const account = await startAccount(localPlace, onDecided, report);
  try {
    loaded = await load(options, account);
    return await serve(options, account, loaded, (next) => {
      loaded = next;
    });
  } catch (error) {
    await account.stop();
    loaded?.remove();
    throw error;
  }
}

async function serve(
  options: StartOptions,
  account: Account,
  first: Loaded,
  onLoaded: (loaded: Loaded) => void,
): Promise<LocalBroker> {
  const report = options.report ?? (() => {});
  const deployed: Deployed = { tables: new Set(), roles: new Set(), fired: new Map() };
  const skews = new Map<string, number>();
  let loaded = first;
  let current: Deployment | undefined;
  const gateway = await listen(
    async (request) => (current ? current.respond(request) : { status: 503 }),
    (error) => report(`gateway: ${error}`),
    options.port,
  );
  const world: DeployWorld = {
    url: `${gateway.url}/${onlyApi(loaded.model).stage}`,
    onLog: options.onLog ?? (() => {}),
    report,
    schedules: options.schedules ?? true,
    skew: (functionName) => skews.get(functionName) ?? 0,
  };
  current = await deploy(account, loaded.model, deployed, world).catch(closing(gateway));
  current.sources.start();
  const running = () => current as Deployment;
  const functionName = (text: string) =>
    theOne(
      'function',
      loaded.model.functions.map(({ name }) => name),
      text,
    );
  const stopBroker = async () => {
    running().sources.halt();
    account.functions.stop();
    await gateway.close();
    await running().crash('');
  };
  return {
    ...accountControls(account),
    url: world.url,
    mayDo: createJudge(account, () => onlyApi(loaded.model).api),
    functionName,
    skew(text, seconds) {
      if (!Number.isSafeInteger(seconds)) throw new RangeError('a clock is moved by whole seconds');
      skews.set(functionName(text), seconds);
    },
    runSchedules: () => running().sources.runSchedules(),
    settled: () => running().sources.settled(),
    crash: (text) => running().crash(text),
    async redeploy() {
      const [oldLoaded, old] = [loaded, running()];
      const next = await load(options, account);
      current = await deploy(account, next.model, deployed, world);
      loaded = next;
      onLoaded(next);
      old.sources.halt();
      current.sources.start();
      await old.crash('');
      oldLoaded.remove();
    },
    stopBroker,
    async stop() {
      await stopBroker();
      await account.stop();
      loaded.remove();
    },
  };
}

async function load(options: StartOptions, { endpoint }: Account): Promise<Loaded> {
  const made = options.assembly === undefined ? await synthesize(options.context) : undefined;
  const { stack, template, asset } = readAssembly(options.assembly ?? made?.folder ?? '');
  options.alter?.(template);
  const model = loadTemplate(template, { ...localPlace, stack, endpoint }, asset);
  return { model, remove: () => made?.remove() };
}

function closing(gateway: Listening) {
  return async (error: unknown): Promise<never> => {
    await gateway.close();
    throw error;
  };
}

/** What the functions themselves were refused is a fault of the stack, and whoever runs it must see it. */
function reportRefusal(decided: Decided, model: Model | undefined, report: (line: string) => void): void {
  const { role = '', action, resource, allowed, why } = decided;
  if (!allowed && model?.functions.some(({ roleName }) => roleName === role))
    report(`AccessDenied: ${role} may not perform ${action} on ${resource}: ${why}`);
}
