import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { voteRequest } from '../core/protocol/requests.ts';
import type { ApprovalListResponse, LeaseView } from '../core/protocol/responses.ts';
import { checkedBy, exactly, parseArguments } from './arguments.ts';
import { type Broker, brokerOptions, brokerOptionsHelp, connect } from './broker.ts';
import { Failure, UsageError } from './cli-error.ts';
import { type Command, called } from './command.ts';
import { printable, printableJson } from './printable.ts';
import { requestLines } from './request-text.ts';
import type { World } from './world.ts';

type Decision = 'approve' | 'deny';

const helpOf = (
  decision: Decision,
) => `${decision === 'approve' ? 'Approves' : 'Denies'} what waits for people. You sign in with your identity provider, in the browser, for this
very request: your ID token is bound to the hash of all that you are shown.

  ${called} ${decision} L-ACLJJ5JCW5ITAYCO
  ${called} ${decision} L-ACLJJ5JCW5ITAYCO --reason "checked with the supplier"
  ${called} ${decision} L-ACLJJ5JCW5ITAYCO --id-token-file token.jwt   a token that you have; - reads standard input

  --reason TEXT      why, for the record; 1 to 200 characters
  --issuer URL       your identity provider, where the broker has several
  --id-token-file F  an ID token whose nonce is the request hash, instead of the browser
  --role             the role you came by as proof, without an ID token: where the policy takes it (proof: role)
  --yes              do not ask back at the terminal
  --json             the broker's answer
${brokerOptionsHelp}`;

const options = {
  reason: { type: 'string' },
  issuer: { type: 'string' },
  'id-token-file': { type: 'string' },
  role: { type: 'boolean' },
  yes: { type: 'boolean' },
  json: { type: 'boolean' },
  ...brokerOptions,
} as const;

type Values = ReturnType<typeof parseArguments<typeof options>>['values'];

/** The command by which a person decides one way. */
export function decideCommand(decision: Decision): Command {
  return {
    help: helpOf(decision),
    async run(args, world) {
      const { values, positionals } = parseArguments(args, options);
      const [id] = exactly(positionals, ['lease id']);
      const broker = await connect(values, world, 'approver');
      const { lease } = await broker.lease(id);
      const hash = lease.approval?.request_hash;
      if (hash === undefined) throw new Failure(`${id} is ${lease.state} and asks nobody`);
      for (const line of requestLines(lease)) world.err(line);
      await sure(decision, lease, values, world);
      const proof = values.role
        ? { request_hash: hash }
        : { id_token: await proofOf(hash, broker, values, world) };
      const reason = values.reason === undefined ? {} : { reason: values.reason };
      const answer = await broker.vote(id, checkedBy(voteRequest, { decision, ...proof, ...reason }));
      for (const line of values.json ? [printableJson(answer)] : told(answer.lease)) world.out(line);
      return 0;
    },
  };
}

async function sure(decision: Decision, { id }: LeaseView, { yes }: Values, { ask }: World): Promise<void> {
  if (yes || !ask) return;
  const answer = await ask(`Type ${decision} to go on: `);
  if (answer.trim() !== decision) throw new Failure(`nothing was said about ${id}`);
}

async function proofOf(nonce: string, broker: Broker, values: Values, world: World): Promise<string> {
  const file = values['id-token-file'];
  if (file !== undefined)
    return (file === '-' ? await text(process.stdin) : await readFile(file, 'utf8')).trim();
  const provider = providerOf(await broker.approvals({ limit: '1' }), values.issuer);
  const { signIn } = await import('./sign-in.ts');
  return signIn(provider, { nonce, open: openBrowser }, world);
}

function providerOf({ sign_in: known }: ApprovalListResponse, issuer: string | undefined) {
  const named = issuer === undefined ? known : known.filter((each) => each.issuer === issuer);
  const [only] = named;
  if (!only)
    throw new UsageError(
      issuer === undefined
        ? 'the broker has no identity provider to sign in at: give --id-token-file'
        : `the broker knows no identity provider ${issuer} to sign in at`,
    );
  if (named.length > 1)
    throw new UsageError(`which identity provider? --issuer ${named.map((each) => each.issuer).join(' | ')}`);
  return { issuer: only.issuer, sign_in: { client_id: only.client_id } };
}

/** Opens an address as the desktop does; without a shell, as it comes from an identity provider. */
function openBrowser(url: string): Promise<void> {
  const opener = { darwin: 'open', win32: 'explorer' }[process.platform as 'darwin' | 'win32'] ?? 'xdg-open';
  return new Promise((resolve, reject) => {
    const child = spawn(opener, [url], { stdio: 'ignore', detached: true });
    child.once('error', reject);
    child.once('spawn', () => {
      child.unref();
      resolve();
    });
  });
}

function told({ id, state, approval }: LeaseView): string[] {
  const words = {
    approved: `${id} is approved: its agent may collect it until ${approval?.collect_by}.`,
    denied: `${id} is denied.`,
    pending: `Your word counts; ${id} waits for ${approval?.missing} more.`,
  };
  return [printable(words[state as keyof typeof words] ?? `${id} is ${state}.`)];
}
