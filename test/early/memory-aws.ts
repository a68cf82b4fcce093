import { credentialSeconds } from '../../core/lifetime.ts';
import type { AwsPlan } from '../../core/plan.ts';
import { after, type EpochSeconds, toIso } from '../../core/time.ts';
import type { DenyDocuments } from '../../core/use-cases/enforce.ts';
import type { MintedCredentials, Minter } from '../../core/use-cases/mint-checked.ts';
import { denyDocument, type RequestContext } from './deny-evaluator.ts';
import type { Simulation } from './simulation.ts';

/** A session of STS, as IAM judges its requests. */
export type Session = {
  readonly accessKeyId: string;
  readonly role: string;
  /** The lease. */
  readonly sourceIdentity: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly issuedAt: EpochSeconds;
  /** When STS ends it. */
  readonly expiration: EpochSeconds;
  /** When the policy inside it ends it. */
  readonly deadline: EpochSeconds;
};

/** One write of a role's deny document. */
export type DocumentWrite = {
  readonly role: string;
  readonly at: EpochSeconds;
  readonly text: string | undefined;
};

/** How slow IAM is, in seconds: until a document counts, and until a read shows it. */
export type Slowness = { readonly delay?: number; readonly readLag?: number };

/** STS and IAM in memory, with their own clock: what they hold, and what they would answer to whom. */
export type MemoryAws = {
  /** STS as a function with this clock asks it. */
  minter(clock: () => EpochSeconds): Minter;
  readonly documents: DenyDocuments;
  readonly sessions: readonly Session[];
  readonly writes: readonly DocumentWrite[];
  sessionOf(credentials: Pick<MintedCredentials, 'accessKeyId'>): Session;
  /** Seconds, in order, at which what IAM says of a role's sessions may have changed. */
  changes(role: string): readonly EpochSeconds[];
  /** The document that counts for a role at a second. */
  documentAt(role: string, at: EpochSeconds): string | undefined;
  /** Whether AWS lets a request of these credentials through. */
  works(session: Session, at: EpochSeconds): boolean;
};

/** STS opens what is planned; a document counts `delay` seconds after it was written. */
export function memoryAws(sim: Simulation, { delay = 0, readLag = 0 }: Slowness = {}): MemoryAws {
  const sessions: Session[] = [];
  const byKey = new Map<string, Session>();
  const writes: DocumentWrite[] = [];
  const histories = new Map<string, DocumentWrite[]>();
  const latest = (role: string, until: number) =>
    histories.get(role)?.findLast(({ at }) => at <= until)?.text;
  const aws: MemoryAws = {
    sessions,
    writes,
    minter: (clock) => ({
      async mint(plan, until) {
        const session = opened(plan, `ASIA${sessions.length}`, sim.now(), credentialSeconds(until - clock()));
        sessions.push(session);
        byKey.set(session.accessKeyId, session);
        return answerOf(session, plan);
      },
    }),
    documents: {
      read: async (role) => latest(role, sim.now() - readLag),
      async write(role, text) {
        const write = { role, at: sim.now(), text };
        writes.push(write);
        histories.set(role, [...(histories.get(role) ?? []), write]);
        return 'written';
      },
    },
    sessionOf({ accessKeyId }) {
      const session = byKey.get(accessKeyId);
      if (!session) throw new Error('STS never opened such a session');
      return session;
    },
    changes: (role) => (histories.get(role) ?? []).map(({ at }) => after(at, delay)),
    documentAt: (role, at) => latest(role, at - delay),
    works: (session, at) =>
      at < session.expiration &&
      at < session.deadline &&
      !denyDocument(aws.documentAt(session.role, at))(contextOf(session)),
  };
  return aws;
}

function opened(plan: AwsPlan, accessKeyId: string, now: EpochSeconds, seconds: number): Session {
  return {
    accessKeyId,
    role: plan.roleArn.split('/').at(-1) ?? '',
    sourceIdentity: plan.sourceIdentity,
    tags: plan.tags,
    issuedAt: now,
    expiration: after(now, seconds),
    deadline: plan.deadline,
  };
}

/** What IAM knows of a request of this session. */
export function contextOf({ sourceIdentity, tags, issuedAt }: Session): RequestContext {
  const principalTags = Object.entries(tags).map(([key, value]) => [`aws:PrincipalTag/${key}`, value]);
  return {
    'aws:SourceIdentity': sourceIdentity,
    'aws:TokenIssueTime': toIso(issuedAt),
    ...Object.fromEntries(principalTags),
  };
}

function answerOf({ accessKeyId, role, expiration }: Session, plan: AwsPlan): MintedCredentials {
  return {
    accessKeyId,
    secretAccessKey: `secret of ${accessKeyId}`,
    sessionToken: `token of ${accessKeyId}`,
    expiration,
    sourceIdentity: plan.sourceIdentity,
    arn: `arn:aws:sts::111122223333:assumed-role/${role}/${plan.sessionName}`,
  };
}
