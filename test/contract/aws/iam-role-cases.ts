import { ListRolesCommand, type ListRolesCommandInput } from '@aws-sdk/client-iam';
import { type Case, refused } from './case.ts';
import { roleArn, type Target } from './target.ts';

const list = ({ iam }: Target, input: ListRolesCommandInput) => iam.send(new ListRolesCommand(input));

/** How many roles below a path each page has, and the names on all of them, whose order is nobody's promise. */
async function pages(target: Target, MaxItems: number): Promise<[number[], string[]]> {
  const found: string[][] = [];
  let Marker: string | undefined;
  do {
    const page = await list(target, { PathPrefix: '/grants/', MaxItems, ...(Marker && { Marker }) });
    found.push((page.Roles ?? []).map(({ RoleName = '' }) => RoleName));
    Marker = page.IsTruncated ? page.Marker : undefined;
  } while (Marker !== undefined);
  return [found.map(({ length }) => length), found.flat().sort()];
}

const grants = ['grant-0', 'grant-1', 'grant-2'];

const refuses = (name: string, input: ListRolesCommandInput): Case => ({
  name: `ListRoles refuses ${name}`,
  run: (target) => list(target, input),
  answers: refused('ValidationError'),
});

/** IAM API reference, ListRoles. */
export const iamRoleCases: Case[] = [
  {
    name: 'ListRoles gives only the roles below a path',
    run: (target) => pages(target, 100),
    answers: [[3], grants],
  },
  {
    name: 'ListRoles gives a page at a time, none twice and none left out',
    run: (target) => pages(target, 2),
    answers: [[2, 1], grants],
  },
  {
    name: 'ListRoles does not say that there is more after a page that is just full',
    run: (target) => pages(target, 3),
    answers: [[3], grants],
  },
  {
    name: 'ListRoles tells path, ARN, trust and the longest session',
    async run(target) {
      const { Roles = [] } = await list(target, { PathPrefix: '/grants/' });
      const role = Roles.find(({ RoleName }) => RoleName === 'grant-0');
      const { Path, Arn, MaxSessionDuration, CreateDate, AssumeRolePolicyDocument = '' } = role ?? {};
      const trust = JSON.parse(decodeURIComponent(AssumeRolePolicyDocument));
      return { Path, Arn, MaxSessionDuration, dated: CreateDate instanceof Date, version: trust.Version };
    },
    answers: {
      Path: '/grants/',
      Arn: roleArn.grant0,
      MaxSessionDuration: 3_600,
      dated: true,
      version: '2012-10-17',
    },
  },
  {
    name: 'ListRoles gives nothing below a path without roles',
    run: async (target) => (await list(target, { PathPrefix: '/nothing/' })).Roles,
    answers: [],
  },
  refuses('1,001 items', { MaxItems: 1_001 }),
  refuses('no items', { MaxItems: 0 }),
  refuses('a path without its slash', { PathPrefix: 'grants/' }),
  refuses('a marker that it did not give', { Marker: 'made up' }),
];
