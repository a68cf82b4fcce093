import { GetSecretValueCommand, type GetSecretValueCommandInput } from '@aws-sdk/client-secrets-manager';
import { type Case, refused } from './case.ts';
import type { Target } from './target.ts';

const read = ({ secrets, secret }: Target, input: Partial<GetSecretValueCommandInput> = {}) =>
  secrets.send(new GetSecretValueCommand({ SecretId: secret.arn, ...input }));

const textOf = (
  name: string,
  input: (
    target: Target,
  ) => Partial<GetSecretValueCommandInput> | Promise<Partial<GetSecretValueCommandInput>>,
  answers: unknown,
): Case => ({
  name: `GetSecretValue ${name}`,
  run: async (target) => (await read(target, await input(target))).SecretString,
  answers,
});

/** The id of the version that has a stage. */
const idOf = async (target: Target, VersionStage: string) =>
  (await read(target, { VersionStage })).VersionId ?? '';

const absent = refused('ResourceNotFoundException');

/** Secrets Manager API reference, GetSecretValue. */
export const secretsManagerCases: Case[] = [
  textOf('reads the current text by the ARN', () => ({}), 'second'),
  textOf('reads the current text by the name', ({ secret }) => ({ SecretId: secret.name }), 'second'),
  textOf('reads AWSCURRENT', () => ({ VersionStage: 'AWSCURRENT' }), 'second'),
  textOf('reads AWSPREVIOUS', () => ({ VersionStage: 'AWSPREVIOUS' }), 'first'),
  textOf(
    'reads a version by its id',
    async (target) => ({ VersionId: await idOf(target, 'AWSPREVIOUS') }),
    'first',
  ),
  textOf(
    'reads a version by its id and its stage',
    async (target) => ({ VersionId: await idOf(target, 'AWSPREVIOUS'), VersionStage: 'AWSPREVIOUS' }),
    'first',
  ),
  textOf(
    'refuses an id and a stage of two versions',
    async (target) => ({ VersionId: await idOf(target, 'AWSPREVIOUS'), VersionStage: 'AWSCURRENT' }),
    refused('InvalidRequestException'),
  ),
  textOf('refuses a name that does not exist', () => ({ SecretId: 'contract/gone' }), absent),
  textOf(
    'refuses an ARN that does not exist',
    ({ secret }) => ({ SecretId: secret.arn.replace('contract/', 'absent/') }),
    absent,
  ),
  textOf(
    'refuses the ARN with six other characters',
    ({ secret }) => ({ SecretId: secret.arn.replace(/.{6}$/, 'zzzzzz') }),
    absent,
  ),
  textOf('refuses a stage that no version has', () => ({ VersionStage: 'AWSPENDING' }), absent),
  textOf('refuses an id that no version has', () => ({ VersionId: '9'.repeat(32) }), absent),
  textOf('refuses an id that is too short', () => ({ VersionId: '9' }), refused('InvalidParameterException')),
  textOf('refuses what is no name', () => ({ SecretId: 'no name' }), refused('ValidationException')),
  {
    name: 'GetSecretValue says what it is',
    async run(target) {
      const answer = await read(target);
      return {
        arn: answer.ARN === target.secret.arn,
        name: answer.Name === target.secret.name,
        stages: answer.VersionStages,
        id: /^[0-9a-f-]{32,64}$/.test(answer.VersionId ?? ''),
        created: answer.CreatedDate instanceof Date && Number.isFinite(answer.CreatedDate.getTime()),
        binary: answer.SecretBinary,
      };
    },
    answers: { arn: true, name: true, stages: ['AWSCURRENT'], id: true, created: true },
  },
];
