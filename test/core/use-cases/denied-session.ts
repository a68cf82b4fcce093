import { grantRoleOf, type Lease } from '../../../core/lease.ts';
import { sessionTags } from '../../../core/session-tags.ts';
import { type EpochSeconds, toIso } from '../../../core/time.ts';
import { parsePolicy } from '../../../local/iam/document.ts';
import { evaluate, type NamedPolicy } from '../../../local/iam/evaluate.ts';

const everything: NamedPolicy = {
  name: 'everything',
  document: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] },
};

/**
 * Whether IAM denies all to the sessions of a lease because of this document, as the simulator judges it: nothing
 * else of the role or the session would. `opened` is when the session was.
 */
export async function isDenied(
  text: string | undefined,
  lease: Lease,
  opened: EpochSeconds = lease.minted_at,
): Promise<boolean> {
  const tags = Object.entries(sessionTags(lease, lease.agent_type));
  const verdict = await evaluate({
    principal: `arn:aws:sts::111122223333:assumed-role/${grantRoleOf(lease)}/${lease.id}`,
    action: 's3:GetObject',
    resource: 'arn:aws:s3:::acme-invoices/acme/4711.json',
    account: '111122223333',
    context: {
      'aws:SourceIdentity': lease.id,
      'aws:TokenIssueTime': toIso(opened),
      ...Object.fromEntries(tags.map(([key, value]) => [`aws:PrincipalTag/${key}`, value])),
    },
    identity: text === undefined ? [everything] : [everything, documentOf(text)],
    layers: [],
  });
  if (verdict.unjudged) throw new Error(verdict.why);
  return !verdict.allowed;
}

function documentOf(text: string): NamedPolicy {
  const document = parsePolicy(text);
  if (!document) throw new Error(`IAM would not take ${text}`);
  return { name: 'mayfly-denials', document };
}
