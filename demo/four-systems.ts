import { setTimeout as sleep } from 'node:timers/promises';
import type { IssuedLeaseResponse, LeaseView } from '../client/index.ts';
import type { LocalSystems } from '../local/systems/systems.ts';
import type { AgentProcess } from './agent-process.ts';
import { bucket } from './invoice.ts';
import type { Story } from './story.ts';
import type { Uses } from './witness.ts';

/** How the systems are called, as `kind` of a grant names them. */
const systems: Readonly<Record<keyof Uses, string>> = {
  aws: 'AWS',
  postgres: 'PostgreSQL',
  oauth: 'VAT service (OAuth)',
  proxy: 'chat (proxy)',
};

/** What the lease holds, and how each of it ends. */
export function showGrants(story: Story, { grants }: LeaseView): void {
  story.claim(
    Object.keys(systems).every((kind) => grants.some((grant) => grant.kind === kind)),
    'one request, one lease, four systems; each grant says how it ends after the deadline, and early:',
  );
  for (const { kind, guarantee } of grants) {
    const { ends, worst_seconds, enforced_by, early } = guarantee;
    const name = systems[kind as keyof Uses].padEnd(20);
    story.say(
      `    ${name} ${ends}, within ${worst_seconds} s (${enforced_by.join(', ')}); early: ${early.ends}, ${seconds(early)}`,
    );
  }
}

function seconds({
  typical_seconds: typical,
  worst_seconds: worst,
}: {
  typical_seconds: number;
  worst_seconds: number;
}) {
  return `typically ${typical} s, at most ${worst} s`;
}

/** The agent does its work. */
export async function processIt(
  story: Story,
  agent: AgentProcess,
  issued: IssuedLeaseResponse,
  { chat }: LocalSystems,
): Promise<void> {
  story.chapter('2  It reads customers, validates, files the result and tells people, in one run');
  const steps = await agent.ask<string[]>({ do: 'process', issued, invoice: '4711', bucket });
  for (const step of steps) story.say(`  ${step}`);
  const heard = chat.messages.at(-1)?.text ?? '';
  story.claim(heard.startsWith('invoice 4711 of ACME GmbH'), 'the chat has the message', heard);
}

/** Somebody has copied everything that the agent holds, its key too. */
export async function copyEverything(
  story: Story,
  witness: AgentProcess,
  issued: IssuedLeaseResponse,
  key: string,
): Promise<void> {
  const uses = await witness.ask<Uses>({ do: 'take-over', issued, key, bucket });
  story.claim(
    Object.values(uses).every((refusal) => refusal === ''),
    'somebody has copied all that it holds, its key too, has a session in the database, and uses all four systems',
    Object.values(uses).join(' '),
  );
}

/**
 * Uses everything until all of it is refused, at most `most` seconds long; a claim for each system, with the seconds from
 * the end of the lease on, which `endOf` reads.
 */
export async function untilAllRefused(
  story: Story,
  witness: AgentProcess,
  { grants }: LeaseView,
  most: number,
  endOf: () => Promise<LeaseView['end']>,
): Promise<void> {
  const until = Date.now() + most * 1000;
  const refused = new Map<string, { at: number; how: string }>();
  while (refused.size < Object.keys(systems).length && Date.now() <= until) {
    const uses = await witness.ask<Uses>({ do: 'use-all' });
    for (const [kind, how] of Object.entries(uses))
      if (how !== '' && !refused.has(kind)) refused.set(kind, { at: Date.now(), how });
    await sleep(1_000);
  }
  const end = Date.parse((await endOf())?.at ?? '');
  for (const [kind, name] of Object.entries(systems)) {
    const early = grants.find((grant) => grant.kind === kind)?.guarantee.early;
    const { at, how } = refused.get(kind) ?? { at: Number.NaN, how: 'it was never refused' };
    const after = (at - end) / 1000;
    story.claim(
      early !== undefined && after <= early.worst_seconds,
      `${name}: refused ${after.toFixed(1)} s after the end; guaranteed: ${early && seconds(early)}`,
      how,
    );
  }
}
