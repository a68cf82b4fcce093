import type { AttestationResult } from './attestation-result.ts';
import { isOrAbsent, methodsOf, saysWho, strengthOfWay } from './attestation-terms.ts';
import { type Facts, isAtLeast } from './evidence.ts';
import { type Caller, withoutPath } from './identity.ts';
import type { ContextPolicy } from './policy/schema.ts';
import type { Way } from './policy/schema-attestation.ts';

/**
 * Whether what an agent proved when it attested is still a way of its policy: who was taken out of one since, or would have
 * to prove more by now, gets nothing from then on. Claims, measurements and the path of a role are not in a result, and are
 * asked for again when it has ended.
 */
export function stillProven(
  { any_of, minimum = 'instance' }: ContextPolicy['attestation'],
  { methods, facts }: Pick<AttestationResult, 'methods' | 'facts'>,
  caller: Pick<Caller, 'role'>,
): boolean {
  return any_of.some((way) => {
    const taken = methodsOf(way);
    return (
      taken.every((method) => methods.includes(method)) &&
      saysWho(taken) &&
      isAtLeast(strengthOfWay(taken), minimum) &&
      stillMet(way, facts, caller.role)
    );
  });
}

/** Whether facts are what a way asks for; `caller` is the role, without its path, that signs the agent's requests. */
function stillMet(way: Way, facts: Facts, caller: string): boolean {
  const { aws_iam, aws_web_identity, aws_presigned, spiffe_jwt, spiffe_x509, oidc, aws_ec2_iid } = way;
  const called = [aws_iam, aws_web_identity].flatMap((terms) => terms?.role ?? []);
  return (
    called.every((role) => withoutPath(role) === caller) &&
    isOrAbsent(aws_web_identity?.lambda_function, facts.lambda_function) &&
    isOrAbsent(aws_web_identity?.vpc, facts.ec2_vpc) &&
    isOrAbsent(aws_web_identity?.org, facts.aws_org) &&
    isOrAbsent(aws_presigned && roleOf(aws_presigned.role), `${facts.aws_account}:${facts.aws_role}`) &&
    [spiffe_jwt, spiffe_x509].every((terms) => isOrAbsent(terms?.id, facts.spiffe_id)) &&
    isOrAbsent(oidc?.issuer, facts.oidc_issuer) &&
    isOrAbsent(oidc?.subject, facts.oidc_subject) &&
    isOrAbsent(aws_ec2_iid?.account, facts.aws_account) &&
    isOrAbsent(aws_ec2_iid?.image, facts.ec2_image)
  );
}

/** `<account>:<name>` of a role's ARN, as the facts have them. */
function roleOf(arn: string): string {
  return withoutPath(arn).split(':').slice(4).join(':').replace(':role/', ':');
}
