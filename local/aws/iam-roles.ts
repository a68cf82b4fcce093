import { toIso } from '../../core/time.ts';
import type { Role } from '../iam/role.ts';
import type { IamOperation } from './iam.ts';
import { encoded } from './iam-role-policy.ts';
import { checkedNumber, element, invalid, text } from './query-protocol.ts';

/** Roles in one answer: what may be asked for, and what is given otherwise (IAM API reference, ListRoles). */
const pageLimits = { minimum: 1, maximum: 1_000, standard: 100 } as const;

/** ListRoles (IAM API reference): roles below a path, by name, a page at a time. The action knows no resource. */
export const listRoles: IamOperation = async ({ iam, authorizer }, caller, form) => {
  const prefix = text(form, 'PathPrefix') ?? '/';
  if (!/^\/[\u0021-\u007f]{0,511}$/.test(prefix)) throw invalid('PathPrefix must begin with a slash');
  const size = checkedNumber('MaxItems', text(form, 'MaxItems'), pageLimits) ?? pageLimits.standard;
  const after = lastName(text(form, 'Marker'));
  await authorizer.demand(caller, { action: 'iam:ListRoles', resource: '*' });
  const left = iam
    .roles(caller.role.account)
    .filter(({ path, name }) => path.startsWith(prefix) && name > after);
  const page = left.slice(0, size);
  const truncated = left.length > page.length;
  const marker = truncated ? element('Marker', markerAfter(page.at(-1)?.name ?? '')) : '';
  return `<Roles>${page.map(roleXml).join('')}</Roles>${element('IsTruncated', String(truncated))}${marker}`;
};

function roleXml({ path, name, id, arn, created, trust, maxSession }: Role): string {
  return `<member>${element('Path', path)}${element('RoleName', name)}${element('RoleId', id)}${element('Arn', arn)}${element('CreateDate', toIso(created))}${element('AssumeRolePolicyDocument', encoded(JSON.stringify(trust)))}${element('MaxSessionDuration', String(maxSession))}</member>`;
}

/** A marker is opaque to callers: here it is the last name of the page before. */
function markerAfter(name: string): string {
  return Buffer.from(`after ${name}`).toString('base64');
}

function lastName(marker: string | undefined): string {
  if (marker === undefined) return '';
  const name = /^after ([\w+=,.@-]+)$/.exec(Buffer.from(marker, 'base64').toString())?.[1];
  if (name === undefined) throw invalid('Invalid Marker');
  return name;
}
