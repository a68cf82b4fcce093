import type { EpochSeconds } from '../../core/time.ts';
import { type PolicyDocument, parsePolicy } from './document.ts';

/** An inline policy that was put or deleted by a call to IAM, and when that counts. */
export type InlineWrite = {
  readonly name: string;
  /** The policy as it was given; undefined when it was deleted. */
  readonly text: string | undefined;
  /** First second at which authorization sees it; readers see it at once. */
  readonly effective: EpochSeconds;
};

/** An IAM role as the emulation holds it. */
export type Role = {
  readonly name: string;
  /** The account that it belongs to. */
  readonly account: string;
  readonly arn: string;
  /** IAM's unique id, `AROA…`. */
  readonly id: string;
  readonly path: string;
  readonly created: EpochSeconds;
  readonly trust: PolicyDocument;
  /** Inline policies by name, as the template has them: they count at once. */
  readonly inline: Map<string, PolicyDocument>;
  /** What calls to IAM changed of the inline policies since, oldest first. */
  readonly writes: readonly InlineWrite[];
  /** ARNs of attached managed policies. */
  readonly managed: readonly string[];
  /** ARN of the permissions boundary. */
  readonly boundary: string | undefined;
  /** Longest session, in seconds. */
  readonly maxSession: number;
};

/** A role to be made: its ARN follows from account (the store's own when absent), path and name. */
export type NewRole = Omit<Role, 'id' | 'arn' | 'account' | 'created' | 'writes'> & {
  readonly account?: string;
};

/** The inline policies of a role by name as IAM tells them: every write is seen at once. */
export function writtenPolicies(role: Role): Map<string, string> {
  return overlaid(role, role.writes);
}

/** The inline policies that count in decisions at a moment: a write on its way is not seen yet. */
export function effectivePolicies(role: Role, at: EpochSeconds): Map<string, PolicyDocument> {
  const effective = role.writes.filter((write) => write.effective <= at);
  if (effective.length === 0) return role.inline;
  return new Map([...overlaid(role, effective)].map(([name, text]) => [name, documentOf(text)]));
}

/**
 * What is left of the writes when a template replaces a role: CloudFormation manages the policies that it
 * names, or named before, and no others.
 */
export function keptWrites(old: Role, inline: ReadonlyMap<string, PolicyDocument>): readonly InlineWrite[] {
  return old.writes.filter(({ name }) => !old.inline.has(name) && !inline.has(name));
}

/** Writes without those that no moment from `now` on can see, so that a policy rewritten all day stays small. */
export function withoutOverwritten(
  writes: readonly InlineWrite[],
  now: EpochSeconds,
): readonly InlineWrite[] {
  return writes.filter(({ name }, i) => {
    const later = writes.slice(i + 1);
    return !later.some((each) => each.name === name && each.effective <= now);
  });
}

function overlaid({ inline }: Role, writes: readonly InlineWrite[]): Map<string, string> {
  const texts = new Map([...inline].map(([name, document]) => [name, JSON.stringify(document)]));
  for (const { name, text } of writes) {
    if (text === undefined) texts.delete(name);
    else texts.set(name, text);
  }
  return texts;
}

function documentOf(text: string): PolicyDocument {
  const document = parsePolicy(text);
  if (!document) throw new Error('a policy was written that is none');
  return document;
}
