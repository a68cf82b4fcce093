import { join } from 'node:path';
import { agentId } from '../../../core/identity.ts';
import { type AwsPlan, planAws, policyText } from '../../../core/plan.ts';
import type { ContextPolicy } from '../../../core/policy/schema.ts';
import { policyBudget } from '../../../core/session-policy.ts';
import type { Statement } from '../../../core/statement.ts';
import { after } from '../../../core/time.ts';
import { readPolicies } from '../../../lib/policies.ts';
import { morning, planning } from '../../core/invoices.ts';
import { keyUsesOf, type UsedKey } from './used-keys.ts';

/** One thing that a task asked for and its policy names: an action on a resource. */
export type Granted = { readonly action: string; readonly resource: string };

/** A plan under proof, with what it must allow told without the code that made it. */
export type Subject = {
  /** `release_agent: push_image`. */
  readonly name: string;
  readonly policy: ContextPolicy;
  readonly capabilities: readonly string[];
  readonly plan: AwsPlan;
  readonly statements: readonly Statement[];
  readonly granted: readonly Granted[];
  /** Told by hand, so for the usual values only. */
  readonly keys: readonly UsedKey[];
};

/** The second from which on nothing is allowed. */
export const deadline = after(morning, 300);

/** A value for every parameter of the policies; each is a hard one to tell from its neighbours. */
export const values: Readonly<Record<string, string>> = {
  customer_id: 'acme-eu',
  invoice_id: '4711',
  service: 'pay-api',
  build: '0123456789abcdef0123456789abcdef01234567',
  tenant: 'acme-eu',
  order: '4711',
};

const root = join(import.meta.dirname, '../../..');
const deployed = readPolicies(join(root, 'policies')).policies;
const rich = readPolicies(join(import.meta.dirname, 'policies')).policies;

/** The policies under proof: those that get deployed, and the rich one. */
export const policies: readonly ContextPolicy[] = [...deployed, ...rich];

/** The plan of these capabilities of a policy, with these values of its parameters. */
export function subjectOf(
  policy: ContextPolicy,
  capabilities: readonly string[],
  parameters: Readonly<Record<string, string>> = values,
): Subject {
  const task = { name: 't', purpose: 'p', capabilities, parameters, sources: {}, estimated_seconds: 120 };
  const agent = agentId('mayfly.local', policy.agent_type, 'AROAEXAMPLE', 'thumbprint');
  const result = planAws(
    policy,
    task,
    { id: 'L-ABCDEFGH234567ABCDEF', agent, ancestors: [], deadline, gen: 0 },
    planning,
  );
  if ('tooLarge' in result) throw new Error(`${capabilities.join(', ')}: ${result.tooLarge.size} characters`);
  if (!result.plan) throw new Error(`${capabilities.join(', ')}: nothing of AWS`);
  return {
    name: `${policy.agent_type}: ${capabilities.join(', ')}`,
    policy,
    capabilities,
    plan: result.plan,
    statements: JSON.parse(result.plan.policy).Statement,
    granted: grantedBy(policy, capabilities, parameters),
    keys: parameters === values ? keyUsesOf(policy.agent_type, capabilities) : [],
  };
}

/** Capabilities that meet in one plan in a way of their own: keys, services and resources that they share or not. */
const meetings: Readonly<Record<string, readonly (readonly string[])[]>> = {
  courier_agent: [
    ['take', 'fetch'],
    ['fetch', 'store'],
  ],
  order_agent: [
    ['take_work', 'read_archive'],
    ['take_work', 'send_result'],
    ['send_result', 'read_archive'],
    ['write_report', 'read_both'],
  ],
};

/** The capabilities of a policy that are of AWS: others have no part in a session policy. */
export function namesOfAws({ capabilities }: ContextPolicy): string[] {
  return Object.keys(capabilities).filter((name) => capabilities[name]?.aws);
}

/** Each capability of each policy alone, all of a policy in as few plans as hold them, and the meetings. */
export const subjects: readonly Subject[] = policies.flatMap((policy) => {
  const names = namesOfAws(policy);
  const asked = [
    ...names.map((name) => [name]),
    ...packed(policy, names),
    ...(meetings[policy.agent_type] ?? []),
  ];
  return [...new Map(asked.map((each) => [each.join(), each])).values()].map((each) =>
    subjectOf(policy, each),
  );
});

/** What the capabilities name with the values filled in, nothing grouped or merged. */
function grantedBy(
  { capabilities }: ContextPolicy,
  asked: readonly string[],
  parameters: Readonly<Record<string, string>>,
): Granted[] {
  const all = asked.flatMap((name) => {
    const { actions = [], resources = [] } = capabilities[name]?.aws ?? {};
    return actions.flatMap((action) =>
      resources.map((template) => ({ action, resource: filled(template, parameters) })),
    );
  });
  return [...new Map(all.map((each) => [`${each.action} ${each.resource}`, each])).values()];
}

/** A template with the values in it, but for those that are given otherwise. */
export function filled(template: string, otherwise: Readonly<Record<string, string>> = {}): string {
  return Object.entries({ ...values, ...otherwise }).reduce(
    (text, [name, value]) => text.split(`\${${name}}`).join(value),
    template,
  );
}

/** Capabilities in order, in as few plans as they fit into. */
function packed(policy: ContextPolicy, names: readonly string[]): string[][] {
  const packs: string[][] = [];
  for (const name of names) {
    const last = packs.at(-1);
    if (last && sizeOf(policy, [...last, name]) <= policyBudget) last.push(name);
    else packs.push([name]);
  }
  return packs;
}

/** Characters of the session policy of these capabilities. */
export function sizeOf(policy: ContextPolicy, capabilities: readonly string[]): number {
  return policyText(policy, { capabilities, parameters: values }, deadline).length;
}
