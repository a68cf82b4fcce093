import { isGrantRole } from '../core/plan.ts';

/** The ARN of a role with its path, as IAM writes it. */
const roleArn = /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=.@/-]{1,576}$/;

/** Characters that the list may take: a function's environment has room for 4 KB in all (Lambda quotas). */
const longest = 2_000;

/**
 * The operators of a deployment, from its context: ARNs of roles with commas between, with their paths, or `none`.
 * Throws an Error that says what is wrong.
 */
export function readOperators(context: string): string[] {
  if (context === 'none') return [];
  if (context.length > longest) throw new Error(`operators takes more than ${longest} characters`);
  const roles = [...new Set(context.split(',').map((each) => each.trim()))];
  const wrong = roles.find((each) => !roleArn.test(each));
  if (wrong !== undefined)
    throw new Error(`operators names "${wrong}": use ARNs of IAM roles with commas between, or none`);
  const granted = roles.find(isGrantRole);
  if (granted) throw new Error(`operators names ${granted}: a grant role is never an operator`);
  return roles;
}

/** The operators as functions read them. */
export function operatorsSetting(operators: readonly string[]): string {
  return operators.length > 0 ? operators.join(',') : 'none';
}
