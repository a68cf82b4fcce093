import {
  DeleteRolePolicyCommand,
  GetRolePolicyCommand,
  type IAMClient,
  NoSuchEntityException,
  PutRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { denialPolicyName as PolicyName } from '../../core/denial.ts';
import type { DenyDocuments } from '../../core/use-cases/enforce.ts';

/** The deny documents of grant roles as inline policies: one call replaces a whole document. */
export function denyDocuments(iam: IAMClient): DenyDocuments {
  return {
    async read(RoleName) {
      const answer = await found(iam.send(new GetRolePolicyCommand({ RoleName, PolicyName })));
      return answer && decodeURIComponent(answer.PolicyDocument ?? '');
    },
    async write(RoleName, text) {
      const call =
        text === undefined
          ? iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName }))
          : iam.send(new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument: text }));
      // Of a policy to delete that is not there IAM says the same, and it is as well.
      return (await found<unknown>(call)) === undefined ? 'no_role' : 'written';
    },
  };
}

async function found<Answer>(call: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof NoSuchEntityException) return undefined;
    throw error;
  }
}
