import { leaseListQuery } from '../core/protocol/requests.ts';
import type { LeaseView } from '../core/protocol/responses.ts';
import { checkedBy, exactly, oneOf, parseArguments } from './arguments.ts';
import { type Broker, brokerOptions, brokerOptionsHelp, connect } from './broker.ts';
import { UsageError } from './cli-error.ts';
import { type Command, called } from './command.ts';
import { leaseTable } from './lease-table.ts';
import { printableJson } from './printable.ts';

const states = ['issuing', 'active', 'failed', 'released', 'expired', 'revoked'] as const;

/** Leases on a page of the broker. */
const pageSize = 100;

/** Pages that are looked through without `--all`: a filter by state may leave little of each. */
const mostPages = 10;

const help = `Shows leases, newest first.

  ${called} leases --type invoice_processor
  ${called} leases --type invoice_processor --state active --all
  ${called} leases --agent spiffe://example.com/agent/invoice_processor/nuvrr5… --json

One of
  --type TYPE        leases of this agent type; the stack's output AgentTypes lists them
  --agent ID         leases of this agent, by its whole id (--json shows it)
and perhaps
  --state STATE      only these: ${states.join(', ')}
  --limit N          at most N leases; 50 when absent
  --all              all there are
  --json             {"leases": […], "more": true or false} instead of a table
${brokerOptionsHelp}`;

const options = {
  type: { type: 'string' },
  agent: { type: 'string' },
  state: { type: 'string' },
  limit: { type: 'string' },
  all: { type: 'boolean' },
  json: { type: 'boolean' },
  ...brokerOptions,
} as const;

type Filter = Readonly<Record<string, string>>;

/** `mayfly leases`. */
export const command: Command = {
  help,
  async run(args, world) {
    const { values, positionals } = parseArguments(args, options);
    exactly(positionals, []);
    const filter = filterOf(values);
    const most = limitOf(values);
    const { leases, more } = await collect(await connect(values, world), filter, most);
    if (values.json) world.out(printableJson({ leases, more }));
    else if (leases.length > 0) for (const line of leaseTable(leases, world.now())) world.out(line);
    else world.err('No such leases.');
    if (more) world.err('There may be more: --all shows them.');
    return 0;
  },
};

/** What of the leases is wanted, as the query says it. */
function filterOf({ type, agent, state }: { type?: string; agent?: string; state?: string }): Filter {
  if ((type === undefined) === (agent === undefined))
    throw new UsageError(
      'whose leases? Give one of --type <agent type> and --agent <id>',
      "The agent types of a broker are its stack's output AgentTypes.",
    );
  return {
    ...(type !== undefined && { agent_type: type }),
    ...(agent !== undefined && { agent }),
    ...(state !== undefined && { state: oneOf('--state', state, states) }),
  };
}

function limitOf({ limit, all }: { limit?: string; all?: boolean }): number {
  if (all && limit !== undefined) throw new UsageError('give one of --limit and --all');
  if (all) return Number.POSITIVE_INFINITY;
  if (!/^[1-9]\d{0,5}$/.test(limit ?? '50')) throw new UsageError('--limit is a whole number from 1 on');
  return Number(limit ?? 50);
}

/** Pages on until there are enough; `more` says whether something was not looked at. */
async function collect(
  broker: Broker,
  filter: Filter,
  most: number,
): Promise<{ leases: LeaseView[]; more: boolean }> {
  const leases: LeaseView[] = [];
  const all = most === Number.POSITIVE_INFINITY;
  const filtered = 'state' in filter;
  let cursor: string | undefined;
  let pages = 0;
  do {
    const size = filtered ? pageSize : Math.min(pageSize, most - leases.length);
    const query = { ...filter, limit: String(size), ...(cursor !== undefined && { cursor }) };
    const page = await broker.leases(checkedBy(leaseListQuery, query));
    leases.push(...page.leases);
    cursor = page.next;
    pages++;
  } while (cursor !== undefined && leases.length < most && (all || pages < mostPages));
  return { leases: leases.slice(0, most), more: cursor !== undefined || leases.length > most };
}
