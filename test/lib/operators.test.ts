import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { operatorRoles } from '../../lambda/http/operator.ts';
import { operatorsSetting, readOperators } from '../../lib/operators.ts';

const role = (name: string) => `arn:aws:iam::111122223333:role/${name}`;

describe('the operators of a deployment', () => {
  it('are roles, with their paths, each once', () => {
    const sso = role('aws-reserved/sso.amazonaws.com/AWSReservedSSO_Ops_0123456789abcdef');
    expect(readOperators(`${role('ops')}, ${sso},${role('ops')}`)).toEqual([role('ops'), sso]);
  });

  it('are nobody unless they are named', () => {
    expect(readOperators('none')).toEqual([]);
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
    expect(() => readOperators(context)).toThrow(/^operators names ".*": use ARNs of IAM roles/);
  });

  it('are never grant roles, of no deployment', () => {
    expect(() => readOperators(role('mayfly/other/grant/other-eu-central-1-clerk-0'))).toThrow(
      /a grant role is never an operator/,
    );
  });

  it('are no more than a function’s environment has room for', () => {
    const many = Array.from({ length: 60 }, (_, i) => role(`operator-${i}`)).join(',');
    expect(() => readOperators(many)).toThrow('operators takes more than 2000 characters');
  });

  it('end the synth with what is wrong, in one line, before anything is written', () => {
    const root = join(import.meta.dirname, '../..');
    const env = {
      ...process.env,
      CDK_CONTEXT_JSON: JSON.stringify({ policies: 'test/policies', operators: 'ops' }),
      CDK_OUTDIR: join(tmpdir(), 'mayfly-never-written'),
    };
    const { status, stderr } = spawnSync(process.execPath, ['bin/app.ts'], { cwd: root, env });
    expect(status).toBe(1);
    expect(String(stderr)).toBe(
      'operators names "ops": use ARNs of IAM roles with commas between, or none\n',
    );
  });

  it('arrive where functions read them, without paths, and nobody as nobody', () => {
    const named = operatorsSetting([role('team/ops'), role('oncall')]);
    expect(operatorRoles(named)).toEqual(new Set([role('ops'), role('oncall')]));
    const nobody = [...operatorRoles(operatorsSetting([]))];
    expect(nobody.filter((each) => each.startsWith('arn:'))).toEqual([]);
  });
});
