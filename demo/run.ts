import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AttestationResponse, IssuedLeaseResponse } from '../client/index.ts';
import { awsCredentialsOf } from '../client/index.ts';
import { type LocalIdentityProvider, startIdentityProvider } from '../local/people/identity-provider.ts';
import { type LocalBroker, start } from '../local/start.ts';
import { type LocalSystems, startSystems } from '../local/systems/systems.ts';
import { type AgentProcess, startAgent } from './agent-process.ts';
import { askPeople } from './approval.ts';
import { dieEarly, dieOnTime, giveBack } from './endings.ts';
import { processIt, showGrants } from './four-systems.ts';
import {
  amounts,
  approverRole,
  bucket,
  iamDelay,
  invoiceTask,
  operatorRole,
  wholeInvoice,
} from './invoice.ts';
import { aliceToken, friedaAt } from './people.ts';
import { createStory, type Story } from './story.ts';

/** Runs the demonstration against a local broker; true only if every claim was observed. */
export async function runDemonstration(): Promise<boolean> {
  const story = createStory();
  story.say('Synthesizing the stack and deploying it into an AWS of this process …');
  const [provider, systems] = await Promise.all([startIdentityProvider(), startSystems()]);
  const policies = await policiesWith(provider, systems);
  const role = (name: string) => `arn:aws:iam::111122223333:role/${name}`;
  const broker = await start({
    context: { policies, operators: role(operatorRole), approvers: role(approverRole) },
    report: (line) => console.error(`  ! ${line}`),
  });
  const agents: AgentProcess[] = [];
  const agent = (session: string, key?: string) => {
    const vat = systems.oauth.url;
    const setting = { role: 'invoice-agent', session, vat, subjectToken: aliceToken(provider), key };
    const started = startAgent(broker, setting);
    agents.push(started);
    return started;
  };
  try {
    await furnish(broker);
    systems.keepSecrets(broker);
    story.say(`The broker answers at ${broker.url}; functions run as their bundles, under their own roles.`);
    const [worker, thief] = [agent('agent-1'), agent('thief')];
    const lease = await getLease(story, worker);
    await processIt(story, worker, lease, systems);
    await stayInside(story, broker, worker, lease);
    await steal(story, worker, thief, lease);
    await askPeople(story, broker, worker, friedaAt(broker, provider));
    await giveBack(story, worker, lease);
    await dieEarly(story, broker, thief, agent);
    await dieOnTime(story, broker, worker);
  } catch (error) {
    story.claim(false, 'the demonstration runs to its end', (error as Error).message);
  } finally {
    for (const each of agents) each.stop();
    await Promise.all([broker.stop(), provider.close(), systems.stop(), rm(policies, { recursive: true })]);
  }
  return story.end();
}

/** The policies of the demonstration, with the identity provider and the systems of this run. */
async function policiesWith(
  { provider }: LocalIdentityProvider,
  { standInFolder }: LocalSystems,
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'mayfly-demo-'));
  await cp(join(import.meta.dirname, 'policies'), folder, { recursive: true });
  await standInFolder(folder);
  // JSON is YAML, too.
  const text = JSON.stringify({ identity_providers: [provider] });
  await writeFile(join(folder, 'identity-providers.yaml'), text);
  return folder;
}

/** What exists before Mayfly does: roles that may only call the API, invoices, and the system that knows their amounts. */
async function furnish(broker: LocalBroker): Promise<void> {
  for (const name of ['invoice-agent', operatorRole, approverRole]) {
    broker.createRole(name, [
      { Effect: 'Allow', Action: 'execute-api:Invoke', Resource: `arn:aws:execute-api:${broker.region}:*` },
    ]);
  }
  const items = Object.entries(amounts).map(([invoice_id, amount]) => ({
    customer_id: 'acme',
    invoice_id,
    amount,
  }));
  await broker.createTable('invoices', { partition: 'customer_id', sort: 'invoice_id' }, items);
  broker.propagation(iamDelay);
  broker.createBucket(bucket);
  for (const key of ['acme/4711.json', 'acme/4712.json', 'acme/4713.json', 'globex/4711.json'])
    broker.putObject(bucket, key, JSON.stringify({ invoice: key, amount: 420, currency: 'EUR' }));
}

async function getLease(story: Story, agent: AgentProcess): Promise<IssuedLeaseResponse> {
  story.chapter('1  An agent gets a lease for its task');
  const { agent: id } = await agent.ask<AttestationResponse>({ do: 'attest' });
  story.claim(id.startsWith('spiffe://'), 'it proves where it runs, with a fresh nonce and its own key', id);
  story.say('On behalf of Alice it asks: "process invoice 4711, about 2 minutes".');
  const task = invoiceTask(120, '4711', {}, wholeInvoice);
  const issued = await agent.ask<IssuedLeaseResponse>({ do: 'lease', task });
  const { lease } = issued;
  const [reason] = lease.decision.reasons.filter(({ rule }) => rule.startsWith('conditions.invoice_amount'));
  story.claim(
    lease.state === 'active' && lease.decision.outcome === 'allow',
    `the policy grants lease ${lease.id}`,
    `${reason?.rule}: ${reason?.value} ${reason?.threshold} → ${reason?.effect}`,
  );
  const seconds = (Date.parse(lease.deadline) - Date.parse(lease.issued_at)) / 1000;
  story.claim(seconds === 144, `2 minutes estimated, ${seconds} seconds granted (× 1.2, no floor here)`);
  const life = (Date.parse(awsCredentialsOf(issued).sts_expiration) - Date.parse(lease.issued_at)) / 1000;
  story.claim(life <= 145, `STS itself says that the AWS credentials end after ${life} seconds`);
  showGrants(story, lease);
  return issued;
}

async function stayInside(
  story: Story,
  broker: LocalBroker,
  agent: AgentProcess,
  issued: IssuedLeaseResponse,
): Promise<void> {
  story.chapter('3  The credentials fit the task and nothing else');
  const read = (key: string) => ({ do: 'read-object', keys: awsCredentialsOf(issued), bucket, key }) as const;
  const denied = await agent.refusal(read('acme/4711.json'));
  story.claim(denied === '', 'acme/4711.json is read', denied);
  for (const key of ['acme/4712.json', 'globex/4711.json']) {
    const refusal = await agent.refusal(read(key));
    story.claim(refusal.startsWith('AccessDenied'), `${key} is refused`, broker.decisions.at(-1)?.why);
  }
}

async function steal(
  story: Story,
  agent: AgentProcess,
  thief: AgentProcess,
  { lease }: IssuedLeaseResponse,
): Promise<void> {
  story.chapter('4  A thief with the same IAM role gets nothing');
  const { attestation: token } = await agent.ask<AttestationResponse>({ do: 'attest' });
  const refusedWith = async (code: string, words: string, attempt: Promise<string>) => {
    const answer = await attempt;
    story.claim(answer.includes(`${code}: `), words, answer);
  };
  await refusedWith(
    'invalid_dpop_proof',
    'a stolen attestation result does not work without its key',
    thief.ask({ do: 'use-stolen', token, method: 'POST', path: '/v1/leases', task: invoiceTask(120) }),
  );
  await refusedWith(
    'not_found',
    'a stolen lease id tells another key nothing',
    thief.refusal({ do: 'read-lease', leaseId: lease.id }),
  );
  await refusedWith('invalid_nonce', 'a nonce works once', agent.ask({ do: 'replay-nonce' }));
}
