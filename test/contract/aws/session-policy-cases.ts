import type { AssumeRoleCommandInput } from '@aws-sdk/client-sts';
import { assume, lifetimeOf } from './assume-role-cases.ts';
import { type Case, refused } from './case.ts';

/** A session policy that allows these actions on everything. */
export function allowing(...actions: string[]): string {
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: actions, Resource: '*' }],
  });
}

const readOnly = allowing('s3:GetObject');
const someArns = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ arn: `arn:aws:iam::aws:policy/p${i}` }));
const malformed = refused('MalformedPolicyDocumentException');

const answersTo = (name: string, input: Partial<AssumeRoleCommandInput>, answers: unknown): Case => ({
  name: `AssumeRole ${name}`,
  run: async (target) => lifetimeOf((await assume(target, input)).Credentials),
  answers,
});

/** Tags that do not compress: together larger than a session token may be. */
function incompressibleTags() {
  let seed = 1;
  const character = () => {
    seed = (seed * 48_271) % 2_147_483_647;
    return (seed % 36).toString(36);
  };
  const value = () => Array.from({ length: 250 }, character).join('');
  return Array.from({ length: 24 }, (_, i) => ({ Key: `key${i}`, Value: value() }));
}

/** STS API reference, AssumeRole: Policy, PolicyArns and its errors; IAM user guide, quotas. */
export const sessionPolicyCases: Case[] = [
  answersTo('takes a policy of 2,048 characters', { Policy: readOnly.padEnd(2_048) }, 900),
  answersTo(
    'refuses a policy of 2,049 characters',
    { Policy: readOnly.padEnd(2_049) },
    refused('ValidationError'),
  ),
  answersTo(
    'refuses a policy and policy ARNs of more than 2,048 characters',
    { Policy: readOnly.padEnd(2_030), PolicyArns: someArns(1) },
    refused('ValidationError'),
  ),
  answersTo('refuses 11 policy ARNs', { PolicyArns: someArns(11) }, refused('ValidationError')),
  answersTo('refuses a policy that is no JSON', { Policy: '{' }, malformed),
  answersTo('refuses a policy that is a JSON string', { Policy: '"policy"' }, malformed),
  answersTo('refuses a policy without statements', { Policy: '{"Version":"2012-10-17"}' }, malformed),
  answersTo(
    'refuses a policy with an unknown element',
    { Policy: readOnly.replace('Action', 'Acton') },
    malformed,
  ),
  answersTo(
    'refuses a policy with an effect of its own',
    { Policy: readOnly.replace('Allow', 'Maybe') },
    malformed,
  ),
  answersTo(
    'refuses a policy that names a principal',
    { Policy: readOnly.replace('"Action"', '"Principal":"*","Action"') },
    malformed,
  ),
  answersTo(
    'refuses a policy without resources',
    { Policy: readOnly.replace(',"Resource":"*"', '') },
    malformed,
  ),
  answersTo(
    'refuses a policy of another version',
    { Policy: readOnly.replace('2012-10-17', '2012-10-18') },
    malformed,
  ),
  answersTo('refuses an action that names no service', { Policy: allowing('GetObject') }, malformed),
  answersTo('refuses characters beyond U+00FF', { Policy: readOnly.replace('s3', 's3€') }, malformed),
  answersTo(
    'refuses what makes the session token larger than 4,096 bytes',
    { Tags: incompressibleTags() },
    refused('PackedPolicyTooLargeException'),
  ),
];
