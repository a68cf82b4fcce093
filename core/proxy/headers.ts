import type { AskedCall } from './asked-call.ts';
import { textTypeOf } from './asked-call.ts';

/** What of an agent's headers goes out, and what it may look like: all others are between agent and broker. */
const goingOut: Readonly<Record<string, RegExp>> = {
  accept: /^[A-Za-z0-9*/+.;=, -]{1,200}$/,
  'accept-language': /^[A-Za-z0-9*;=., -]{1,100}$/,
  'content-type': /^[A-Za-z0-9/+.;="_ -]{1,200}$/,
  'idempotency-key': /^[\w-]{8,64}$/,
  'if-match': /^[\x21-\x7e ]{1,200}$/,
};

/** Headers of an agent's that may go out, for whoever reads them from a request. */
export const headersOfAgents: readonly string[] = Object.keys(goingOut);

/** Headers that go out with a call, without the secret; `secretHeader` is its header, which no agent sets. */
export function headersOut({ headers, body }: AskedCall, secretHeader: string): Record<string, string> {
  const out: Record<string, string> = { 'user-agent': 'mayfly' };
  for (const [name, form] of Object.entries(goingOut)) {
    const value = Object.hasOwn(headers, name) ? headers[name] : undefined;
    const isForNothing = name === 'content-type' && body === '';
    if (value !== undefined && form.test(value) && !isForNothing && name !== secretHeader.toLowerCase())
      out[name] = value;
  }
  return out;
}

/** What comes back, and what it may look like; a header that came twice does not. */
const comingBack: Readonly<Record<string, RegExp>> = {
  'content-language': /^[A-Za-z0-9, -]{1,100}$/,
  'content-type': /^[A-Za-z0-9/+.;="_ -]{1,200}$/,
  etag: /^(W\/)?"[\x21\x23-\x7e]{0,200}"$/,
  'last-modified': /^[A-Za-z0-9:, ]{1,50}$/,
  'retry-after': /^[A-Za-z0-9:, ]{1,50}$/,
};
const limits = /^x-ratelimit-[a-z-]{1,40}$|^ratelimit(-[a-z-]{1,40})?$/;
const limitValue = /^[A-Za-z0-9;=", _.-]{1,200}$/;

/** An answer's headers that the agent sees. `base` is the capability's base address. */
export function headersBack(
  headers: Readonly<Record<string, readonly string[]>>,
  base: string,
): Record<string, string> {
  const back: Record<string, string> = {};
  for (const [name, values] of Object.entries(headers)) {
    const [value = ''] = values;
    if (values.length === 1 && comesBack(name, value, base)) back[name] = value;
  }
  return back;
}

function comesBack(name: string, value: string, base: string): boolean {
  if (name === 'link') return staysAt(value, base);
  if (limits.test(name)) return limitValue.test(value);
  if (name === 'content-type') return textTypeOf(value) !== undefined;
  return Object.hasOwn(comingBack, name) && (comingBack[name]?.test(value) ?? false);
}

/** Whether all targets of a Link header (RFC 8288) are below the base address: where else a service has pages is not the agent's to know. */
function staysAt(value: string, base: string): boolean {
  if (!/^[\x20-\x7e]{1,2000}$/.test(value)) return false;
  const targets = [...value.matchAll(/<([^>]*)>/g)].map(([, target = '']) => target);
  return targets.length > 0 && targets.every((each) => URL.canParse(each) && each.startsWith(`${base}/`));
}
