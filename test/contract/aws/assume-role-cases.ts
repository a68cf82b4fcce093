import {
  AssumeRoleCommand,
  type AssumeRoleCommandInput,
  GetCallerIdentityCommand,
} from '@aws-sdk/client-sts';
import { type Case, refused } from './case.ts';
import { roleArn, type Target } from './target.ts';

/** A session of `worker`, opened by `caller`, which is a session itself: always role chaining. */
export function assume(target: Pick<Target, 'sts'>, input: Partial<AssumeRoleCommandInput> = {}) {
  const command = { RoleArn: roleArn.worker, RoleSessionName: 'task', DurationSeconds: 900, ...input };
  return target.sts.send(new AssumeRoleCommand(command));
}

/** Seconds until credentials expire, to the minute. */
export function lifetimeOf(credentials: { Expiration?: Date | undefined } | undefined): number {
  return Math.round(((credentials?.Expiration?.getTime() ?? 0) - Date.now()) / 60_000) * 60;
}

const lasts = (name: string, seconds: number, input: Partial<AssumeRoleCommandInput>): Case => ({
  name: `AssumeRole ${name}`,
  run: async (target) => lifetimeOf((await assume(target, input)).Credentials),
  answers: seconds,
});

const refuses = (
  name: string,
  input: Partial<AssumeRoleCommandInput>,
  answers = refused('ValidationError'),
): Case => ({
  name: `AssumeRole refuses ${name}`,
  run: (target) => assume(target, input),
  answers,
});

/** STS API reference, AssumeRole: DurationSeconds; IAM user guide, role chaining: one hour at most. */
const durations: Case[] = [
  { ...lasts('without a duration lasts an hour', 3_600, {}), run: withoutDuration },
  lasts('takes 900 s', 900, { DurationSeconds: 900 }),
  lasts('takes the whole hour of a chained session', 3_600, { DurationSeconds: 3_600 }),
  refuses('899 s', { DurationSeconds: 899 }),
  refuses('3,601 s to a chained session though the role allows more', { DurationSeconds: 3_601 }),
  refuses('3,601 s of a role that allows an hour', { RoleArn: roleArn.short, DurationSeconds: 3_601 }),
  refuses('43,200 s to a chained session', { DurationSeconds: 43_200 }),
  refuses('43,201 s', { DurationSeconds: 43_201 }),
];

async function withoutDuration(target: Target) {
  const command = new AssumeRoleCommand({ RoleArn: roleArn.worker, RoleSessionName: 'task' });
  return lifetimeOf((await target.sts.send(command)).Credentials);
}

/** STS API reference, AssumeRole: RoleSessionName, SourceIdentity, ExternalId, RoleArn. */
const names: Case[] = [
  lasts('takes a session name of two characters', 900, { RoleSessionName: 'ab' }),
  lasts('takes a session name of 64 characters', 900, { RoleSessionName: 'x'.repeat(64) }),
  lasts('takes every character that a session name may have', 900, { RoleSessionName: 'aZ_09+=,.@-' }),
  refuses('a session name of one character', { RoleSessionName: 'x' }),
  refuses('a session name of 65 characters', { RoleSessionName: 'x'.repeat(65) }),
  refuses('a session name with a slash', { RoleSessionName: 'a/b' }),
  refuses('a source identity of one character', { SourceIdentity: 'x' }),
  refuses('a source identity of AWS itself', { SourceIdentity: 'aws:me' }),
  lasts('takes an external id with a colon and a slash', 900, { ExternalId: 'a:/b' }),
  refuses('an external id of one character', { ExternalId: 'x' }),
  refuses('a role ARN that is none', { RoleArn: 'worker-of-the-account' }),
  refuses('a role that does not exist', { RoleArn: `${roleArn.worker}-gone` }, refused('AccessDenied', 403)),
];

const tags = (count: number) => Array.from({ length: count }, (_, i) => ({ Key: `key${i}`, Value: 'v' }));

/** IAM user guide, session tags: 50, keys of 128 and values of 256 characters, no key twice in any case. */
const tagging: Case[] = [
  lasts('takes 50 tags', 900, { Tags: tags(50) }),
  refuses('51 tags', { Tags: tags(51) }),
  lasts('takes a tag key of 128 characters', 900, { Tags: [{ Key: 'k'.repeat(128), Value: '' }] }),
  refuses('a tag key of 129 characters', { Tags: [{ Key: 'k'.repeat(129), Value: 'v' }] }),
  lasts('takes a tag value of 256 characters', 900, { Tags: [{ Key: 'k', Value: 'v'.repeat(256) }] }),
  refuses('a tag value of 257 characters', { Tags: [{ Key: 'k', Value: 'v'.repeat(257) }] }),
  refuses('a tag value with an asterisk', { Tags: [{ Key: 'k', Value: '*' }] }),
  refuses('a tag key twice, in another case', { Tags: [...tags(1), { Key: 'KEY0', Value: 'other' }] }),
  refuses('a tag key of AWS itself', { Tags: [{ Key: 'aws:x', Value: 'v' }] }),
  refuses('a transitive key without its tag', { TransitiveTagKeys: ['absent'] }),
];

/** What a session says of itself, and what the sessions chained to it keep. */
const sessions: Case[] = [
  {
    name: 'AssumeRole gives a session that says who it is',
    async run(target) {
      const { Credentials, AssumedRoleUser } = await assume(target);
      const { Arn, Account, UserId } = await target
        .as(Credentials)
        .sts.send(new GetCallerIdentityCommand({}));
      const sameId = UserId === AssumedRoleUser?.AssumedRoleId;
      return {
        Arn,
        Account,
        sameId,
        given: AssumedRoleUser?.Arn,
        id: UserId?.replace(/^AROA\w{12,}:/, 'AROA…:'),
      };
    },
    answers: {
      Arn: 'arn:aws:sts::111122223333:assumed-role/worker/task',
      Account: '111122223333',
      sameId: true,
      given: 'arn:aws:sts::111122223333:assumed-role/worker/task',
      id: 'AROA…:task',
    },
  },
  {
    name: 'AssumeRole tells the size of the token that it gives',
    async run(target) {
      const { Credentials, SessionTokenSize, SessionTokenUtilization } = await assume(target);
      const length = Credentials?.SessionToken?.length ?? 0;
      return [SessionTokenSize === length, SessionTokenUtilization === Math.ceil((100 * length) / 4_096)];
    },
    answers: [true, true],
  },
  {
    name: 'AssumeRole keeps the source identity through a chained session',
    async run(target) {
      const first = await assume(target, { SourceIdentity: 'L-1' });
      const second = await assume(target.as(first.Credentials));
      return [first.SourceIdentity, second.SourceIdentity];
    },
    answers: ['L-1', 'L-1'],
  },
  {
    name: 'AssumeRole refuses a chained session another source identity',
    run: async (target) =>
      assume(target.as((await assume(target, { SourceIdentity: 'L-1' })).Credentials), {
        SourceIdentity: 'L-2',
      }),
    answers: refused('AccessDenied', 403),
  },
  {
    name: 'AssumeRole refuses a chained session a transitive tag again',
    async run(target) {
      const Tags = [{ Key: 'agent', Value: 'a' }];
      const { Credentials } = await assume(target, { Tags, TransitiveTagKeys: ['agent'] });
      return assume(target.as(Credentials), { Tags });
    },
    answers: refused('ValidationError'),
  },
  {
    name: 'GetCallerIdentity answers a session that has no permission',
    async run(target) {
      const { Credentials } = await assume(target, { RoleArn: roleArn.nobody });
      return (await target.as(Credentials).sts.send(new GetCallerIdentityCommand({}))).Arn;
    },
    answers: 'arn:aws:sts::111122223333:assumed-role/nobody/task',
  },
];

/** Every case of AssumeRole without policies, and of GetCallerIdentity. */
export const assumeRoleCases: Case[] = [...durations, ...names, ...tagging, ...sessions];
