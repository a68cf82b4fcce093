import type { PolicyDocument, PolicyStatement } from '../iam/document.ts';
import type { InvokePermission } from '../template/model.ts';
import type { FunctionHost } from './host.ts';

/** The functions that are deployed in the account, for who invokes them by name. */
export class Functions {
  #hosts: ReadonlyMap<string, FunctionHost> = new Map();
  #permissions: readonly InvokePermission[] = [];

  /** Takes the functions of a deployment, by ARN, which are then the only ones. */
  deploy(hosts: ReadonlyMap<string, FunctionHost>, permissions: readonly InvokePermission[]): void {
    this.#hosts = hosts;
    this.#permissions = permissions;
  }

  /** Takes all away, and with them who may invoke them. */
  stop(): void {
    this.deploy(new Map(), []);
  }

  get(arn: string): FunctionHost | undefined {
    return this.#hosts.get(arn);
  }

  /** The function's resource policy as far as it concerns IAM principals; services invoke by other ways. */
  policy(arn: string): PolicyDocument | undefined {
    const own = this.#permissions.filter(({ functionArn }) => functionArn === arn);
    const Statement = own.flatMap(({ principal }): PolicyStatement[] =>
      principal.endsWith('.amazonaws.com') ? [] : [allows(principal, arn)],
    );
    return Statement.length > 0 ? { Version: '2012-10-17', Statement } : undefined;
  }
}

function allows(principal: string, arn: string): PolicyStatement {
  const AWS = /^\d{12}$/.test(principal) ? `arn:aws:iam::${principal}:root` : principal;
  return { Effect: 'Allow', Principal: { AWS }, Action: 'lambda:InvokeFunction', Resource: arn };
}
