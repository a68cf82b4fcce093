import { type RevocationRequest, revocationRequest } from '../core/protocol/requests.ts';
import type { RevocationResponse } from '../core/protocol/responses.ts';
import { fromDate, toIso } from '../core/time.ts';
import { checkedBy, exactly, oneOf, parseArguments } from './arguments.ts';
import { brokerOptions, brokerOptionsHelp, connect } from './broker.ts';
import { UsageError } from './cli-error.ts';
import { type Command, called, iamDelay } from './command.ts';
import { confirmation } from './confirm.ts';
import { printable, printableJson } from './printable.ts';

const kinds = ['lease', 'chain', 'agent', 'task', 'type'] as const;

const help = `Ends leases before their deadline: their credentials stop working.

  ${called} revoke lease L-ACLJJ5JCW5ITAYCO --reason "wrong invoice"
  ${called} revoke chain L-ACLJJ5JCW5ITAYCO --reason "…"       the lease and all that was delegated from it
  ${called} revoke agent spiffe://…/agent/invoice_processor/nuvrr5… --reason "…"   and keeps the agent out
  ${called} revoke task invoice_processor "process invoice 4711" --reason "…"      all leases for this task
  ${called} revoke type invoice_processor --reason "…"         every lease of the type
  ${called} revoke type invoice_processor --issued-before 2026-11-24T12:00:00Z --reason "…"

  --reason TEXT      why, for the record; 1 to 200 characters; always needed
  --issued-before T  with a type: only leases issued before this time, ISO 8601 with Z or an offset
  --confirm TYPE     with a type: the type once more; needed where there is no terminal to ask back
  --yes              with a type: do not ask back at the terminal
  --json             the broker's answer
${brokerOptionsHelp}`;

const options = {
  reason: { type: 'string' },
  'issued-before': { type: 'string' },
  confirm: { type: 'string' },
  yes: { type: 'boolean' },
  json: { type: 'boolean' },
  ...brokerOptions,
} as const;

type Values = ReturnType<typeof parseArguments<typeof options>>['values'];

/** `mayfly revoke`. */
export const command: Command = {
  help,
  async run(args, world) {
    const { values, positionals } = parseArguments(args, options);
    const request = checkedBy(revocationRequest, requestOf(positionals, values));
    const broker = await connect(values, world);
    const type = request.scope.agent_type;
    const confirm =
      type === undefined ? {} : { confirm: await confirmation(wide(type, request), type, values, world) };
    const answer = await broker.revoke({ ...request, ...confirm });
    for (const line of values.json ? [printableJson(answer)] : told(answer)) world.out(line);
    return 0;
  },
};

function requestOf([kind, ...words]: readonly string[], values: Values): RevocationRequest {
  const scope = scopeOf(oneOf('what to revoke', kind, kinds), words);
  const before = values['issued-before'];
  if (scope.agent_type === undefined && (before ?? values.confirm ?? values.yes) !== undefined)
    throw new UsageError('--issued-before, --confirm and --yes are for a type');
  if (values.reason === undefined) throw new UsageError('--reason is needed: it goes on record');
  return { scope, reason: values.reason, ...(before !== undefined && { issued_before: momentOf(before) }) };
}

function scopeOf(kind: (typeof kinds)[number], words: readonly string[]): RevocationRequest['scope'] {
  switch (kind) {
    case 'lease':
      return { lease: exactly(words, ['lease id'])[0] };
    case 'chain':
      return { chain: exactly(words, ['lease id'])[0] };
    case 'agent':
      return { agent: exactly(words, ['agent id'])[0] };
    case 'task': {
      const [agent_type, name] = exactly(words, ['agent type', 'task name']);
      return { task: { agent_type, name } };
    }
    case 'type':
      return { agent_type: exactly(words, ['agent type'])[0] };
  }
}

/** A time without a zone would mean another second on another machine. */
function momentOf(text: string): string {
  const moment = new Date(text);
  if (!/^\d{4}-\d\d-\d\dT.*(Z|[+-]\d\d:\d\d)$/.test(text) || Number.isNaN(moment.getTime()))
    throw new UsageError('--issued-before is a time like 2026-11-24T12:00:00Z or 2026-11-24T13:00:00+01:00');
  return toIso(fromDate(moment));
}

function wide(type: string, { issued_before }: RevocationRequest): string {
  const which = issued_before === undefined ? '' : ` issued before ${issued_before}`;
  return `This ends every lease of ${type}${which}`;
}

function told({ revocation }: RevocationResponse): string[] {
  const { id, scope, leases_ended, grant_roles } = revocation;
  return [
    `${printable(scope)} is revoked: ${printable(id)}, on record as said by ${printable(revocation.by)}.`,
    ...(leases_ended > 0 ? [`Leases ended one by one: ${leases_ended}.`] : []),
    ...(grant_roles.length > 0
      ? [`Being denied on ${grant_roles.map(printable).join(', ')}.`, iamDelay]
      : ['Nothing was alive that IAM would have to be told of.']),
  ];
}
