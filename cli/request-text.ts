import type { LeaseView } from '../core/protocol/responses.ts';
import { printable } from './printable.ts';

/** What the broker asks people about a lease, for a terminal: the agent's own words are quoted and marked. */
export function requestLines({ id, agent, agent_type, task, user, decision, approval }: LeaseView): string[] {
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
    `It says   "${task.name}": "${task.purpose}"`,
    'Values',
    ...values,
    'It would get',
    ...asks,
    'Why you are asked',
    ...decision.reasons
      .filter(({ effect }) => effect !== 'allow')
      .map(({ rule, value, threshold }) => `  ${rule}: ${value} (${threshold})`),
    `Risk      ${decision.risk} of 100`,
    `Who       ${terms.join(', and ')}; ${approval?.missing ?? 0} missing`,
    `Until     ${approval?.approve_by ?? ''}`,
  ].map(printable);
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
