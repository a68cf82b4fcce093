import type { ProxyCapability } from '../policy/schema-capabilities.ts';
import { type ShownAnswer, shownOf, type UpstreamAnswer } from '../proxy/answer.ts';
import { type AskedCall, encodedQuery } from '../proxy/asked-call.ts';
import type { CallFault } from '../proxy/call-record.ts';
import { headersOut } from '../proxy/headers.ts';
import { secretIn, type Upstream } from '../proxy/injected-secret.ts';

/** What sends calls, and the secrets that go with them. */
export type SendingWorld = {
  readonly secrets: {
    /** The text that is kept under an ARN; `fresh` asks again, as it may have been rotated. */
    read(arn: string, fresh?: 'fresh'): Promise<string>;
  };
  /** Sends one request, follows nothing, and throws an Error for a log. */
  readonly send: (request: {
    readonly method: string;
    readonly url: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body?: string | undefined;
    /** Milliseconds. */
    readonly patience: number;
    /** Most bytes that come back. */
    readonly largest: number;
    readonly privateNetwork: boolean;
    readonly ca?: string | undefined;
  }) => Promise<UpstreamAnswer>;
  /** Milliseconds since whenever. */
  readonly stopwatch: () => number;
};

/** A call that is allowed, with what it goes out with. */
export type AllowedCall = Upstream & {
  readonly proxy: ProxyCapability;
  /** What the secret is in. */
  readonly kept: string;
  /** Until when it is waited for, by the stopwatch. */
  readonly until: number;
};

/** What a call came to: an answer that the agent may see, or why it may see none. */
export type CallResult =
  | { readonly answer: UpstreamAnswer; readonly shown: ShownAnswer }
  | { readonly answer?: UpstreamAnswer; readonly fault: CallFault; readonly cause?: unknown };

/**
 * Sends a call with its secret, and judges what comes back. Where the other side refuses the secret and another is kept by
 * now, what only reads is sent once more; what writes is not, as nobody knows what a refusal left behind.
 */
export async function answerTo(
  world: SendingWorld,
  asked: AskedCall,
  allowed: AllowedCall,
): Promise<CallResult> {
  try {
    const answer = await sent(world, asked, allowed);
    const kept = await keptByNow(world, answer, allowed);
    if (kept === allowed.kept || !/^(GET|HEAD)$/.test(asked.method))
      return judged(answer, allowed, [allowed.kept, kept]);
    return judged(await sent(world, asked, { ...allowed, kept }), allowed, [allowed.kept, kept]);
  } catch (cause) {
    return { fault: 'no_answer', cause };
  }
}

function sent(world: SendingWorld, asked: AskedCall, allowed: AllowedCall): Promise<UpstreamAnswer> {
  const { base, system, proxy, kept, until } = allowed;
  const query = encodedQuery(asked.query);
  return world.send({
    method: asked.method,
    url: `${base}${asked.path}${query && `?${query}`}`,
    headers: {
      ...headersOut(asked, system.header),
      [system.header]: `${system.prefix}${secretIn(kept, system)}`,
    },
    ...(asked.body !== '' && { body: asked.body }),
    patience: Math.max(1, until - world.stopwatch()),
    largest: proxy.largest_response,
    privateNetwork: system.private_network,
    ca: system.ca,
  });
}

/** What is kept under the secret's ARN, asked again where a refusal says that it may be another. */
async function keptByNow(
  { secrets }: SendingWorld,
  { status }: UpstreamAnswer,
  { system, kept }: AllowedCall,
): Promise<string> {
  if (status !== 401 && status !== 403) return kept;
  // An answer that is there is not lost because nobody says whether the secret is another.
  return secrets.read(system.secret, 'fresh').catch(() => kept);
}

function judged(answer: UpstreamAnswer, { base, system }: AllowedCall, kept: readonly string[]): CallResult {
  const secrets = kept.map((each) => secretIn(each, system));
  const shown = shownOf(answer, base, secrets);
  return typeof shown === 'string' ? { answer, fault: shown } : { answer, shown };
}
