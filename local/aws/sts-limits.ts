import { AwsFault } from '../fault.ts';
import { type PolicyDocument, parsePolicy } from '../iam/document.ts';
import type { Role } from '../iam/role.ts';
import { isIdentityPolicy } from './identity-policy-grammar.ts';
import { invalid, members, text } from './query-protocol.ts';

/**
 * The limits of STS requests (STS API reference, AssumeRole and GetScopedCredentials; IAM user guide, quotas).
 * Lengths in characters, durations in seconds.
 */
export const stsLimits = {
  policy: 2_048,
  policyArns: 10,
  tags: 50,
  tagKey: 128,
  tagValue: 256,
  token: 4_096,
  assumeRole: { minimum: 900, maximum: 43_200, standard: 3_600, chained: 3_600 },
  webIdentityToken: { minimum: 60, maximum: 3_600, standard: 300, audiences: 10, audience: 1_000 },
  identityToken: { shortest: 4, longest: 20_000 },
  scoped: { minimum: 1, maximum: 129_600, layers: 3, description: 256 },
} as const;

const policyCharacters = /^[\t\n\r\u0020-\u00ff]+$/;
const nameCharacters = /^[\w+=,.@-]{2,64}$/;
const externalIdCharacters = /^[\w+=,.@:/-]{2,1224}$/;
const tagCharacters = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

/** A session policy within its size, in its characters, and of IAM's grammar; `beside` is the size of PolicyArns. */
export function checkedPolicy(text: string, beside = 0): PolicyDocument {
  if (text.length + beside > stsLimits.policy) {
    throw invalid(
      `policy and policy ARNs hold ${text.length + beside} characters, more than ${stsLimits.policy}`,
    );
  }
  const document = policyCharacters.test(text) ? parsePolicy(text) : undefined;
  if (!document || !isIdentityPolicy(document))
    throw new AwsFault('MalformedPolicyDocument', 'The policy is not valid JSON in IAM grammar.');
  return document;
}

/** A role session name or source identity. */
export function checkedName(field: string, value: string | undefined): string {
  if (value === undefined || !nameCharacters.test(value)) {
    throw invalid(`${field} must be 2 to 64 characters and match [\\w+=,.@-]*`);
  }
  if (field === 'SourceIdentity' && value.startsWith('aws:'))
    throw invalid('SourceIdentity must not begin with aws:');
  return value;
}

/** An external id, where one is given. */
export function checkExternalId(value: string | undefined): void {
  if (value !== undefined && !externalIdCharacters.test(value))
    throw invalid('ExternalId must be 2 to 1224 characters and match [\\w+=,.@:/-]*');
}

/** Session tags: at most 50, keys once regardless of case, none of AWS's own. */
export function checkedTags(pairs: readonly (readonly [string, string])[]): Map<string, string> {
  if (pairs.length > stsLimits.tags) throw invalid(`at most ${stsLimits.tags} tags`);
  const seen = new Set<string>();
  for (const [key, value] of pairs) {
    const allowed = tagCharacters.test(key) && tagCharacters.test(value);
    if (key.length < 1 || key.length > stsLimits.tagKey || value.length > stsLimits.tagValue || !allowed)
      throw invalid(`the tag ${key} has a key or value that tags cannot have`);
    if (/^aws:/i.test(key)) throw invalid('tag keys must not begin with aws:');
    if (seen.has(key.toLowerCase())) throw invalid('Duplicate tag keys found');
    seen.add(key.toLowerCase());
  }
  return new Map(pairs);
}

/** The tags of a request. */
export function requestedTags(form: URLSearchParams): Map<string, string> {
  return checkedTags(
    members(form, 'Tags').map((prefix) => [
      text(form, `${prefix}.Key`) ?? '',
      form.get(`${prefix}.Value`) ?? '',
    ]),
  );
}

/** The role of a request, by its ARN. */
export function requestedRole(form: URLSearchParams): string {
  const arn = text(form, 'RoleArn') ?? '';
  if (!/^arn:aws:iam::\d{12}:role\/[\w+=,.@/-]+$/.test(arn)) throw invalid(`${arn} is not a role ARN`);
  return arn;
}

/** Refuses a session that is longer than the role allows. */
export function checkMaxSession(seconds: number, role: Role): void {
  if (seconds > role.maxSession)
    throw invalid('The requested DurationSeconds exceeds the MaxSessionDuration set for this role.');
}

/** Refuses a session token that would be larger than STS issues. */
export function checkTokenSize(token: string): void {
  if (token.length > stsLimits.token) {
    throw new AwsFault(
      'PackedPolicyTooLarge',
      `The session token has ${token.length} bytes, more than ${stsLimits.token}.`,
    );
  }
}
