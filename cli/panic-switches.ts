import { setTimeout as sleep } from 'node:timers/promises';
import {
  DeleteRolePolicyCommand,
  type IAMClient,
  ListRolesCommand,
  type ListRolesCommandOutput,
  PutRolePolicyCommand,
} from '@aws-sdk/client-iam';
import {
  DeleteFunctionConcurrencyCommand,
  type LambdaClient,
  PutFunctionConcurrencyCommand,
} from '@aws-sdk/client-lambda';
import { panicPolicy } from '../core/denial.ts';
import { grantRolePath } from '../core/plan.ts';
import { issuanceFunctionName } from '../core/settings.ts';

/** What panic turns off and unpanic on again, each by a call that does nothing when it is done twice. */
export type Switches = {
  /** Names of the grant roles of the deployment, in all regions. */
  grantRoles(): Promise<readonly string[]>;
  deny(role: string): Promise<void>;
  /** Lets a role work again; false where it was not denied. */
  allow(role: string): Promise<boolean>;
  stopIssuance(): Promise<void>;
  startIssuance(): Promise<void>;
};

/** The switches of a deployment in AWS, by the caller's own rights and nothing of the broker's. */
export function awsSwitches(
  deployment: string,
  { iam, lambda }: { readonly iam: IAMClient; readonly lambda: LambdaClient },
  pause: (milliseconds: number) => Promise<void> = sleep,
): Switches {
  const FunctionName = issuanceFunctionName(deployment);
  const { name: PolicyName, text: PolicyDocument } = panicPolicy;
  return {
    async grantRoles() {
      const names: string[] = [];
      let Marker: string | undefined;
      do {
        const page: ListRolesCommandOutput = await iam.send(
          new ListRolesCommand({ PathPrefix: grantRolePath(deployment), ...(Marker && { Marker }) }),
        );
        names.push(...(page.Roles ?? []).map(({ RoleName = '' }) => RoleName));
        Marker = page.IsTruncated ? page.Marker : undefined;
      } while (Marker !== undefined);
      return names;
    },
    async deny(RoleName) {
      const put = () => iam.send(new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument }));
      await againstOthers(put, pause);
    },
    async allow(RoleName) {
      try {
        await againstOthers(() => iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName })), pause);
        return true;
      } catch (error) {
        if ((error as Error).name === 'NoSuchEntityException') return false;
        throw error;
      }
    },
    async stopIssuance() {
      await lambda.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: 0 }));
    },
    async startIssuance() {
      await lambda.send(new DeleteFunctionConcurrencyCommand({ FunctionName }));
    },
  };
}

/** Milliseconds before IAM is asked again after it was busy with somebody else's change of the same role. */
const pauses = [200, 400, 800, 1_600, 3_200];

/** The revoker may be writing the same role: IAM then refuses one of both, which the SDK does not try again. */
async function againstOthers(
  change: () => Promise<unknown>,
  pause: (milliseconds: number) => Promise<void>,
): Promise<void> {
  for (const milliseconds of pauses) {
    try {
      await change();
      return;
    } catch (error) {
      if ((error as Error).name !== 'ConcurrentModificationException') throw error;
      await pause(milliseconds);
    }
  }
  await change();
}
