import { missingApprovals } from './approval.ts';
import { askLines, whomText, whyLines } from './approval-text.ts';
import type { Lease } from './lease.ts';
import { toIso } from './time.ts';

/** A message that people are sent; the subject is at most 100 ASCII characters (SNS API reference, Publish). */
export type Notification = { readonly subject: string; readonly message: string };

/** What people are told of a lease that waits for them: all of it derived by the broker, the agent's words marked as such. */
export function approvalNotification(lease: Lease): Notification {
  const { id, agent_type, agent, user, task, approval, decision } = lease;
  if (!approval) throw new Error(`the lease ${id} asks nobody`);
  const values = Object.entries(task.parameters).map(
    ([name, value]) =>
      `  ${name}: ${value}${task.sources[name] === 'claimed' ? "  (the agent's own word, not verified)" : ''}`,
  );
  return {
    subject: `Approve ${agent_type} ${id}?`.slice(0, 100),
    message: [
      `An agent of type ${agent_type} asks for approval.`,
      '',
      `Lease:    ${id}`,
      `Agent:    ${agent}`,
      `For:      ${user ? `${user.subject} of ${user.issuer}` : 'nobody in particular'}`,
      `It says:  ${JSON.stringify(task.name)}: ${JSON.stringify(task.purpose)}`,
      'Values:',
      ...values,
      'It would get:',
      ...askLines(approval.asks),
      `Risk:     ${decision.risk} of 100`,
      'Why you are asked:',
      ...whyLines(decision.reasons),
      `Who:      ${whomText(approval.terms, missingApprovals(approval))}`,
      `Until:    ${toIso(approval.approve_by)}`,
      '',
      'Decide with',
      `  mayfly approve ${id}`,
      `  mayfly deny ${id}`,
    ].join('\n'),
  };
}
