import { type Exception, statementProblems } from '../../lib/statement-check.ts';
import { invoicePolicy } from '../core/invoices.ts';

export type Json = Record<string, unknown>;

/** The context policies that every template here is said to come from. */
export const policies = [invoicePolicy()];

/** A statement that nobody objects to, and one that everybody does. */
export const exact = { Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::bucket/key' };
export const everywhere = { ...exact, Resource: '*' };

/** What is found in a template of one resource, called `Thing` or as `named` says, beside a table. */
export function problems(
  Type: string,
  Properties: Json,
  exceptions: Exception[] = [],
  named = 'Thing',
): string[] {
  const template = { Resources: { Thing: { Type, Properties }, Table: { Type: 'AWS::DynamoDB::Table' } } };
  const names: Record<string, string> = { Thing: named, Table: 'Leases/Table' };
  return statementProblems({ template, nameOf: (id) => names[id] }, { exceptions, policies });
}

/** What is found in a managed policy of one statement. */
export function managed(statement: Json, exceptions?: Exception[], named?: string): string[] {
  return problems(
    'AWS::IAM::ManagedPolicy',
    { PolicyDocument: { Statement: [statement] } },
    exceptions,
    named,
  );
}
