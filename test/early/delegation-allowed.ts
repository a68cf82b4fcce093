import type { AwsPlan } from '../../core/plan.ts';
import { toIso } from '../../core/time.ts';
import { parsePolicy } from '../../local/iam/document.ts';
import { evaluate, type NamedPolicy } from '../../local/iam/evaluate.ts';
import { morning } from '../core/invoices.ts';
import type { Forest } from './delegation-forest.ts';

const actions = ['s3:GetObject', 's3:PutObject', 's3:DeleteObject'];
const resources = [
  'acme-invoices/acme/4711.json',
  'acme-results/acme/4711.json',
  'acme-corrections/acme/4711.json',
  'acme-invoices/acme/4712.json',
  'acme-results/globex/4711.json',
].map((path) => `arn:aws:s3:::${path}`);

const everything: NamedPolicy = {
  name: 'all that the role may',
  document: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] },
};

const known = new Map<string, Promise<ReadonlySet<string>>>();

/** What the session policy of a plan lets through of all actions on all resources here, as IAM would judge it. */
export function allowedBy({ policy, roleArn, deadline }: AwsPlan): Promise<ReadonlySet<string>> {
  // The same policy with another deadline allows the same, until then.
  const text = policy.replace(toIso(deadline), 'the deadline');
  const allowed = known.get(text) ?? judged(policy, roleArn);
  known.set(text, allowed);
  return allowed;
}

async function judged(policy: string, roleArn: string): Promise<ReadonlySet<string>> {
  const document = parsePolicy(policy);
  if (!document) throw new Error(`no policy: ${policy}`);
  const allowed = new Set<string>();
  for (const action of actions) {
    for (const resource of resources) {
      const verdict = await evaluate({
        principal: roleArn
          .replace(/:role\/.*\//, ':assumed-role/')
          .replace(':iam:', ':sts:')
          .concat('/session'),
        action,
        resource,
        account: '111122223333',
        context: { 'aws:CurrentTime': toIso(morning), 'aws:ViaAWSService': 'false' },
        identity: [everything],
        layers: [{ name: 'session policy', document }],
      });
      if (verdict.unjudged) throw new Error(verdict.why);
      if (verdict.allowed) allowed.add(`${action} ${resource}`);
    }
  }
  return allowed;
}

/** Faults where a session of a child may do what no session of its parent may; how many children may do less. */
export async function widened({ nodes, plans, fault }: Forest): Promise<number> {
  let narrower = 0;
  for (const { id, parent } of nodes) {
    if (!parent) continue;
    const [own, above] = await Promise.all([unionOf(plans.get(id)), unionOf(plans.get(parent.id))]);
    const more = [...own].filter((each) => !above.has(each));
    if (more.length > 0) fault(`${id} may do more than ${parent.id}: ${more}`);
    if (own.size === 0) fault(`${id} may do nothing`);
    if (own.size < above.size) narrower++;
  }
  return narrower;
}

async function unionOf(plans: readonly AwsPlan[] = []): Promise<ReadonlySet<string>> {
  const sets = await Promise.all(plans.map(allowedBy));
  return new Set(sets.flatMap((each) => [...each]));
}
