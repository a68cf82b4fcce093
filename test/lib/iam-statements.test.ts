import { describe, expect, it } from 'vitest';
import { attachmentsOf, inWords, statementsOf } from '../../lib/statements.ts';
import { resourcesOf, synthesized } from './assembly.ts';
import { expectedStatements } from './expected-statements.ts';

/** Without the part that only makes the id of a permission unique. */
function placeOf({ where, document }: { where: string; document: string }): string {
  return `${where.replace(/\/ApiPermission\..*$/, '')} ${document}`;
}

describe('the statements of the stack', () => {
  it('are exactly those that were reviewed', () => {
    const actual: Record<string, string[]> = {};
    for (const statement of statementsOf(synthesized()))
      actual[placeOf(statement)] = [...(actual[placeOf(statement)] ?? []), inWords(statement)];
    expect(actual).toEqual(expectedStatements);
  });

  it('are all there is: grant roles attach their own two policies, and nothing else attaches any', () => {
    const grantRoles = Object.keys(resourcesOf('AWS::IAM::Role')).filter((each) =>
      each.startsWith('Grants/'),
    );
    const both = (role: string) =>
      ['Permissions', 'Boundary'].map((each) => `\${${role.replace(/[^/]+$/, each)}}`);
    expect(attachmentsOf(synthesized())).toEqual(
      Object.fromEntries(grantRoles.map((role) => [role, both(role)])),
    );
  });

  it('hold for grant roles inside their boundary', () => {
    const { nameOf } = synthesized();
    const boundaries = Object.entries(resourcesOf('AWS::IAM::Role'))
      .filter(([name]) => name.startsWith('Grants/'))
      .map(([, { Properties }]) => nameOf((Properties['PermissionsBoundary'] as { Ref: string }).Ref));
    expect(new Set(boundaries)).toEqual(
      new Set(['Grants/invoice_processor/Boundary', 'Grants/quick_processor/Boundary']),
    );
  });
});
