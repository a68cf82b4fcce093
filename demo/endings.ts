import { setTimeout as sleep } from 'node:timers/promises';
import { AwsClient } from 'aws4fetch';
import type { IssuedLeaseResponse, LeaseView } from '../client/index.ts';
import { awsCredentialsOf } from '../client/index.ts';
import type { LocalBroker } from '../local/start.ts';
import type { AgentProcess } from './agent-process.ts';
import { copyEverything, untilAllRefused } from './four-systems.ts';
import { bucket, heartbeat, iamDelay, invoiceTask, operatorRole, wholeInvoice } from './invoice.ts';
import type { AwsKeys } from './messages.ts';
import type { Story } from './story.ts';

/** The agent is done. */
export async function giveBack(
  story: Story,
  agent: AgentProcess,
  { lease, credentials }: IssuedLeaseResponse,
) {
  story.chapter('6  A task that is done gives its lease back');
  const released = await agent.ask<LeaseView>({ do: 'release', leaseId: lease.id });
  story.claim(released.state === 'released', `lease ${lease.id} is ${released.state}`);
  const { refusal, seconds } = await untilRefused(agent, awsCredentialsOf({ credentials }), 3 + iamDelay);
  story.claim(
    refusal !== '',
    `its credentials are refused after ${seconds} s, ${iamDelay} s of them IAM's`,
    refusal,
  );
}

/** The agent is killed. */
export async function dieEarly(
  story: Story,
  broker: LocalBroker,
  witness: AgentProcess,
  start: (session: string, key: string) => AgentProcess,
): Promise<void> {
  story.chapter('7  An agent is killed in the middle of its task');
  const key = await newKey();
  const victim = start('agent-2', key);
  const task = invoiceTask(60, '4711', {}, wholeInvoice);
  const issued = await victim.ask<IssuedLeaseResponse>({ do: 'lease', task });
  const { lease } = issued;
  const left = Math.round((Date.parse(lease.deadline) - Date.now()) / 1000);
  story.say(`It has lease ${lease.id} for ${left} s more, and says every ${heartbeat} s that it is alive.`);
  await copyEverything(story, witness, issued, key);
  victim.kill();
  story.say(`SIGKILL. Two heartbeats of ${heartbeat} s have to be missed; then all of it dies together:`);
  await untilAllRefused(story, witness, lease, 2 * heartbeat + 10 + iamDelay, async () => {
    return (await operatorReads(broker, lease.id)).end;
  });
  const back = await start('agent-2', key).refusal({ do: 'attest' });
  story.claim(back.includes('quarantined'), 'started again with its key it is known, and kept out', back);
  const seen = await operatorReads(broker, lease.id);
  story.claim(
    seen.state === 'revoked' && seen.end?.cause === 'missed_heartbeat',
    `an operator sees the lease ${seen.state}, because of a ${seen.end?.cause}`,
  );
}

/** Uses credentials again and again until they are refused, at most `seconds` long. */
async function untilRefused(agent: AgentProcess, keys: AwsKeys, seconds: number) {
  const started = Date.now();
  const passed = () => ((Date.now() - started) / 1000).toFixed(1);
  const read = { do: 'read-object', keys, bucket, key: 'acme/4711.json' } as const;
  for (; Date.now() - started <= seconds * 1000; await sleep(250)) {
    const refusal = await agent.refusal(read);
    if (refusal !== '') return { refusal, seconds: passed() };
  }
  return { refusal: '', seconds: passed() };
}

/** A key as the agent's host would keep it, as a private JWK. */
async function newKey(): Promise<string> {
  const { privateKey } = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, [
    'sign',
    'verify',
  ]);
  const { kty, crv, x, y, d } = await crypto.subtle.exportKey('jwk', privateKey);
  return JSON.stringify({ kty, crv, x, y, d });
}

async function operatorReads(broker: LocalBroker, leaseId: string): Promise<LeaseView> {
  const keys = broker.credentialsFor(operatorRole, 'demo');
  const signer = new AwsClient({ ...keys, service: 'execute-api', region: broker.region, retries: 0 });
  const response = await signer.fetch(`${broker.url}/v1/leases/${leaseId}`);
  const answer = (await response.json()) as { lease?: LeaseView; detail?: string };
  if (!answer.lease) throw new Error(`the operator was answered: ${answer.detail}`);
  return answer.lease;
}

/** Nobody does anything. */
export async function dieOnTime(story: Story, broker: LocalBroker, agent: AgentProcess): Promise<void> {
  story.chapter('8  A lease left alone dies at its deadline, with the broker stopped');
  const { lease, credentials } = await agent.ask<IssuedLeaseResponse>({ do: 'lease', task: invoiceTask(5) });
  const deadline = Date.parse(lease.deadline);
  await broker.stopBroker();
  story.say('The broker is stopped: no API, no function. IAM, STS and S3 remain, as in AWS.');
  const read = {
    do: 'read-object',
    keys: awsCredentialsOf({ credentials }),
    bucket,
    key: 'acme/4711.json',
  } as const;
  const before = await agent.refusal(read);
  story.claim(before === '', `${secondsTo(deadline)} s before the deadline it still reads`, before);
  await sleep(Math.max(0, deadline + 1000 - Date.now()));
  const after = await agent.refusal(read);
  story.claim(
    /^(AccessDenied|ExpiredToken)/.test(after),
    'one second after the deadline it is refused',
    after,
  );
}

function secondsTo(moment: number): string {
  return ((moment - Date.now()) / 1000).toFixed(1);
}
