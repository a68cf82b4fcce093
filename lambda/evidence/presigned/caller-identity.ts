import { EvidenceFault, TrustUnavailable } from '../../../core/evidence.ts';
import { jsonObject, type Members, member } from '../compact-jwt.ts';

/** The session of a role, as STS names it. */
export type RoleSession = {
  readonly account: string;
  /** Name of the role; STS does not tell its path. */
  readonly role: string;
  /** `AROA…`. */
  readonly roleId: string;
  readonly session: string;
};

/**
 * Reads the answer of GetCallerIdentity to who accepts JSON (STS API reference, GetCallerIdentity). Throws
 * {@link TrustUnavailable} when it is not such an answer of this partition, {@link EvidenceFault} `principal` when it
 * names anybody but the session of a role: users and roots have keys that do not end, federated users no unique id.
 */
export function roleSession(answer: Uint8Array, partition: string): RoleSession {
  const identity = within(within(jsonObject(answer), 'GetCallerIdentityResponse'), 'GetCallerIdentityResult');
  const account = textAt(identity, 'Account', /^\d{12}$/);
  const arn = textAt(identity, 'Arn', /^arn:/);
  const userId = textAt(identity, 'UserId', /./);
  const [named, service, region, of, resource = '', ...rest] = arn.split(':').slice(1);
  if (named !== partition || region !== '' || of !== account || rest.length > 0) throw unexpected();
  const [, role, session] = /^assumed-role\/([\w+=,.@-]{1,64})\/([\w+=,.@-]{1,64})$/.exec(resource) ?? [];
  const [, roleId, sessionOfId] = /^(AROA[A-Z0-9]{12,124}):(.+)$/.exec(userId) ?? [];
  if (service !== 'sts' || role === undefined || session === undefined)
    throw new EvidenceFault('principal', 'access_key_id', 'these are not credentials of a role');
  if (roleId === undefined || sessionOfId !== session) throw unexpected();
  return { account, role, roleId, session };
}

function within(members: Members | undefined, name: string): Members {
  const value = members && member(members, name);
  if (typeof value !== 'object' || value === null) throw unexpected();
  return value as Members;
}

function textAt(members: Members, name: string, pattern: RegExp): string {
  const value = member(members, name);
  if (typeof value !== 'string' || !pattern.test(value)) throw unexpected();
  return value;
}

function unexpected(): TrustUnavailable {
  return new TrustUnavailable('the answer of STS is not that of GetCallerIdentity');
}
