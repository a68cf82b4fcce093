import type { AttestationResponse, IssuedLeaseResponse } from '../client/index.ts';
import { type LocalBroker, start } from '../local/start.ts';
import { type AgentProcess, startAgent } from './agent-process.ts';
import { dieEarly, dieOnTime, giveBack } from './endings.ts';
import { bucket, iamDelay, invoiceTask, operatorRole } from './invoice.ts';
import { createStory, type Story } from './story.ts';

/** Runs the demonstration against a local broker; true only if every claim was observed. */
export async function runDemonstration(): Promise<boolean> {
  const story = createStory();
  story.say('Synthesizing the stack and deploying it into an AWS of this process …');
  const broker = await start({
    context: { policies: 'demo/policies', operators: `arn:aws:iam::111122223333:role/${operatorRole}` },
    report: (line) => console.error(`  ! ${line}`),
  });
  const agents: AgentProcess[] = [];
  const agent = (session: string, key?: string) => {
    const started = startAgent(broker, 'invoice-agent', session, key);
    agents.push(started);
    return started;
  };
  try {
    furnish(broker);
    story.say(`The broker answers at ${broker.url}; functions run as their bundles, under their own roles.`);
    const [worker, thief] = [agent('agent-1'), agent('thief')];
    const lease = await getLease(story, worker);
    await stayInside(story, broker, worker, lease);
    await steal(story, worker, thief, lease);
    await giveBack(story, worker, lease);
    await dieEarly(story, broker, worker, agent);
    await dieOnTime(story, broker, worker);
  } catch (error) {
    story.claim(false, 'the demonstration runs to its end', (error as Error).message);
  } finally {
    for (const each of agents) each.stop();
    await broker.stop();
  }
  return story.end();
}

/** What exists before Mayfly does: the agent's own role, which may only call the API, and some invoices. */
function furnish(broker: LocalBroker): void {
  broker.createRole('invoice-agent', [
    { Effect: 'Allow', Action: 'execute-api:Invoke', Resource: `arn:aws:execute-api:${broker.region}:*` },
  ]);
  broker.createRole(operatorRole, [
    { Effect: 'Allow', Action: 'execute-api:Invoke', Resource: `arn:aws:execute-api:${broker.region}:*` },
  ]);
  broker.propagation(iamDelay);
  broker.createBucket(bucket);
  for (const key of ['acme/4711.json', 'acme/4712.json', 'globex/4711.json'])
    broker.putObject(bucket, key, JSON.stringify({ invoice: key, amount: 420, currency: 'EUR' }));
}

async function getLease(story: Story, agent: AgentProcess): Promise<IssuedLeaseResponse> {
  story.chapter('1  An agent gets a lease for its task');
  const { agent: id } = await agent.ask<AttestationResponse>({ do: 'attest' });
  story.claim(id.startsWith('spiffe://'), 'it proves where it runs, with a fresh nonce and its own key', id);
  story.say('It asks: "process invoice 4711 of acme, 420 EUR, about 2 minutes".');
  const issued = await agent.ask<IssuedLeaseResponse>({ do: 'lease', task: invoiceTask(120) });
  const { lease, credentials } = issued;
  const [reason] = lease.decision.reasons.filter(({ rule }) => rule.startsWith('conditions.'));
  story.claim(
    lease.state === 'active' && lease.decision.outcome === 'allow',
    `the policy grants lease ${lease.id}`,
    `${reason?.rule}: ${reason?.value} ${reason?.threshold} → ${reason?.effect}`,
  );
  const seconds = (Date.parse(lease.deadline) - Date.parse(lease.issued_at)) / 1000;
  story.claim(seconds === 144, `2 minutes estimated, ${seconds} seconds granted (× 1.2, no floor here)`);
  const life = (Date.parse(credentials.aws.sts_expiration) - Date.parse(lease.issued_at)) / 1000;
  story.claim(life <= 145, `STS itself says that the AWS credentials end after ${life} seconds`);
  return issued;
}

async function stayInside(
  story: Story,
  broker: LocalBroker,
  agent: AgentProcess,
  { credentials }: IssuedLeaseResponse,
): Promise<void> {
  story.chapter('2  The credentials fit the task and nothing else');
  const read = (key: string) => ({ do: 'read-object', keys: credentials.aws, bucket, key }) as const;
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
  story.chapter('3  A thief with the same IAM role gets nothing');
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
