import { type QuarantineRequest, quarantineRequest } from '../core/protocol/requests.ts';
import type { QuarantineResponse } from '../core/protocol/responses.ts';
import { scope as scopes } from '../core/scope.ts';
import { checkedBy, exactly, oneOf, parseArguments } from './arguments.ts';
import { brokerOptions, brokerOptionsHelp, connect } from './broker.ts';
import { UsageError } from './cli-error.ts';
import { type Command, called } from './command.ts';
import { confirmation } from './confirm.ts';
import { printable, printableJson } from './printable.ts';

const kinds = ['agent', 'principal', 'key', 'type', 'user', 'everybody'] as const;

const help = `Keeps somebody out: no new lease and no renewal until it is lifted. What is alive stays alive (see revoke).

  ${called} quarantine agent spiffe://…/agent/invoice_processor/nuvrr5… --reason "behaves oddly"
  ${called} quarantine principal AROAEXAMPLEEXAMPLE12 --reason "…"   a role, by its unique id
  ${called} quarantine principal spiffe://acme.example/agent --reason "…"   a SPIFFE id
  ${called} quarantine principal 'https://issuer.example#subject' --reason "…"   a token's <issuer>#<subject>
  ${called} quarantine key <thumbprint> --reason "…"                 an agent's key, by RFC 7638
  ${called} quarantine type invoice_processor --reason "…"
  ${called} quarantine user https://login.example.com alice --reason "…"   a person, by issuer and subject
  ${called} quarantine everybody --reason "…"
  ${called} quarantine type invoice_processor --lift --reason "repaired"

  --reason TEXT      why, for the record; 1 to 200 characters; always needed
  --lift             lets them in again
  --confirm WORD     with a type: the type once more; with everybody: everybody. Needed where there is no terminal
  --yes              do not ask back at the terminal
  --json             the broker's answer
${brokerOptionsHelp}`;

const options = {
  reason: { type: 'string' },
  lift: { type: 'boolean' },
  confirm: { type: 'string' },
  yes: { type: 'boolean' },
  json: { type: 'boolean' },
  ...brokerOptions,
} as const;

type Values = ReturnType<typeof parseArguments<typeof options>>['values'];

/** `mayfly quarantine`. */
export const command: Command = {
  help,
  async run(args, world) {
    const { values, positionals } = parseArguments(args, options);
    const request = checkedBy(quarantineRequest, requestOf(positionals, values));
    const broker = await connect(values, world);
    const word = confirmedBy(request);
    const confirm =
      word === undefined ? {} : { confirm: await confirmation(wide(word), word, values, world) };
    const answer = await broker.quarantine({ ...request, ...confirm });
    for (const line of values.json ? [printableJson(answer)] : told(answer)) world.out(line);
    return 0;
  },
};

function requestOf([kind, ...words]: readonly string[], values: Values): QuarantineRequest {
  const scope = scopeOf(oneOf('whom to keep out', kind, kinds), words);
  if (values.reason === undefined) throw new UsageError('--reason is needed: it goes on record');
  const request = { scope, reason: values.reason, ...(values.lift && { lift: true }) };
  if (confirmedBy(request) === undefined && (values.confirm ?? values.yes) !== undefined)
    throw new UsageError('--confirm and --yes are for keeping out a type or everybody');
  return request;
}

function scopeOf(kind: (typeof kinds)[number], words: readonly string[]): QuarantineRequest['scope'] {
  switch (kind) {
    case 'agent':
      return { agent: exactly(words, ['agent id'])[0] };
    case 'principal':
      return { principal: exactly(words, ['principal'])[0] };
    case 'key':
      return { key: exactly(words, ['thumbprint of a key'])[0] };
    case 'type':
      return { agent_type: exactly(words, ['agent type'])[0] };
    case 'user': {
      const [issuer, subject] = exactly(words, ['issuer', 'subject']);
      return { user: { issuer, subject } };
    }
    case 'everybody':
      exactly(words, []);
      return { everybody: true };
  }
}

/** The word that the broker wants confirmed; undefined for what is narrow, and for letting in again. */
function confirmedBy({ scope, lift }: QuarantineRequest): string | undefined {
  if (lift) return undefined;
  return scope.everybody ? scopes.everybody : scope.agent_type;
}

function wide(word: string): string {
  return `This keeps ${word === scopes.everybody ? 'every agent of every type' : `every agent of ${word}`} out`;
}

function told({ quarantine }: QuarantineResponse): string[] {
  const { state, by } = quarantine;
  const [scope, said] = [printable(quarantine.scope), printable(by)];
  return state === 'lifted'
    ? [`${scope} is let in again, on record as said by ${said}.`]
    : [`${scope} is kept out, on record as said by ${said}. Leases that are alive stay so: ${called} revoke`];
}
