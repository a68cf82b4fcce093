import { type ApprovalRequest, hashOfText } from '../core/approval.ts';
import { askLines, whomText, whyLines } from '../core/approval-text.ts';
import { durationText } from '../core/duration.ts';
import type { LeaseView } from '../core/protocol/responses.ts';
import { Failure } from './cli-error.ts';
import { printable } from './printable.ts';

/**
 * What the broker asks people about a lease, for a terminal: the agent's own words are quoted and marked. All that a proof
 * is bound to is shown from the very text that has the hash. Throws {@link Failure} where the two are not of each other.
 */
export function requestLines({ id, state, decision, approval }: LeaseView): string[] {
  if (!approval) throw new Failure(`${id} is ${state} and asks nobody`);
  if (hashOfText(approval.request) !== approval.request_hash)
    throw new Failure('what the broker shows is not what it asks you to sign: nothing was done');
  const request = JSON.parse(approval.request) as ApprovalRequest;
  if (request.lease !== id) throw new Failure(`what the broker asks about ${id} is about another lease`);
  return [
    ...boundLines(request),
    'Why you are asked',
    ...whyLines(decision.reasons),
    `Risk      ${decision.risk} of 100`,
    `Who       ${whomText(approval.terms, approval.missing)}`,
    `Until     ${approval.approve_by}`,
  ].map(printable);
}

function boundLines({ lease, agent, agent_type, user, task, asks, lifetime }: ApprovalRequest): string[] {
  const values = Object.entries(task.parameters).map(
    ([name, value]) => `  ${name} = ${value}  (${sourceText(task.sources[name])})`,
  );
  return [
    `Lease     ${lease} of ${agent_type}`,
    `Agent     ${agent}`,
    `For       ${user ? `${user.subject} of ${user.issuer}` : 'nobody in particular'}`,
    `It says   ${quoted(task.name)}: ${quoted(task.purpose)}`,
    'Values',
    ...values,
    'It would get',
    ...askLines(asks),
    `Lives     ${durationText(lifetime.first)}; renewed, ${durationText(lifetime.total)} at most`,
  ];
}

/** Between quotes that it cannot close, and without gaps that would push the rest of it into a line of its own. */
function quoted(words: string): string {
  return JSON.stringify(words.replace(/ {2,}/g, ' '));
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
