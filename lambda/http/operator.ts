import { BrokerError } from '../../core/broker-error.ts';
import { type Caller, callerName, withoutPath } from '../../core/identity.ts';
import type { Request } from './request.ts';

/** The roles that operate a broker, as its setting lists them: ARNs with commas between, or `none`. */
export function operatorRoles(setting: string): ReadonlySet<string> {
  return new Set(setting.split(',').map((arn) => withoutPath(arn.trim())));
}

/** Whether the caller is an operator: the API's resource policy says the same, and either alone would do. */
export function isOperator({ role }: Caller, operators: ReadonlySet<string>): boolean {
  return operators.has(role);
}

/** The name of the operator behind a request; throws `access_denied` for anybody else. */
export function operatorOf(request: Request, operators: ReadonlySet<string>): string {
  const caller = request.caller();
  if (isOperator(caller, operators)) return callerName(caller);
  throw new BrokerError('access_denied', 'only an operator of this broker may ask this');
}
