import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import {
  GetCallerIdentityCommand,
  GetScopedCredentialsCommand,
  type GetScopedCredentialsCommandInput,
} from '@aws-sdk/client-sts';
import { assume, lifetimeOf } from './assume-role-cases.ts';
import { type Case, refused } from './case.ts';
import { allowing } from './session-policy-cases.ts';
import type { Clients, Target } from './target.ts';

const scope = ({ sts }: Pick<Clients, 'sts'>, input: GetScopedCredentialsCommandInput) =>
  sts.send(new GetScopedCredentialsCommand(input));

/** Credentials of a fresh session of `worker`, 900 s long, narrowed as the input says. */
async function scoped(target: Target, input: GetScopedCredentialsCommandInput) {
  return scope(target.as((await assume(target, { SourceIdentity: 'L-1' })).Credentials), input);
}

const lasts = (name: string, input: GetScopedCredentialsCommandInput, answers: unknown): Case => ({
  name: `GetScopedCredentials ${name}`,
  run: async (target) => lifetimeOf((await scoped(target, input)).Credentials),
  answers,
});

const readOnly = allowing('s3:GetObject');

/** STS API reference, GetScopedCredentials: parameters and errors. */
const parameters: Case[] = [
  lasts('shortens a session below what AssumeRole gives', { DurationSeconds: 300 }, 300),
  lasts('takes one second', { DurationSeconds: 1 }, 0),
  lasts('without a duration keeps the end of the session', { Policy: readOnly }, 900),
  lasts('refuses no seconds at all', { DurationSeconds: 0 }, refused('ValidationError')),
  lasts('refuses more than 36 hours', { DurationSeconds: 129_601 }, refused('ValidationError')),
  lasts(
    'refuses to outlive the session',
    { DurationSeconds: 1_200 },
    refused('InsufficientSessionLifetimeException'),
  ),
  lasts('refuses to change nothing', {}, refused('ValidationError')),
  lasts('takes a policy of 2,048 characters', { Policy: readOnly.padEnd(2_048) }, 900),
  lasts(
    'refuses a policy of 2,049 characters',
    { Policy: readOnly.padEnd(2_049) },
    refused('ValidationError'),
  ),
  lasts('refuses a policy that is no JSON', { Policy: '{' }, refused('MalformedPolicyDocumentException')),
  lasts(
    'takes a description of 256 characters',
    { DurationSeconds: 300, ScopedSessionDescription: 'd'.repeat(256) },
    300,
  ),
  lasts(
    'refuses a description of 257 characters',
    { DurationSeconds: 300, ScopedSessionDescription: 'd'.repeat(257) },
    refused('ValidationError'),
  ),
];

/** The same page: the session stays who it was, and its permissions are an intersection. */
const sessions: Case[] = [
  {
    name: 'GetScopedCredentials keeps who the session is',
    async run(target) {
      const { Credentials, SessionInfo, SourceIdentity } = await scoped(target, { DurationSeconds: 300 });
      const { Arn } = await target.as(Credentials).sts.send(new GetCallerIdentityCommand({}));
      return { Arn, told: SessionInfo?.Arn, SourceIdentity };
    },
    answers: {
      Arn: 'arn:aws:sts::111122223333:assumed-role/worker/task',
      told: 'arn:aws:sts::111122223333:assumed-role/worker/task',
      SourceIdentity: 'L-1',
    },
  },
  {
    name: 'GetScopedCredentials stacks three policies',
    run: (target) => stacked(target, 3),
    answers: [1, 2, 3],
  },
  {
    name: 'GetScopedCredentials refuses a fourth policy',
    run: (target) => stacked(target, 4),
    answers: refused('ValidationError'),
  },
  {
    name: 'GetScopedCredentials takes away what its policy does not allow',
    async run(target) {
      const { Credentials } = await scoped(target, { Policy: readOnly });
      const Key = 'narrowed';
      await target.s3.send(new PutObjectCommand({ Bucket: target.bucket, Key, Body: 'kept' }));
      const { s3 } = target.as(Credentials);
      const { ContentLength } = await s3.send(new GetObjectCommand({ Bucket: target.bucket, Key }));
      const put = s3.send(new PutObjectCommand({ Bucket: target.bucket, Key, Body: 'body' }));
      return [ContentLength, await put.catch(({ name }: Error) => name)];
    },
    answers: [4, 'AccessDenied'],
  },
  {
    name: 'GetScopedCredentials gives nothing that the session did not have',
    async run(target) {
      const { Credentials } = await scoped(target, { Policy: allowing('s3:*') });
      const put = new PutObjectCommand({ Bucket: target.bucket, Key: 'widened', Body: 'body' });
      return target.as(Credentials).s3.send(put);
    },
    answers: refused('AccessDenied', 403),
  },
];

async function stacked(target: Target, count: number): Promise<(number | undefined)[]> {
  let { Credentials } = await assume(target);
  const counts: (number | undefined)[] = [];
  for (let i = 0; i < count; i++) {
    const answer = await scope(target.as(Credentials), { Policy: allowing('sts:GetScopedCredentials') });
    counts.push(answer.ScopedPoliciesCount);
    Credentials = answer.Credentials;
  }
  return counts;
}

/** Every case of GetScopedCredentials. */
export const scopedCredentialsCases: Case[] = [...parameters, ...sessions];
