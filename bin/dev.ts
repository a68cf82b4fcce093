// `npm run dev`: leaves the local broker running and deploys again whenever a policy changes.
import { mkdirSync, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readPolicies } from '../lib/policies.ts';
import { type LocalBroker, start } from '../local/start.ts';

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

if (values.help) console.log(help);
else await run();

async function run(): Promise<void> {
  const broker = await start({
    context: { policies: values.policies },
    port: Number(values.port),
    report: (line) => console.error(`! ${line}`),
    onLog: (name, line) => values.logs && console.log(`${name}: ${line}`),
  });
  furnish(broker);
  const files = writeProfile(broker, exampleRole());
  console.log(`Mayfly runs at   ${broker.url}
AWS endpoint     ${broker.endpoint}
region           ${broker.region}
agent profile    mayfly-agent, in ${files.credentials}
agent settings   ${files.environment}

First lease, in another terminal:  npm run example
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
  for (const bucket of guardrail.buckets) {
    broker.createBucket(bucket);
    broker.putObject(bucket, 'acme/4711.json', JSON.stringify({ invoice: '4711', amount: 420 }));
  }
}

function exampleRole(): string {
  const [policy] = readPolicies(values.policies).policies;
  return policy?.attestation.any_of[0]?.aws_iam.role.split('/').at(-1) ?? '';
}

/** Settings of one example agent: a file of variables for `npm run example`, and a profile for the AWS CLI. */
function writeProfile(broker: LocalBroker, role: string): { environment: string; credentials: string } {
  const { accessKeyId, secretAccessKey, sessionToken } = broker.credentialsFor(role, 'example-agent');
  const folder = '.mayfly';
  mkdirSync(folder, { recursive: true });
  const environment = join(folder, 'agent.env');
  const credentials = join(folder, 'credentials');
  const ownerOnly = { mode: 0o600 };
  const variables = {
    MAYFLY_URL: broker.url,
    AWS_ENDPOINT_URL: broker.endpoint,
    AWS_REGION: broker.region,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
  };
  const lines = Object.entries(variables).map(([name, value]) => `${name}=${value}\n`);
  writeFileSync(environment, lines.join(''), ownerOnly);
  const profile = [
    '[mayfly-agent]',
    `region = ${broker.region}`,
    `endpoint_url = ${broker.endpoint}`,
    `aws_access_key_id = ${accessKeyId}`,
    `aws_secret_access_key = ${secretAccessKey}`,
    `aws_session_token = ${sessionToken}`,
  ];
  writeFileSync(credentials, `${profile.join('\n')}\n`, ownerOnly);
  return { environment, credentials };
}
