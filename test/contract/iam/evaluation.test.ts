import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { PolicyDocument, PolicyStatement } from '../../../local/iam/document.ts';
import { evaluate } from '../../../local/iam/evaluate.ts';

/** One row of AWS's documentation: statements per policy type, and what AWS decides. */
type Case = {
  readonly name: string;
  readonly expect: 'Allow' | 'Deny';
  readonly action?: string;
  readonly resource?: string;
  readonly context?: Record<string, string | string[]>;
  readonly anonymous?: true;
  /** ARN of the identity provider in whose name the call comes; no session of AWS does then. */
  readonly federated?: string;
  /** Account of the principal where it is not the resource's, 111122223333. */
  readonly principalAccount?: string;
  readonly identity?: readonly PolicyStatement[];
  readonly boundary?: readonly PolicyStatement[];
  readonly session?: readonly (readonly PolicyStatement[])[];
  readonly resourcePolicy?: readonly PolicyStatement[];
};
type CaseFile = { readonly source: string; readonly cases: readonly Case[] };

const files = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.json'));
const document = (Statement: readonly PolicyStatement[]): PolicyDocument => ({
  Version: '2012-10-17',
  Statement,
});

test('there are cases', () => expect(files.length).toBeGreaterThan(0));

describe.each(files)('%s', (file) => {
  const { source, cases }: CaseFile = JSON.parse(readFileSync(join(import.meta.dirname, file), 'utf8'));

  test('names its source', () => expect(source).toMatch(/^https:\/\/docs\.aws\.amazon\.com\//));

  test.each(cases.map((each) => [each.name, each] as const))('%s', async (_, each) => {
    const account = each.principalAccount ?? '111122223333';
    const principalArn = { 'aws:PrincipalArn': `arn:aws:iam::${account}:role/examplerole` };
    const session = each.anonymous ? undefined : `arn:aws:sts::${account}:assumed-role/examplerole/session`;
    const { allowed, why, unjudged } = await evaluate({
      principal: each.federated ?? session,
      action: each.action ?? 's3:GetObject',
      resource: each.resource ?? 'arn:aws:s3:::bucket/key',
      account: '111122223333',
      context: { ...(!each.anonymous && each.federated === undefined && principalArn), ...each.context },
      identity: each.identity ? [{ name: 'identity', document: document(each.identity) }] : [],
      ...(each.boundary && { boundary: { name: 'boundary', document: document(each.boundary) } }),
      layers: (each.session ?? []).map((statements, i) => ({
        name: `layer ${i}`,
        document: document(statements),
      })),
      ...(each.resourcePolicy && { resourcePolicy: document(each.resourcePolicy) }),
    });
    // A case that the simulator cannot judge would be denied for a reason that is not AWS's.
    expect(unjudged, why).toBeUndefined();
    expect(allowed ? 'Allow' : 'Deny', why).toBe(each.expect);
  });
});
