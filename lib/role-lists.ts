import { withoutPath } from '../core/identity.ts';
import { isGrantRole, looksLikeEntryRole } from '../core/plan.ts';
import type { ContextPolicy } from '../core/policy/schema.ts';

/** The ARN of a role with its path, as IAM writes it. */
const roleArn = /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=.@/-]{1,576}$/;

/** Characters that the list may take: a function's environment has room for 4 KB in all (Lambda quotas). */
const longest = 2_000;

/**
 * The roles of a group of callers, such as `operators`, from the context of a deployment: ARNs with commas between, with
 * their paths, or `none`. Throws an Error that says what is wrong.
 */
export function readRoles(group: string, context: string): string[] {
  if (context === 'none') return [];
  if (context.length > longest) throw new Error(`${group} takes more than ${longest} characters`);
  const roles = [...new Set(context.split(',').map((each) => each.trim()))];
  const wrong = roles.find((each) => !roleArn.test(each));
  if (wrong !== undefined)
    throw new Error(`${group} names "${wrong}": use ARNs of IAM roles with commas between, or none`);
  const entry = roles.find((each) => looksLikeEntryRole(each));
  if (entry)
    throw new Error(`${group} names ${entry}: whoever comes through the entry role has proven nothing`);
  const granted = roles.find(isGrantRole);
  if (granted) throw new Error(`${group} names ${granted}: a grant role never calls the broker`);
  return roles;
}

/** A list of roles as functions read it. */
export function rolesSetting(roles: readonly string[]): string {
  return roles.length > 0 ? roles.join(',') : 'none';
}

/** The roles that policies let call the API as agents. */
export function agentRoles(policies: readonly ContextPolicy[]): string[] {
  const roles = policies.flatMap(({ attestation }) =>
    attestation.any_of.flatMap(({ aws_iam, aws_web_identity }) => [
      ...(aws_iam ? [aws_iam.role] : []),
      ...(aws_web_identity ? [aws_web_identity.role] : []),
    ]),
  );
  return [...new Set(roles)];
}

/**
 * The roles of agents that are in a list: who asks must never be among those who decide. Also a role that never calls as an
 * agent, as it proves itself by a presigned request and comes through another one.
 */
export function agentsAmong(roles: readonly string[], policies: readonly ContextPolicy[]): string[] {
  const presigned = policies.flatMap(({ attestation }) =>
    attestation.any_of.flatMap(({ aws_presigned }) => aws_presigned?.role ?? []),
  );
  const agents = [...agentRoles(policies), ...presigned].map(withoutPath);
  return roles.filter((role) => agents.includes(withoutPath(role)));
}
