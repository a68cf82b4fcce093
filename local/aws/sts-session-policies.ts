import type { PolicyDocument } from '../iam/document.ts';
import { invalid, members, text } from './query-protocol.ts';
import { checkedPolicy, stsLimits } from './sts-limits.ts';
import type { StsWorld } from './sts-session.ts';

/** The session policies of a request: one inline, and ARNs of managed ones. */
export type RequestedPolicies = {
  readonly policy: PolicyDocument | undefined;
  readonly arns: readonly string[];
};

/** Reads the session policies of AssumeRole and its like, within their common size. */
export function requestedPolicies(form: URLSearchParams): RequestedPolicies {
  const arns = members(form, 'PolicyArns').map((prefix) => text(form, `${prefix}.arn`) ?? '');
  if (arns.length > stsLimits.policyArns) throw invalid(`at most ${stsLimits.policyArns} PolicyArns`);
  const size = arns.join('').length;
  if (size > stsLimits.policy) throw invalid(`policy ARNs hold more than ${stsLimits.policy} characters`);
  const policy = text(form, 'Policy');
  return { policy: policy === undefined ? undefined : checkedPolicy(policy, size), arns };
}

/** The documents of requested session policies; throws where an ARN names none. */
export function documentsOf({ iam }: StsWorld, { policy, arns }: RequestedPolicies): PolicyDocument[] {
  const managed = arns.map((arn) => {
    const document = iam.managedPolicies.get(arn);
    if (!document) throw invalid(`no managed policy has the ARN ${arn}`);
    return document;
  });
  return [...(policy ? [policy] : []), ...managed];
}
