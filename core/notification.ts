import { missingApprovals } from './approval.ts';
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
  const asks = approval.asks.flatMap(({ capability, actions, resources, outlives }) => [
    `  ${capability}: ${actions.join(', ')} on ${resources.join(', ')}`,
    ...(outlives === undefined ? [] : [`    outlives the lease: ${outlives}`]),
  ]);
  const whom = approval.terms.map(({ from, count }) => `${count} of ${from.join(' or ')}`).join(', and ');
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
      ...asks,
      `Risk:     ${decision.risk} of 100`,
      'Why you are asked:',
      ...decision.reasons
        .filter(({ effect }) => effect !== 'allow')
        .map(({ rule, value, threshold }) => `  ${rule}: ${value} (${threshold})`),
      `Who:      ${whom}; ${missingApprovals(approval)} missing`,
      `Until:    ${toIso(approval.approve_by)}`,
      '',
      'Decide with',
      `  mayfly approve ${id}`,
      `  mayfly deny ${id}`,
    ].join('\n'),
  };
}
