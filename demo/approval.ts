import type { IssuedLeaseResponse, LeaseView } from '../client/index.ts';
import { awsCredentialsOf } from '../client/index.ts';
import type { LocalBroker } from '../local/start.ts';
import type { AgentProcess } from './agent-process.ts';
import { bucket, invoiceTask } from './invoice.ts';
import type { Frieda } from './people.ts';
import type { Story } from './story.ts';

/** A large invoice: the agent cannot talk it small, and a person decides. */
export async function askPeople(
  story: Story,
  broker: LocalBroker,
  agent: AgentProcess,
  frieda: Frieda,
): Promise<void> {
  story.chapter('5  A large invoice waits for a person');
  const lie = await agent.refusal({ do: 'ask', task: invoiceTask(60, '4713', { invoice_amount: 420 }) });
  story.claim(
    lie.includes('parameters.invoice_amount'),
    'the agent says that invoice 4713 comes to 420 EUR: the system of record knows better, it gets nothing',
    lie,
  );
  const { lease } = await agent.ask<{ lease: LeaseView }>({ do: 'ask', task: invoiceTask(60, '4713') });
  const amount = lease.task.parameters['invoice_amount'];
  story.claim(
    lease.state === 'pending' && amount === 5_000,
    `it says nothing: ${amount} EUR, as the system of record says, and lease ${lease.id} waits`,
  );
  await broker.settled();
  story.say('What people are sent, word for word the broker’s:');
  for (const line of broker.notifications.at(-1)?.message.split('\n') ?? []) story.say(`    │ ${line}`);
  const seen = (await frieda.waiting()).find(({ id }) => id === lease.id) ?? lease;
  const other = await frieda.approve(seen, 'the-hash-of-another-request');
  story.claim(
    other.body.code === 'approval_refused',
    'an ID token that was made for another request does not count',
    `${other.status} ${other.body.code}: ${other.body.detail}`,
  );
  const approved = await frieda.approve(seen);
  story.claim(
    approved.body.lease?.state === 'approved',
    'Frieda, a finance manager, signs in for this request and approves it',
    `her ID token carries its hash: ${seen.approval?.request_hash}`,
  );
  const collected = await agent.ask<IssuedLeaseResponse>({ do: 'collect', leaseId: lease.id });
  const keys = awsCredentialsOf(collected);
  const refusal = await agent.refusal({ do: 'read-object', keys, bucket, key: 'acme/4713.json' });
  story.claim(refusal === '', 'the agent collects its credentials and reads acme/4713.json', refusal);
  await agent.ask({ do: 'release', leaseId: lease.id });
}
