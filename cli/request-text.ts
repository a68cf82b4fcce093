import { durationText } from '../core/duration.ts';
import type { LeaseView } from '../core/protocol/responses.ts';
import { fromIso } from '../core/time.ts';
import { printable } from './printable.ts';

/** What the broker asks people about a lease, for a terminal: the agent's own words are quoted and marked. */
export function requestLines(lease: LeaseView): string[] {
  const { id, agent, agent_type, task, user, decision, approval } = lease;
  const asks = (approval?.asks ?? []).flatMap(({ capability, actions, resources, outlives }) => [
    `  ${capability}: ${actions.join(', ')} on ${resources.join(', ')}`,
    ...(outlives === undefined ? [] : [`    outlives the lease: ${outlives}`]),
  ]);
  const values = Object.entries(task.parameters).map(
    ([name, value]) => `  ${name} = ${value}  (${sourceText(task.sources[name])})`,
  );
  const terms = (approval?.terms ?? []).map(({ from, count }) => `${count} of ${from.join(' or ')}`);
  return [
    `Lease     ${id} of ${agent_type}`,
    `Agent     ${agent}`,
    `For       ${user ? `${user.subject} of ${user.issuer}` : 'nobody in particular'}`,
    `It says   ${quoted(task.name)}: ${quoted(task.purpose)}`,
    'Values',
    ...values,
    'It would get',
    ...asks,
    `Lives     ${lifeText(lease)}`,
    'Why you are asked',
    ...decision.reasons
      .filter(({ effect }) => effect !== 'allow')
      .map(({ rule, value, threshold }) => `  ${rule}: ${value} (${threshold})`),
    `Risk      ${decision.risk} of 100`,
    `Who       ${terms.join(', and ')}; ${approval?.missing ?? 0} missing`,
    `Until     ${approval?.approve_by ?? ''}`,
  ].map(printable);
}

/** Between quotes that it cannot close, and without gaps that would push the rest of it into a line of its own. */
function quoted(words: string): string {
  return JSON.stringify(words.replace(/ {2,}/g, ' '));
}

/** How long the agent holds what is approved, from the moment it collects it. */
function lifeText({ issued_at, deadline, renewable_until }: LeaseView): string {
  const [first, total] = [deadline, renewable_until].map((end) => fromIso(end) - fromIso(issued_at));
  return `${durationText(first ?? 0)}; renewed, ${durationText(total ?? 0)} at most`;
}

function sourceText(source: string | undefined): string {
  switch (source) {
    case 'lookup':
      return 'from the system of record';
    case 'delegation':
      return "from the user's token";
    case 'attestation':
      return 'from the attestation';
    default:
      return "the agent's own word, not verified";
  }
}
