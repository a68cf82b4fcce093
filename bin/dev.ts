// `npm run dev`: leaves the local broker running and deploys again whenever a policy changes.
import { watch } from 'node:fs';
import { parseArgs } from 'node:util';
import { readPolicies } from '../lib/policies.ts';
import { type LocalBroker, start } from '../local/start.ts';
import { writeProfiles } from './dev-profiles.ts';

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

/** The role that operates the local broker. */
const operatorRole = 'broker-operator';

/** Milliseconds that a folder must be quiet before a change counts: editors save in several steps. */
const quiet = 200;

if (values.help) console.log(help);
else await run();

async function run(): Promise<void> {
  const broker = await start({
    context: { policies: values.policies, operators: `arn:aws:iam::111122223333:role/${operatorRole}` },
    port: Number(values.port),
    report: (line) => console.error(`! ${line}`),
    onLog: (name, line) => values.logs && console.log(`${name}: ${line}`),
  });
  furnish(broker);
  const { environments, credentials } = writeProfiles(broker, [
    { name: 'agent', role: exampleRole() },
    { name: 'operator', role: operatorRole },
  ]);
  console.log(`Mayfly runs at   ${broker.url}
AWS endpoint     ${broker.endpoint}
region           ${broker.region}
profiles         mayfly-agent and mayfly-operator, in ${credentials}
settings         ${environments.agent} and ${environments.operator}

In another terminal:
  first lease        npm run example
  what there is      npm run mayfly -- leases --type ${exampleType()}
  --help says more   npm run mayfly -- --help
Deploying again when ${values.policies}/ changes. Ctrl-C stops.`);
  let pending: NodeJS.Timeout | undefined;
  watch(values.policies, () => {
    clearTimeout(pending);
    pending = setTimeout(() => void redeploy(broker), quiet);
  });
  process.once('SIGINT', () => void broker.stop().then(() => process.exit(0)));
}

async function redeploy(broker: LocalBroker): Promise<void> {
  try {
    await broker.redeploy();
    furnish(broker);
    console.log(`${new Date().toLocaleTimeString()} deployed again`);
  } catch (error) {
    console.error(`! not deployed, the old policies stay:\n${(error as Error).message}`);
  }
}

/** The roles that policies name as agents, which exist before Mayfly does, and the buckets of the guardrail. */
function furnish(broker: LocalBroker): void {
  const { policies, guardrail } = readPolicies(values.policies);
  for (const { attestation } of policies) {
    for (const { aws_iam } of attestation.any_of) {
      const name = aws_iam.role.split('/').at(-1) ?? '';
      broker.createRole(name, [{ Effect: 'Allow', Action: 'execute-api:Invoke', Resource: '*' }]);
    }
  }
  furnishOperator(broker);
  for (const bucket of guardrail.buckets) {
    broker.createBucket(bucket);
    broker.putObject(bucket, 'acme/4711.json', JSON.stringify({ invoice: '4711', amount: 420 }));
  }
}

function exampleRole(): string {
  const [policy] = readPolicies(values.policies).policies;
  return policy?.attestation.any_of[0]?.aws_iam.role.split('/').at(-1) ?? '';
}

function exampleType(): string {
  return readPolicies(values.policies).policies[0]?.agent_type ?? '';
}

/** What the policies OperatorAccess and PanicAccess of the stack allow, on everything there is here. */
function furnishOperator(broker: LocalBroker): void {
  const actions = [
    'execute-api:Invoke',
    'iam:ListRoles',
    'iam:GetRolePolicy',
    'iam:PutRolePolicy',
    'iam:DeleteRolePolicy',
    'lambda:GetFunctionConcurrency',
    'lambda:PutFunctionConcurrency',
    'lambda:DeleteFunctionConcurrency',
  ];
  broker.createRole(operatorRole, [{ Effect: 'Allow', Action: actions, Resource: '*' }]);
}
