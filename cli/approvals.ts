import type { ApprovalListResponse, LeaseView } from '../core/protocol/responses.ts';
import { fromIso } from '../core/time.ts';
import { exactly, parseArguments } from './arguments.ts';
import { brokerOptions, brokerOptionsHelp, connect } from './broker.ts';
import { type Command, called } from './command.ts';
import { duration } from './lease-table.ts';
import { printableJson } from './printable.ts';
import { shortened, tableLines } from './table.ts';
import type { World } from './world.ts';

const help = `Shows what waits for people, the most urgent first.

  ${called} approvals
  ${called} approvals --limit 10 --json

  --limit N          leases on the page, 1 to 100 (50)
  --cursor PLACE     goes on where the page before ended
  --json             the broker's answer
${brokerOptionsHelp}`;

const options = {
  limit: { type: 'string' },
  cursor: { type: 'string' },
  json: { type: 'boolean' },
  ...brokerOptions,
} as const;

/** `mayfly approvals`. */
export const command: Command = {
  help,
  async run(args, world) {
    const { values, positionals } = parseArguments(args, options);
    exactly(positionals, []);
    const broker = await connect(values, world, 'approver');
    const { limit = '50', cursor } = values;
    const page = await broker.approvals({ limit, ...(cursor !== undefined && { cursor }) });
    for (const line of values.json ? [printableJson(page)] : told(page, world)) world.out(line);
    return 0;
  },
};

function told({ leases, next }: ApprovalListResponse, world: World): string[] {
  if (leases.length === 0) return ['Nothing waits for anybody.'];
  return [
    ...tableLines(
      ['LEASE', 'TYPE', 'FOR', 'RISK', 'WHY', 'MISSING', 'LEFT'],
      leases.map((lease) => rowOf(lease, world)),
    ),
    ...(next === undefined ? [] : [`More: ${called} approvals --cursor ${next}`]),
    `All of it: ${called} approve <lease> shows what is asked before it asks you.`,
  ];
}

function rowOf({ id, agent_type, user, decision, approval }: LeaseView, world: World) {
  const why = decision.reasons
    .filter(({ effect }) => effect === 'require_approval')
    .map(({ rule, value }) => `${rule.replace('conditions.', '')} ${value}`);
  const left = approval ? Math.max(0, fromIso(approval.approve_by) - world.now()) : 0;
  const cells = [
    id,
    agent_type,
    user?.subject ?? '-',
    String(decision.risk),
    shortened(why.join('; '), 40),
    String(approval?.missing ?? 0),
    duration(left),
  ];
  return cells.map((text) => ({ text }));
}
