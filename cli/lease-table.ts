import type { LeaseView } from '../core/protocol/responses.ts';
import { agentTag } from '../core/scope.ts';
import { type EpochSeconds, fromIso } from '../core/time.ts';
import { type Cell, shortened, tableLines } from './table.ts';

const header = ['lease', 'state', 'type', 'agent', 'task', 'ends in', 'ended by'] as const;

/** Most characters of a task's name in a table. */
const taskWidth = 36;

/** Leases as lines for a person; of an agent's id only the last part. */
export function leaseTable(leases: readonly LeaseView[], now: EpochSeconds): string[] {
  return tableLines(
    header,
    leases.map((lease) => rowOf(lease, now)),
  );
}

function rowOf({ id, state, agent_type, agent, task, deadline, end }: LeaseView, now: EpochSeconds): Cell[] {
  const alive = state === 'active' || state === 'issuing';
  return [
    { text: id },
    { text: state, style: styleOf(state) },
    { text: agent_type },
    { text: agentTag(agent) },
    { text: shortened(task.name, taskWidth) },
    { text: alive ? duration(fromIso(deadline) - now) : '' },
    { text: end ? endedBy(end) : '' },
  ];
}

function styleOf(state: LeaseView['state']): NonNullable<Cell['style']> {
  if (state === 'active') return 'green';
  if (state === 'issuing') return 'yellow';
  return state === 'revoked' || state === 'failed' ? 'red' : 'dim';
}

/** Seconds as people say them: `42s`, `2m 5s`, `1h 3m`. */
export function duration(seconds: number): string {
  if (seconds <= 0) return 'now';
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  if (hours > 0) return `${hours}h ${minutes}m`;
  return minutes > 0 ? `${minutes}m ${seconds % 60}s` : `${seconds}s`;
}

function endedBy({ cause, by, reason }: NonNullable<LeaseView['end']>): string {
  switch (cause) {
    case 'released':
    case 'cancelled':
      return 'its agent';
    case 'deadline':
      return 'its deadline';
    case 'missed_heartbeat':
      return 'a missed heartbeat';
    case 'revoked':
    case 'scope_revoked':
      return reason === undefined ? who(by) : `${who(by)}: ${reason}`;
  }
}

/** An operator without the ARN in front of the role's name. */
function who(by: string): string {
  return by.replace(/^arn:.*:role\/(?:.*\/)?/, '');
}
