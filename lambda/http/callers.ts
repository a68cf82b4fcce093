import { BrokerError } from '../../core/broker-error.ts';
import { type Caller, callerName, withoutPath } from '../../core/identity.ts';
import type { Request } from './request.ts';

/** The roles of a group of callers, as its setting lists them: ARNs with commas between, or `none`. */
export function rolesIn(setting: string): ReadonlySet<string> {
  return new Set(setting.split(',').map((arn) => withoutPath(arn.trim())));
}

/** Whether the caller is of a group: the API's resource policy says the same, and either alone would do. */
export function isOf({ role }: Caller, roles: ReadonlySet<string>): boolean {
  return roles.has(role);
}

/** The name of the caller behind a request, who is an `operator` or an `approver`; throws `access_denied` for anybody else. */
export function callerOf(
  request: Request,
  roles: ReadonlySet<string>,
  group: 'operator' | 'approver',
): string {
  const caller = request.caller();
  if (isOf(caller, roles)) return callerName(caller);
  throw new BrokerError('access_denied', `only an ${group} of this broker may ask this`);
}
