import { ManagedPolicy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';

export type PanicAccessProps = {
  /** ARN pattern of the grant roles. */
  readonly grantRoles: string;
  readonly issuance: IFunction;
};

/**
 * What a person needs to stop everything without the broker, and to undo it: a deny document of their own on every
 * grant role, and issuance with no concurrency at all.
 */
export class PanicAccess extends Construct {
  readonly policy: ManagedPolicy;

  constructor(scope: Construct, id: string, { grantRoles, issuance }: PanicAccessProps) {
    super(scope, id);
    const allow = (actions: string[], resource: string) =>
      new PolicyStatement({ actions, resources: [resource] });
    this.policy = new ManagedPolicy(this, 'Policy', {
      description: 'Lets a person stop all that was granted and all issuing, and undo it, without the broker',
      statements: [
        allow(['iam:ListRoles'], '*'),
        allow(['iam:DeleteRolePolicy', 'iam:GetRolePolicy', 'iam:PutRolePolicy'], grantRoles),
        allow(
          [
            'lambda:DeleteFunctionConcurrency',
            'lambda:GetFunctionConcurrency',
            'lambda:PutFunctionConcurrency',
          ],
          issuance.functionArn,
        ),
      ],
    });
  }
}
