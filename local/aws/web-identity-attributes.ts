import { AwsFault } from '../fault.ts';
import { checkedName, checkedTags } from './sts-limits.ts';

/** What an identity provider says of the session that its token opens. */
export type IdentityAttributes = {
  readonly tags: ReadonlyMap<string, string>;
  readonly transitive: readonly string[];
  readonly sourceIdentity: string | undefined;
};

/**
 * Reads session tags and source identity of a token (IAM user guide, passing session tags using
 * AssumeRoleWithWebIdentity; monitor and control actions taken with assumed roles).
 */
export function identityAttributes(claims: Readonly<Record<string, unknown>>): IdentityAttributes {
  const source = claims['https://aws.amazon.com/source_identity'];
  if (source !== undefined && typeof source !== 'string') throw unreadable('source_identity');
  const { principal_tags = {}, transitive_tag_keys = [] } = objectOf(
    claims['https://aws.amazon.com/tags'] ?? {},
  );
  if (!Array.isArray(transitive_tag_keys)) throw unreadable('transitive_tag_keys');
  return {
    tags: checkedTags(Object.entries(objectOf(principal_tags)).map(([key, value]) => [key, onlyText(value)])),
    transitive: transitive_tag_keys.map(onlyText),
    sourceIdentity: source === undefined ? undefined : checkedName('SourceIdentity', source),
  };
}

/** A tag's value: a text, or a list of one. */
function onlyText(value: unknown): string {
  const [only, ...others] = [value].flat();
  if (typeof only !== 'string' || others.length > 0) throw unreadable('principal_tags');
  return only;
}

function objectOf(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw unreadable('tags');
  return value as Record<string, unknown>;
}

function unreadable(name: string): AwsFault {
  return new AwsFault('InvalidIdentityToken', `The claim ${name} of the token cannot be read.`);
}
