import {
  DeleteRolePolicyCommand,
  GetRolePolicyCommand,
  ListRolePoliciesCommand,
  PutRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { type Case, refused } from './case.ts';
import type { Target } from './target.ts';

const RoleName = 'grant-0';
const absentRole = 'grant-gone';

/** A deny list as the revoker writes it, with `ids` leases on it. */
function denyList(ids: readonly string[], spaces = 0): string {
  const Condition = { StringEquals: { 'aws:SourceIdentity': ids } };
  const Statement = [{ Effect: 'Deny', Action: '*', Resource: '*', Condition }];
  return JSON.stringify({ Version: '2012-10-17', Statement }, undefined, spaces);
}

/** A deny list of exactly so many characters. */
const ofSize = (size: number) => denyList(['L'.repeat(size - denyList(['']).length)]);

const put = ({ iam }: Target, PolicyName: string, PolicyDocument: string, role = RoleName) =>
  iam.send(new PutRolePolicyCommand({ RoleName: role, PolicyName, PolicyDocument }));
const get = async ({ iam }: Target, PolicyName: string, role = RoleName) =>
  (await iam.send(new GetRolePolicyCommand({ RoleName: role, PolicyName }))).PolicyDocument ?? '';
const remove = ({ iam }: Target, PolicyName: string, role = RoleName) =>
  iam.send(new DeleteRolePolicyCommand({ RoleName: role, PolicyName }));

const outcome = (call: Promise<unknown>) =>
  call.then(
    () => 'accepted',
    ({ name }: Error) => name,
  );

const noSuchEntity = refused('NoSuchEntityException', 404);
const malformed = refused('MalformedPolicyDocumentException');
const invalid = refused('ValidationError');

/** Puts a policy and takes it away again, so that the next case finds the role's whole room. */
const puts = (name: string, document: string, answers: unknown): Case => ({
  name: `PutRolePolicy ${name}`,
  async run(target) {
    const reply = await put(target, 'tried', document);
    await remove(target, 'tried');
    return reply;
  },
  answers,
});

const statement = (change: object) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Deny', Action: 's3:*', Resource: '*', ...change }],
  });

/** IAM API reference, PutRolePolicy; IAM user guide, IAM quotas: 10,240 characters, white space not counted. */
const putting: Case[] = [
  puts('takes 10,240 characters', ofSize(10_240), 'accepted'),
  puts('refuses 10,241 characters', ofSize(10_241), refused('LimitExceededException', 409)),
  puts('does not count white space', denyList(['L'.repeat(10_240 - denyList(['']).length)], 8), 'accepted'),
  {
    name: 'PutRolePolicy counts all inline policies of the role together',
    async run(target) {
      await put(target, 'first', ofSize(6_000));
      const second = await outcome(put(target, 'second', ofSize(4_241)));
      const replaced = await outcome(put(target, 'first', ofSize(10_240)));
      await remove(target, 'first');
      return [second, replaced];
    },
    answers: ['LimitExceededException', 'accepted'],
  },
  puts('refuses what is no JSON', '{', malformed),
  puts('refuses a document without statements', '{"Version":"2012-10-17"}', malformed),
  puts('refuses an unknown version', denyList(['L']).replace('2012', '2013'), malformed),
  puts('refuses a principal', statement({ Principal: '*' }), malformed),
  puts('refuses a statement without resource', statement({ Resource: undefined }), malformed),
  puts('refuses an action without its service', statement({ Action: 'GetObject' }), malformed),
  puts('refuses a resource that is no ARN', statement({ Resource: 'bucket' }), malformed),
  puts('refuses an effect that nobody knows', statement({ Effect: 'Maybe' }), malformed),
  puts('refuses characters beyond U+00FF', denyList(['L-€']), malformed),
  {
    name: 'PutRolePolicy refuses a role that does not exist',
    run: (target) => put(target, 'tried', denyList(['L']), absentRole),
    answers: noSuchEntity,
  },
  {
    name: 'PutRolePolicy refuses a policy name with a slash',
    run: (target) => put(target, 'a/b', denyList(['L'])),
    answers: invalid,
  },
  {
    name: 'PutRolePolicy refuses a policy name of 129 characters',
    run: (target) => put(target, 'n'.repeat(129), denyList(['L'])),
    answers: invalid,
  },
];

/** IAM API reference, GetRolePolicy, DeleteRolePolicy, ListRolePolicies. */
const reading: Case[] = [
  {
    name: 'GetRolePolicy gives the document as it was put, percent-encoded',
    async run(target) {
      const document = denyList(["L-'*()! +~é"], 1);
      await put(target, 'read', document);
      const encoded = await get(target, 'read');
      return [decodeURIComponent(encoded) === document, /^[\w.~%-]+$/.test(encoded)];
    },
    answers: [true, true],
  },
  {
    name: 'GetRolePolicy sees a policy that was replaced',
    async run(target) {
      await put(target, 'replaced', denyList(['L-1']));
      await put(target, 'replaced', denyList(['L-2']));
      return decodeURIComponent(await get(target, 'replaced'));
    },
    answers: denyList(['L-2']),
  },
  {
    name: 'GetRolePolicy refuses a policy that does not exist',
    run: (target) => get(target, 'never'),
    answers: noSuchEntity,
  },
  {
    name: 'GetRolePolicy refuses a role that does not exist',
    run: (target) => get(target, 'read', absentRole),
    answers: noSuchEntity,
  },
  {
    name: 'DeleteRolePolicy takes a policy away, and only once',
    async run(target) {
      await put(target, 'deleted', denyList(['L']));
      await remove(target, 'deleted');
      const gone = await get(target, 'deleted').catch(({ name }: Error) => name);
      return [gone, await remove(target, 'deleted').catch(({ name }: Error) => name)];
    },
    answers: ['NoSuchEntityException', 'NoSuchEntityException'],
  },
  {
    name: 'DeleteRolePolicy refuses a role that does not exist',
    run: (target) => remove(target, 'read', absentRole),
    answers: noSuchEntity,
  },
  {
    name: 'ListRolePolicies names the inline policies',
    async run(target) {
      for (const name of ['two', 'one']) await put(target, name, denyList(['L']), 'grant-1');
      const list = new ListRolePoliciesCommand({ RoleName: 'grant-1' });
      const { PolicyNames, IsTruncated } = await target.iam.send(list);
      return [[...(PolicyNames ?? [])].sort(), IsTruncated];
    },
    answers: [['one', 'two'], false],
  },
  {
    name: 'ListRolePolicies refuses a role that does not exist',
    run: ({ iam }) => iam.send(new ListRolePoliciesCommand({ RoleName: absentRole })),
    answers: noSuchEntity,
  },
];

/** Every case of the inline policies of roles. */
export const iamRolePolicyCases: Case[] = [...putting, ...reading];
