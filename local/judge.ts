import type { Account } from './account.ts';
import { deliveredSeconds } from './deployment.ts';
import { type Attempt, createAuthorizer } from './iam/authorize.ts';
import type { PolicyDocument } from './iam/document.ts';
import type { Verdict } from './iam/evaluate.ts';
import type { Session } from './iam/store.ts';
import type { ApiDefinition } from './template/model.ts';

/** Something that somebody might do, with the condition keys that the request would have beside the usual ones. */
export type Question = Pick<Attempt, 'action' | 'resource' | 'context'>;

/**
 * Answers what IAM would decide if a role of the account, or whoever holds an access key, did something. Nothing
 * is done and nothing recorded. Throws for a question without sense: an action that does not exist, or a
 * resource that the action cannot have, would be denied for a reason that says nothing of the role.
 */
export function createJudge(account: Account, api: () => ApiDefinition) {
  const { iam, clock, region } = account;
  const authorizer = createAuthorizer(iam, clock, region, () => {});
  return async (who: { readonly role: string } | { readonly accessKeyId: string }, question: Question) => {
    const session =
      'role' in who
        ? iam.openServiceSession(who.role, 'question', deliveredSeconds)
        : sessionOf(account, who.accessKeyId);
    const resourcePolicy = policyOn(account, api(), question);
    const { allowed, why, unjudged } = await authorizer.decide(session, { ...question, resourcePolicy });
    if (unjudged) throw new Error(`${question.action} on ${question.resource}: ${why}`);
    return { allowed, why } satisfies Verdict;
  };
}

function sessionOf({ iam }: Account, accessKeyId: string): Session {
  const session = iam.find(accessKeyId);
  if (!session) throw new Error(`nobody holds the access key ${accessKeyId}`);
  return session;
}

/** The policy that is attached to a resource: of a key, bucket, queue, topic, function or API, and of a role for who assumes it. */
function policyOn(account: Account, api: ApiDefinition, question: Question): PolicyDocument | undefined {
  const { action, resource } = question;
  const [, , service = '', , , name = ''] = resource.split(':');
  if (service === 'kms') return account.keys.get(resource)?.policy;
  if (service === 's3') return account.buckets.get(name.split('/')[0] ?? '')?.policy;
  if (service === 'sqs') return account.queues.get(resource)?.policy;
  if (service === 'sns') return account.topics.get(resource)?.policy;
  if (service === 'lambda') return account.functions.policy(resource);
  if (service === 'execute-api') return name.startsWith(`${api.id}/`) ? api.policy : undefined;
  return action.startsWith('sts:') ? account.iam.roleByArn(resource)?.trust : undefined;
}
