import { createHash, randomBytes } from 'node:crypto';
import { after, type EpochSeconds } from '../../core/time.ts';
import type { Clock } from '../clock.ts';
import { authFault } from '../fault.ts';
import type { PolicyDocument } from './document.ts';
import type { Federation } from './federation.ts';
import type { Place } from './place.ts';
import { keptWrites, type NewRole, type Role, withoutOverwritten } from './role.ts';

/** Temporary credentials and the session behind them. */
export type Session = {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly role: Role;
  readonly name: string;
  /** ARN of the assumed-role session, without the role's path. */
  readonly arn: string;
  readonly issued: EpochSeconds;
  readonly expires: EpochSeconds;
  readonly sourceIdentity: string | undefined;
  readonly tags: ReadonlyMap<string, string>;
  readonly transitive: readonly string[];
  /** Session policy of AssumeRole: what it allows is the union of its documents. */
  readonly sessionPolicies: readonly PolicyDocument[];
  /** Scope-down policies of GetScopedCredentials, oldest first: all must allow. */
  readonly scopeDown: readonly PolicyDocument[];
  /** Where AWS delivered the credentials, as long as they are those. */
  readonly place?: Place | undefined;
  /** The provider by whose token the role was assumed. */
  readonly federation?: Federation | undefined;
};

/** What distinguishes a new session; the rest follows from role, name and time. */
export type SessionInput = Pick<
  Session,
  'role' | 'name' | 'expires' | 'sourceIdentity' | 'tags' | 'transitive' | 'sessionPolicies' | 'scopeDown'
> &
  Partial<Pick<Session, 'sessionToken' | 'place' | 'federation'>>;

/** The account's roles, managed policies and sessions, and such roles of other accounts as callers need. */
export class IamStore {
  readonly account: string;
  readonly managedPolicies = new Map<string, PolicyDocument>();
  /** Seconds after which what a call writes to a role counts in decisions; holds for later writes. */
  propagation = 0;
  readonly #roles = new Map<string, Role>();
  readonly #sessions = new Map<string, Session>();
  readonly #clock: Clock;

  constructor(account: string, clock: Clock) {
    this.account = account;
    this.#clock = clock;
  }

  /** Adds a role or replaces one of the same name, which keeps its unique id and what calls wrote to it. */
  putRole({ path, account = this.account, ...rest }: NewRole): Role {
    const arn = `arn:aws:iam::${account}:role${path}${rest.name}`;
    const old = this.role(rest.name, account);
    const id = old?.id ?? uniqueId('AROA', `${arn}/${this.#roles.size}`);
    const created = old?.created ?? this.#clock.now();
    const writes = old ? keptWrites(old, rest.inline) : [];
    const made: Role = { ...rest, path, account, arn, id, created, writes };
    this.#roles.set(keyOf(made), made);
    return made;
  }

  /** Puts an inline policy of a role, or deletes it: readers see it at once, decisions after {@link propagation}. */
  writeInline(role: Role, name: string, text: string | undefined): void {
    const now = this.#clock.now();
    const write = { name, text, effective: after(now, this.propagation) };
    this.changeRole({ ...role, writes: withoutOverwritten([...role.writes, write], now) });
  }

  /** Gives a role that is there other policies. */
  changeRole(role: Role): void {
    if (this.current(role)?.id !== role.id) throw new Error(`no such role: ${role.arn}`);
    this.#roles.set(keyOf(role), role);
  }

  removeRole(name: string): void {
    this.#roles.delete(keyOf({ name, account: this.account }));
  }

  /** The role with this name; a name is given once in an account. */
  role(name: string, account = this.account): Role | undefined {
    return this.#roles.get(keyOf({ name, account }));
  }

  /** A session's role as it is now, undefined when it was taken away. */
  current(role: Role): Role | undefined {
    return this.#roles.get(keyOf(role));
  }

  /** The roles of an account, by name. */
  roles(account = this.account): Role[] {
    const own = [...this.#roles.values()].filter((role) => role.account === account);
    return own.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** The role with this ARN. */
  roleByArn(arn: string): Role | undefined {
    return [...this.#roles.values()].find((role) => role.arn === arn);
  }

  /** Makes credentials; their keys are random. */
  openSession(input: SessionInput): Session {
    const session: Session = {
      sessionToken: randomBytes(96).toString('base64'),
      ...input,
      accessKeyId: `ASIA${base32(randomBytes(10))}`,
      secretAccessKey: randomBytes(30).toString('base64'),
      arn: `arn:aws:sts::${input.role.account}:assumed-role/${input.role.name}/${input.name}`,
      issued: this.#clock.now(),
    };
    this.#sessions.set(session.accessKeyId, session);
    return session;
  }

  /** Credentials such as Lambda or EC2 deliver to code that runs under a role. */
  openServiceSession(
    roleName: string,
    name: string,
    seconds: number,
    account = this.account,
    place?: Place,
  ): Session {
    const role = this.role(roleName, account);
    if (!role) throw new Error(`no role of ${account} is called ${roleName}`);
    return this.openSession({
      role,
      name,
      expires: after(this.#clock.now(), seconds),
      sourceIdentity: undefined,
      tags: new Map(),
      transitive: [],
      sessionPolicies: [],
      scopeDown: [],
      place,
    });
  }

  /** The session of an access key; throws `expired_token` when its time is over. */
  find(accessKeyId: string): Session | undefined {
    const session = this.#sessions.get(accessKeyId);
    if (session && this.#clock.now() >= session.expires) throw authFault('expired_token');
    // A role that was taken away takes its sessions with it.
    return session && this.current(session.role)?.id === session.role.id ? session : undefined;
  }
}

function keyOf({ account, name }: Pick<Role, 'account' | 'name'>): string {
  return `${account}/${name}`;
}

/** A made-up unique id in IAM's form, stable for a seed. */
function uniqueId(prefix: string, seed: string): string {
  return `${prefix}${base32(createHash('sha256').update(seed).digest()).slice(0, 17)}`;
}

function base32(bytes: Buffer): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  return (bits.match(/.{5}/g) ?? [])
    .map((five) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.charAt(Number.parseInt(five, 2)))
    .join('');
}
