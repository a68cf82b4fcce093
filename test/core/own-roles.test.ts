import { describe, expect, it } from 'vitest';
import { isOneOf } from '../../core/own-roles.ts';

const role = (name: string, account = '111122223333') => `arn:aws:iam::${account}:role/${name}`;
const grants = role('mayfly/mayfly/grant/mayfly-eu-central-1-');
const entry = role('mayfly/mayfly/entry/mayfly-eu-central-1-entry');
const isOwn = isOneOf(grants, entry);

describe('the roles of a deployment that are never an agent', () => {
  it.each([
    role('mayfly/mayfly/grant/mayfly-eu-central-1-invoice_processor-0'),
    role('mayfly-eu-central-1-invoice_processor-0'),
    role('mayfly-eu-central-1-invoice_processor-15'),
    role('mayfly/other/grant/other-us-east-1-payer-3'),
    entry,
    role('mayfly-eu-central-1-entry'),
    role('mayfly/other/entry/other-us-east-1-entry', '444455556666'),
  ])('are known with and without path: %s', (own) => {
    expect(isOwn(own)).toBe(true);
  });

  it.each([
    role('invoice-agent'),
    role('mayfly-eu-central-1-operators'),
    role('mayfly-eu-central-1-entry', '444455556666'),
    role('mayfly-eu-central-1-entry2'),
    role('mayfly-eu-central-1-invoice_processor-0', '444455556666'),
    role('mayfly-eu-central-1-invoice_processor-123'),
    role('team/grant/agent'),
  ])('are not %s', (other) => {
    expect(isOwn(other)).toBe(false);
  });

  it('are the grant roles alone where there is no entry role', () => {
    const without = isOneOf(grants, 'none');
    expect(without(role('mayfly-eu-central-1-entry'))).toBe(false);
    expect(without(role('mayfly-eu-central-1-payer-0'))).toBe(true);
  });
});
