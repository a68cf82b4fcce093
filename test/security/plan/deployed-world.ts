import type { NamedPolicy } from '../../../local/iam/evaluate.ts';
import type { Model } from '../../../local/template/model.ts';
import { usualPolicy, type World } from './judge.ts';
import type { Subject } from './subjects.ts';

/** The role with the permissions and the boundary that the templates give it. */
export function deployedBy(models: readonly Model[]): World {
  const roleOf = ({ plan }: Subject) => {
    const name = plan.roleArn.split('/').at(-1);
    const found = models.flatMap((model) => model.roles.map((role) => ({ role, model })));
    const match = found.find(({ role }) => role.name === name);
    if (!match) throw new Error(`no template deploys the role ${name}`);
    return match;
  };
  const managed = (model: Model, arn: string | undefined): NamedPolicy => {
    const policy = model.managedPolicies.find((each) => each.arn === arn);
    if (!policy) throw new Error(`no template deploys the policy ${arn}`);
    return { name: policy.arn, document: policy.document };
  };
  return {
    name: 'deployed',
    identity: (subject) => {
      const { role, model } = roleOf(subject);
      return [
        ...[...role.inline].map(([name, inline]) => ({ name, document: inline })),
        ...role.managed.map((arn) => managed(model, arn)),
      ];
    },
    boundary: (subject) => {
      const { role, model } = roleOf(subject);
      return managed(model, role.boundary);
    },
    resourcePolicy: usualPolicy,
  };
}
