import { describe, expect, it } from 'vitest';
import { attachmentsOf, inWords, statementsOf } from '../../lib/statements.ts';
import { resourcesOf, synthesized } from './assembly.ts';
import { expectedStatements } from './expected-statements.ts';

/** Without the part that only makes the id of a permission unique. */
function placeOf({ where, document }: { where: string; document: string }): string {
  return `${where.replace(/\/(ApiPermission\.|AllowEventRule).*$/, '')} ${document}`;
}

function grantRoles() {
  const roles = Object.entries(resourcesOf('AWS::IAM::Role')).filter(([name]) => name.startsWith('Grants/'));
  if (roles.length === 0) throw new Error('the stack holds no grant role');
  return roles;
}

describe('the statements of the stack', () => {
  it('are exactly those that were reviewed', () => {
    const actual: Record<string, string[]> = {};
    for (const statement of statementsOf(synthesized()))
      actual[placeOf(statement)] = [...(actual[placeOf(statement)] ?? []), inWords(statement)];
    expect(actual).toEqual(expectedStatements);
  });

  it('are all there is: grant roles attach their own two policies, and nothing else attaches any', () => {
    const both = (role: string) =>
      ['Permissions', 'Boundary'].map((each) => `\${${role.replace(/Shard\d+$/, each)}}`);
    expect(attachmentsOf(synthesized())).toEqual(
      Object.fromEntries(grantRoles().map(([role]) => [role, both(role)])),
    );
  });

  it('hold for grant roles inside the boundary of their own type', () => {
    const { nameOf } = synthesized();
    for (const [name, { Properties }] of grantRoles()) {
      const { Ref: boundary } = Properties['PermissionsBoundary'] as { Ref: string };
      expect(nameOf(boundary)).toBe(name.replace(/Shard\d+$/, 'Boundary'));
    }
  });
});
