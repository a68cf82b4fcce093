import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isOf, rolesIn } from '../../lambda/http/callers.ts';
import { readRoles, rolesSetting } from '../../lib/role-lists.ts';

const role = (name: string) => `arn:aws:iam::111122223333:role/${name}`;
const groups = ['operators', 'approvers'];

describe.each(groups)('the %s of a deployment', (group) => {
  const read = (context: string) => readRoles(group, context);

  it('are roles, with their paths, each once', () => {
    const sso = role('aws-reserved/sso.amazonaws.com/AWSReservedSSO_Ops_0123456789abcdef');
    expect(read(`${role('ops')}, ${sso},${role('ops')}`)).toEqual([role('ops'), sso]);
  });

  it('are nobody unless they are named', () => {
    expect(read('none')).toEqual([]);
  });

  it.each([
    ['nothing', ''],
    ['a comma too many', `${role('ops')},`],
    ['a user', 'arn:aws:iam::111122223333:user/ops'],
    ['an account', 'arn:aws:iam::111122223333:root'],
    ['a session', 'arn:aws:sts::111122223333:assumed-role/ops/me'],
    ['a name', 'ops'],
    ['every role', role('*')],
    ['a role among others that is none', `${role('ops')},none`],
  ])('are not %s', (_, context) => {
    expect(() => read(context)).toThrow(new RegExp(`^${group} names ".*": use ARNs of IAM roles`));
  });

  it('are never grant roles, of no deployment', () => {
    expect(() => read(role('mayfly/other/grant/other-eu-central-1-clerk-0'))).toThrow(
      /^(operators|approvers) names .*: a grant role never calls the broker$/,
    );
  });

  it.each([
    role('mayfly/mayfly/entry/mayfly-eu-central-1-entry'),
    role('mayfly/other/entry/other-us-gov-west-1-entry'),
    role('mayfly-eu-central-1-entry'),
    role('team/mayfly-eu-central-1-entry'),
  ])('are never an entry role, of no deployment, with or without its path: %s', (entry) => {
    expect(() => read(`${role('ops')},${entry}`)).toThrow(
      `${group} names ${entry}: whoever comes through the entry role has proven nothing`,
    );
  });

  it('may be called much like one', () => {
    for (const name of ['data-entry', 'entry', 'mayfly-eu-central-1-entry-ops'])
      expect(read(role(name))).toEqual([role(name)]);
  });

  it('are no more than a function’s environment has room for', () => {
    const many = Array.from({ length: 60 }, (_, i) => role(`person-${i}`)).join(',');
    expect(() => read(many)).toThrow(`${group} takes more than 2000 characters`);
  });

  it('end the synth with what is wrong, in one line, before anything is written', () => {
    const root = join(import.meta.dirname, '../..');
    const env = {
      ...process.env,
      CDK_CONTEXT_JSON: JSON.stringify({ policies: 'policies', [group]: 'ops' }),
      CDK_OUTDIR: join(tmpdir(), 'mayfly-never-written'),
    };
    const { status, stderr } = spawnSync(process.execPath, ['bin/app.ts'], { cwd: root, env });
    expect(status).toBe(1);
    expect(String(stderr)).toBe(`${group} names "ops": use ARNs of IAM roles with commas between, or none\n`);
  });
});

describe('a list of roles', () => {
  const caller = (name: string) => ({ role: role(name), roleId: 'AROA', userId: 'AROA:session' });

  it('arrives where functions read it, without paths, and lists exactly its roles', () => {
    const listed = rolesIn(rolesSetting([role('team/ops'), role('oncall')]));
    expect(listed).toEqual(new Set([role('ops'), role('oncall')]));
    expect(['ops', 'oncall', 'opsy', 'on'].map((name) => isOf(caller(name), listed))).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  it('of nobody lists nobody', () => {
    const nobody = rolesIn(rolesSetting([]));
    expect([...nobody].filter((each) => each.startsWith('arn:'))).toEqual([]);
    expect(isOf(caller('none'), nobody)).toBe(false);
  });
});
