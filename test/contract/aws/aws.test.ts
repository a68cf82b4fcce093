import { afterAll, describe, expect, test } from 'vitest';
import { assumeRoleCases } from './assume-role-cases.ts';
import { authorizationCases } from './authorization-cases.ts';
import { answerOf, type Case, plain } from './case.ts';
import { differenceGroups, differenceOf } from './differences.ts';
import { dynamoDbBatchCases } from './dynamodb-batch-cases.ts';
import { dynamoDbConditionCases } from './dynamodb-condition-cases.ts';
import { dynamoDbConflictCases } from './dynamodb-conflict-cases.ts';
import { dynamoDbIndexCases } from './dynamodb-index-cases.ts';
import { dynamoDbItemCases } from './dynamodb-item-cases.ts';
import { dynamoDbMapCases } from './dynamodb-map-cases.ts';
import { dynamoDbQueryCases } from './dynamodb-query-cases.ts';
import { dynamoDbUpdateCases } from './dynamodb-update-cases.ts';
import { iamRoleCases } from './iam-role-cases.ts';
import { iamRolePolicyCases } from './iam-role-policy-cases.ts';
import { kmsCases } from './kms-cases.ts';
import { kmsEncryptionCases } from './kms-encryption-cases.ts';
import { lambdaInvokeCases } from './lambda-invoke-cases.ts';
import { s3KeyCases } from './s3-key-cases.ts';
import { s3ListCases } from './s3-list-cases.ts';
import { s3ObjectCases } from './s3-object-cases.ts';
import { s3RangeCases } from './s3-range-cases.ts';
import { scopedCredentialsCases } from './scoped-credentials-cases.ts';
import { secretsManagerCases } from './secrets-manager-cases.ts';
import { sessionPolicyCases } from './session-policy-cases.ts';
import { snsPublishCases } from './sns-publish-cases.ts';
import { sqsAttributeCases } from './sqs-attribute-cases.ts';
import { sqsOrderCases } from './sqs-order-cases.ts';
import { sqsReceiveCases } from './sqs-receive-cases.ts';
import { sqsSendCases } from './sqs-send-cases.ts';
import { startTargets } from './target.ts';
import { webIdentityCases } from './web-identity-cases.ts';
import { webIdentityTokenCases } from './web-identity-token-cases.ts';

const groups: readonly (readonly Case[])[] = [
  assumeRoleCases,
  sessionPolicyCases,
  scopedCredentialsCases,
  webIdentityTokenCases,
  webIdentityCases,
  dynamoDbItemCases,
  dynamoDbUpdateCases,
  dynamoDbConditionCases,
  dynamoDbConflictCases,
  dynamoDbMapCases,
  dynamoDbBatchCases,
  dynamoDbQueryCases,
  dynamoDbIndexCases,
  s3ObjectCases,
  s3RangeCases,
  s3KeyCases,
  s3ListCases,
  kmsCases,
  kmsEncryptionCases,
  secretsManagerCases,
  iamRolePolicyCases,
  iamRoleCases,
  sqsSendCases,
  sqsReceiveCases,
  sqsOrderCases,
  sqsAttributeCases,
  snsPublishCases,
  lambdaInvokeCases,
  authorizationCases,
];
const cases = groups.flat();
const targets = await startTargets();
afterAll(async () => {
  for (const target of targets) await target.stop();
});

test('there are cases of every kind, each with a name of its own', () => {
  expect(groups.filter((group) => group.length === 0)).toEqual([]);
  expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length);
  expect(targets.map(({ name }) => name)).toContain('embedded');
});

describe.each(targets)('$name', (target) => {
  test.each(cases.map((each) => [each.name, each] as const))('%s', async (name, each) => {
    const difference = differenceOf(name);
    expect(await answerOf(each, target)).toEqual(difference ? difference[target.name] : plain(each.answers));
  });
});

describe('differences', () => {
  const listed = differenceGroups.flatMap((group) =>
    group.cases.map((each) => ({ ...each, aws: group.aws })),
  );

  test.each(differenceGroups)('name a source: $why', ({ why, sources, cases: differing }) => {
    expect(why.length).toBeGreaterThan(20);
    expect(sources.length).toBeGreaterThan(0);
    for (const source of sources)
      expect(source).toMatch(/^https:\/\/(docs\.aws\.amazon\.com|github\.com\/getmoto\/moto)\/./);
    expect(differing.length).toBeGreaterThan(0);
  });

  test.each(listed)('say of an existing case whom AWS agrees with: $case', ({
    case: name,
    aws,
    ...answers
  }) => {
    const known = cases.filter((each) => each.name === name).map((each) => plain(each.answers));
    expect(known).toHaveLength(1);
    expect(listed.filter((each) => each.case === name)).toHaveLength(1);
    const right = (['embedded', 'moto'] as const).filter((target) => equal(answers[target], known[0]));
    expect(right).toEqual(aws === 'neither' ? [] : [aws]);
  });
});

function equal(a: unknown, b: unknown): boolean {
  try {
    expect(a).toEqual(b);
    return true;
  } catch {
    return false;
  }
}
