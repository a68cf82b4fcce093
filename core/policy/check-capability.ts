import { grantProblems } from './check-grants.ts';
import { serviceOf, servicesWithKeys } from './key-use.ts';
import { neverGranted, whatOutlives } from './outliving-actions.ts';
import type { Problem } from './problem.ts';
import type { Capability, ContextPolicy, Guardrail } from './schema.ts';
import type { AwsCapability } from './schema-capabilities.ts';
import type { Systems } from './schema-systems.ts';
import { literalsOf, parametersOf } from './template.ts';
import { everyResource, isUnscoped } from './unscoped-actions.ts';

/**
 * What is wrong with the capabilities of a policy: against its own names, the guardrail, the systems of the deployment and
 * the reviewed tables.
 */
export function capabilityProblems(policy: ContextPolicy, guardrail: Guardrail, systems: Systems): Problem[] {
  const direct = Object.values(policy.capabilities).some(({ aws }) => aws?.actions.some(isKeyAction));
  return Object.entries(policy.capabilities).flatMap(([name, capability]) => {
    const path = ['capabilities', name];
    const other = grantProblems(capability, { policy, guardrail, systems });
    if (!capability.aws || other.length > 0)
      return other.map((problem) => ({ ...problem, path: [...path, ...problem.path] }));
    const { actions, resources } = capability.aws;
    const aws = { ...capability.aws, outlives: capability.outlives };
    return [
      ...actions.flatMap((action, i) =>
        actionProblems(action, aws, guardrail).map((message) => ({
          path: [...path, 'aws', 'actions', i],
          message,
        })),
      ),
      ...resources.flatMap((resource, i) =>
        resourceProblems(resource, policy, guardrail).map((message) => ({
          path: [...path, 'aws', 'resources', i],
          message,
        })),
      ),
      ...keyProblems(aws, direct, guardrail).map((message) => ({
        path: [...path, 'aws', 'through', 'kms'],
        message,
      })),
    ];
  });
}

/** The part of a capability that is of AWS. */
type OfAws = AwsCapability & Pick<Capability, 'outlives'>;

function actionProblems(action: string, { resources, outlives }: OfAws, guardrail: Guardrail): string[] {
  const service = action.split(':')[0] ?? '';
  const problems: string[] = [];
  if (neverGranted.includes(service))
    problems.push(`${service} makes identities or sessions, which no grant role may ever do`);
  else if (!guardrail.services.includes(service))
    problems.push(`${action}: the guardrail does not list its service`);
  const lives = whatOutlives(action);
  if (lives !== undefined && outlives === undefined)
    problems.push(`${action} outlives the credentials (${lives}): say so in the capability's \`outlives\``);
  const onEverything = resources.includes(everyResource);
  // On `*` and on nothing else, or the scoped resources would be lost in it.
  if (isUnscoped(action) ? !onEverything || resources.length > 1 : onEverything) {
    problems.push(
      isUnscoped(action)
        ? `${action} knows no resources: give it a capability of its own, with resources: ["*"]`
        : `${action} is not among the actions without resources, so it is not granted on "*"`,
    );
  }
  return problems;
}

function resourceProblems(resource: string, policy: ContextPolicy, guardrail: Guardrail): string[] {
  // Whether `*` may stand here is judged beside the actions.
  if (resource === everyResource) return [];
  const problems = parametersOf(resource).flatMap((name) => {
    const parameter = Object.hasOwn(policy.parameters, name) ? policy.parameters[name] : undefined;
    if (!parameter) return [`no parameter is called ${name}`];
    return parameter.type === 'string' ? [] : [`${name} is a number; only strings may stand in a resource`];
  });
  if (/[*?$]/.test(literalsOf(resource)))
    problems.push('a resource holds no wildcard and no $ beside ${parameter}');
  // STS takes no others in a session policy (STS API reference, AssumeRole, Policy).
  if (/[^\x20-\xff]/.test(resource))
    problems.push('a resource holds characters that no session policy may hold');
  const [, , service = '', , account = '', ...rest] = resource.split(':');
  if (/[${]/.test(resource.split(':').slice(0, 5).join(':')))
    problems.push('only the last part of an ARN may hold parameters');
  if (!guardrail.services.includes(service))
    problems.push(`the guardrail does not list the service ${service}`);
  if (account !== '' && !guardrail.accounts.includes(account))
    problems.push(`the guardrail does not list the account ${account}`);
  const bucket = rest.join(':').split('/')[0] ?? '';
  if (service === 's3' && !guardrail.buckets.includes(bucket))
    problems.push(`the guardrail does not list the bucket ${bucket}`);
  return problems;
}

function keyProblems({ through, resources }: OfAws, direct: boolean, guardrail: Guardrail): string[] {
  if (!through) return [];
  const [, , , , account = ''] = through.kms.split(':');
  const [service = '', ...others] = [...new Set(resources.map(serviceOf))];
  const problems: string[] = [];
  if (!guardrail.services.includes('kms')) problems.push('the guardrail does not list the service kms');
  if (!guardrail.accounts.includes(account))
    problems.push(`the guardrail does not list the account ${account}`);
  if (others.length > 0 || !servicesWithKeys.includes(service))
    problems.push(`through a key go resources of one of ${servicesWithKeys.join(', ')}`);
  if (direct) problems.push('a policy that uses keys through services names no kms action itself');
  return problems;
}

function isKeyAction(action: string): boolean {
  return action.toLowerCase().startsWith('kms:');
}
