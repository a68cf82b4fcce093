import { parsePolicy } from '../../local/iam/document.ts';
import { evaluate } from '../../local/iam/evaluate.ts';
import { contextOf, type Session } from './memory-aws.ts';

/** What IAM's rules make of a session whose role may do everything but for the deny document. */
export async function simulated(text: string | undefined, session: Session): Promise<boolean> {
  const all = { Effect: 'Allow', Action: '*', Resource: '*' } as const;
  const denies = text === undefined ? undefined : parsePolicy(text);
  const { allowed } = await evaluate({
    principal: `arn:aws:sts::111122223333:assumed-role/${session.role}/session`,
    action: 's3:GetObject',
    resource: 'arn:aws:s3:::acme-invoices/acme/4711.json',
    account: '111122223333',
    context: contextOf(session),
    identity: [
      { name: 'all', document: { Version: '2012-10-17', Statement: [all] } },
      ...(denies ? [{ name: 'denials', document: denies }] : []),
    ],
    layers: [],
  });
  return allowed;
}
