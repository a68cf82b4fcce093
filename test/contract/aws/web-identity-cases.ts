import {
  AssumeRoleWithWebIdentityCommand,
  type AssumeRoleWithWebIdentityCommandInput,
  GetCallerIdentityCommand,
} from '@aws-sdk/client-sts';
import type { TokenChanges } from '../../../local/people/identity-provider.ts';
import { lifetimeOf } from './assume-role-cases.ts';
import { type Case, refused } from './case.ts';
import { roleArn, type Target } from './target.ts';

type Changes = {
  readonly token?: TokenChanges;
  readonly input?: Partial<AssumeRoleWithWebIdentityCommandInput>;
};

function enter(target: Pick<Target, 'sts' | 'idToken'>, { token, input }: Changes = {}) {
  return target.sts.send(
    new AssumeRoleWithWebIdentityCommand({
      RoleArn: roleArn.federated,
      RoleSessionName: 'task',
      WebIdentityToken: target.idToken(token),
      ...input,
    }),
  );
}

const lasts = (name: string, seconds: number, input: Changes['input']): Case => ({
  name: `AssumeRoleWithWebIdentity ${name}`,
  run: async (target) => lifetimeOf((await enter(target, { ...(input && { input }) })).Credentials),
  answers: seconds,
});

const refuses = (name: string, changes: Changes, answers = refused('ValidationError')): Case => ({
  name: `AssumeRoleWithWebIdentity refuses ${name}`,
  run: (target) => enter(target, changes),
  answers,
});

const past = () => Math.floor(Date.now() / 1_000) - 3_600;
const untrue = refused('InvalidIdentityTokenException');
const denied = refused('AccessDenied', 403);

/** STS API reference, AssumeRoleWithWebIdentity: parameters and errors. */
const parameters: Case[] = [
  lasts('without a duration lasts an hour', 3_600, {}),
  lasts('takes 900 s', 900, { DurationSeconds: 900 }),
  refuses('899 s', { input: { DurationSeconds: 899 } }),
  refuses('3,601 s of a role that allows an hour', { input: { DurationSeconds: 3_601 } }),
  refuses('a session name of one character', { input: { RoleSessionName: 'x' } }),
  refuses('a role ARN that is none', { input: { RoleArn: 'federated-of-the-account' } }),
  refuses('a token of three characters', { input: { WebIdentityToken: 'a.b' } }),
  refuses('what is no token', { input: { WebIdentityToken: 'not a token' } }, untrue),
  refuses('a token that is over', { token: { claims: { exp: past() } } }, refused('ExpiredTokenException')),
  refuses('a token for another audience', { token: { claims: { aud: 'other' } } }, untrue),
  refuses('a token of another issuer', { token: { claims: { iss: 'https://else.example' } } }, untrue),
  refuses('a token that another key signed', { token: { header: { kid: 'rsa-1' } } }, untrue),
  refuses('whom the trust policy does not mean', { token: { claims: { sub: 'bob' } } }, denied),
  refuses('a role that trusts no provider', { input: { RoleArn: roleArn.nobody } }, denied),
  refuses('a role that does not exist', { input: { RoleArn: `${roleArn.federated}-gone` } }, denied),
];

/** The same page: what is answered. */
const sessions: Case[] = [
  {
    name: 'AssumeRoleWithWebIdentity gives a session that says who it is',
    async run(target) {
      const { Credentials, AssumedRoleUser } = await enter(target);
      const { Arn } = await target.as(Credentials).sts.send(new GetCallerIdentityCommand({}));
      return [Arn, AssumedRoleUser?.Arn === Arn];
    },
    answers: ['arn:aws:sts::111122223333:assumed-role/federated/task', true],
  },
  {
    name: 'AssumeRoleWithWebIdentity tells whose token it was, and for whom',
    async run(target) {
      const { SubjectFromWebIdentityToken, Audience } = await enter(target);
      return [SubjectFromWebIdentityToken, Audience];
    },
    answers: ['alice', 'mayfly'],
  },
];

/** Every case of AssumeRoleWithWebIdentity. */
export const webIdentityCases: Case[] = [...parameters, ...sessions];
