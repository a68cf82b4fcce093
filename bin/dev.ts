// `npm run dev`: leaves the local broker running and deploys again whenever a policy changes.
import { watch } from 'node:fs';
import { parseArgs } from 'node:util';
import { readPolicies } from '../lib/policies.ts';
import { agentRoles } from '../lib/role-lists.ts';
import { type LocalBroker, start } from '../local/start.ts';
import { furnish, operatorRole } from './dev-furniture.ts';
import { type DevPeople, startPeople } from './dev-people.ts';
import { writeProfiles } from './dev-profiles.ts';
import { startStandIns } from './dev-systems.ts';

const help = `Runs the broker on this machine until you press Ctrl-C.

  npm run dev                              the policies of ./policies, on port 8787
  npm run dev -- --policies demo/policies  other policies
  npm run dev -- --port 9000               another port
  npm run dev -- --logs                    what the functions log, too

The stack is synthesized and deployed into an AWS inside this process, with IAM enforced. Saving a policy
deploys again; tables and keys are kept. If it does not compile, the old one stays and the reason is printed.`;

const { values } = parseArgs({
  options: {
    help: { type: 'boolean', short: 'h' },
    policies: { type: 'string', default: 'policies' },
    port: { type: 'string', default: '8787' },
    logs: { type: 'boolean' },
  },
});

/** Milliseconds that a folder must be quiet before a change counts: editors save in several steps. */
const quiet = 200;

/** Milliseconds after which the example's person signs in again. */
const tokenRenewal = 600_000;

if (values.help) console.log(help);
else await run();

async function run(): Promise<void> {
  const systems = await startStandIns(values.policies);
  const people = await startPeople(values.policies, async (copy) => {
    await systems?.standInFolder(copy);
  });
  const role = `arn:aws:iam::111122223333:role/${operatorRole}`;
  const broker = await start({
    context: { policies: people.policies, operators: role, approvers: role },
    port: Number(values.port),
    report: (line) => console.error(`! ${line}`),
    onLog: (name, line) => values.logs && console.log(`${name}: ${line}`),
  });
  systems?.keepSecrets(broker);
  const tables = new Set<string>();
  await furnish(broker, people.policies, tables);
  broker.onNotification(({ subject, message }) => console.log(`\nPeople are told: ${subject}\n${message}\n`));
  const variables = () => ({
    MAYFLY_SUBJECT_TOKEN: people.subjectToken(),
    ...(systems && { VAT_URL: systems.oauth.url }),
  });
  const write = () =>
    writeProfiles(broker, [
      { name: 'agent', role: exampleRole(), variables: variables() },
      { name: 'operator', role: operatorRole },
    ]);
  const { environments, credentials } = write();
  // The token of a person is good for an hour after signing in: here they sign in again and again.
  setInterval(write, tokenRenewal).unref();
  console.log(`Mayfly runs at   ${broker.url}
AWS endpoint     ${broker.endpoint}
region           ${broker.region}
identities       ${people.provider.url}: alice, frieda (finance-managers), dora (directors)
profiles         mayfly-agent and mayfly-operator, in ${credentials}
settings         ${environments.agent} and ${environments.operator}

In another terminal:
  first lease        npm run example
  one to approve     npm run example -- 4713
  a whole invoice    npm run example:invoice
  what there is      npm run mayfly -- leases --type ${exampleType()}
  --help says more   npm run mayfly -- --help
Deploying again when ${values.policies}/ changes. Ctrl-C stops.`);
  let pending: NodeJS.Timeout | undefined;
  watch(values.policies, () => {
    clearTimeout(pending);
    pending = setTimeout(() => void redeploy(broker, people, tables), quiet);
  });
  process.once(
    'SIGINT',
    () => void Promise.all([broker.stop(), people.stop(), systems?.stop()]).then(() => process.exit(0)),
  );
}

async function redeploy(broker: LocalBroker, people: DevPeople, tables: Set<string>): Promise<void> {
  try {
    await people.copy();
    await broker.redeploy();
    await furnish(broker, people.policies, tables);
    console.log(`${new Date().toLocaleTimeString()} deployed again`);
  } catch (error) {
    console.error(`! not deployed, the old policies stay:\n${(error as Error).message}`);
  }
}

function exampleRole(): string {
  const [role = ''] = agentRoles(readPolicies(values.policies).policies);
  return role.split('/').at(-1) ?? '';
}

function exampleType(): string {
  return readPolicies(values.policies).policies[0]?.agent_type ?? '';
}
