import { GetWebIdentityTokenCommand, type GetWebIdentityTokenCommandInput } from '@aws-sdk/client-sts';
import { decodeJwt } from 'jose';
import { assume, lifetimeOf } from './assume-role-cases.ts';
import { type Case, refused } from './case.ts';
import type { Clients } from './target.ts';

const ask = ({ sts }: Pick<Clients, 'sts'>, input: Partial<GetWebIdentityTokenCommandInput> = {}) =>
  sts.send(
    new GetWebIdentityTokenCommand({
      Audience: ['https://broker.example'],
      SigningAlgorithm: 'ES384',
      ...input,
    }),
  );

const lasts = (name: string, seconds: number, input: Partial<GetWebIdentityTokenCommandInput>): Case => ({
  name: `GetWebIdentityToken ${name}`,
  run: async (target) => lifetimeOf({ Expiration: (await ask(target, input)).Expiration }),
  answers: seconds,
});

const refuses = (name: string, input: Partial<GetWebIdentityTokenCommandInput>): Case => ({
  name: `GetWebIdentityToken refuses ${name}`,
  run: (target) => ask(target, input),
  answers: refused('ValidationError'),
});

const claims = (
  name: string,
  input: Partial<GetWebIdentityTokenCommandInput>,
  of: (claims: ReturnType<typeof decodeJwt>) => unknown,
  answers: unknown,
): Case => ({
  name: `GetWebIdentityToken ${name}`,
  run: async (target) => of(decodeJwt((await ask(target, input)).WebIdentityToken ?? '')),
  answers,
});

const audiences = (count: number) => Array.from({ length: count }, (_, i) => `audience-${i}`);
const tags = (count: number) => Array.from({ length: count }, (_, i) => ({ Key: `key${i}`, Value: 'v' }));
const arn = 'arn:aws:iam::111122223333:role/caller';

/** STS API reference, GetWebIdentityToken: parameters and errors. */
const parameters: Case[] = [
  lasts('without a duration lasts five minutes', 300, {}),
  lasts('takes 60 s', 60, { DurationSeconds: 60 }),
  lasts('signs by RS256', 300, { SigningAlgorithm: 'RS256' }),
  lasts('takes ten audiences', 300, { Audience: audiences(10) }),
  lasts('takes an audience of 1,000 characters', 300, { Audience: ['a'.repeat(1_000)] }),
  lasts('takes 50 tags', 300, { Tags: tags(50) }),
  refuses('59 s', { DurationSeconds: 59 }),
  refuses('3,601 s', { DurationSeconds: 3_601 }),
  refuses('no audience', { Audience: [] }),
  refuses('eleven audiences', { Audience: audiences(11) }),
  refuses('an audience of 1,001 characters', { Audience: ['a'.repeat(1_001)] }),
  refuses('an algorithm of another curve', { SigningAlgorithm: 'ES256' }),
  refuses('51 tags', { Tags: tags(51) }),
  refuses('a tag key of 129 characters', { Tags: [{ Key: 'k'.repeat(129), Value: 'v' }] }),
  {
    name: 'GetWebIdentityToken refuses to outlive the session',
    run: async (target) => ask(target.as((await assume(target)).Credentials), { DurationSeconds: 901 }),
    answers: refused('SessionDurationEscalationException', 403),
  },
  {
    name: 'GetWebIdentityToken refuses a payload that is too large',
    run: (target) =>
      ask(target, {
        Tags: tags(50).map((tag) => ({ ...tag, Value: 'v'.repeat(256) })),
        Audience: Array.from({ length: 2 }, () => 'a'.repeat(1_000)),
      }),
    answers: refused('JWTPayloadSizeExceededException'),
  },
];

/** IAM user guide, understanding token claims. */
const tokens: Case[] = [
  claims('tells the role', {}, ({ sub }) => sub, arn),
  claims('has one audience as a text', {}, ({ aud }) => aud, 'https://broker.example'),
  claims('has several audiences as a list', { Audience: audiences(2) }, ({ aud }) => aud, audiences(2)),
  claims(
    'repeats the tags of the request',
    { Tags: [{ Key: 'binding', Value: 'abc' }] },
    (token) => (token['https://sts.amazonaws.com/'] as { request_tags: unknown }).request_tags,
    { binding: 'abc' },
  ),
  claims(
    'tells the account and the region',
    {},
    (token) => {
      const { aws_account, source_region } = token['https://sts.amazonaws.com/'] as Record<string, unknown>;
      return [aws_account, source_region];
    },
    ['111122223333', 'eu-central-1'],
  ),
];

/** Every case of GetWebIdentityToken. */
export const webIdentityTokenCases: Case[] = [...parameters, ...tokens];
