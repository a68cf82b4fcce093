import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { awsCredentialsOf } from '../../client/aws-credentials.ts';
import type { IssuedLeaseResponse } from '../../core/protocol/responses.ts';
import type { LocalBroker } from '../../local/start.ts';
import { build, builds, buildsKey, newAgent, reading, releaseTask, s3With, startBroker } from '../broker.ts';

const region = 'eu-central-1:111122223333';
const repository = `arn:aws:ecr:${region}:repository/payments`;

let broker: LocalBroker;
let issued: IssuedLeaseResponse;
beforeAll(async () => {
  broker = await startBroker();
  issued = await (await newAgent(broker, 'release_agent')).lease(releaseTask());
});
afterAll(() => broker.stop());

const may = async (action: string, resource: string) => {
  const accessKeyId = awsCredentialsOf(issued).access_key_id;
  return (await broker.mayDo({ accessKeyId }, { action, resource })).allowed;
};
const read = (key: string, { credentials } = issued) =>
  reading(s3With(broker, awsCredentialsOf({ credentials })), key, builds);

describe('a release agent', () => {
  test('says of each grant what its end leaves behind', () => {
    expect(issued.lease.grants[0]?.guarantee.outlives).toEqual([
      { capability: 'registry_token', what: expect.stringContaining('12 hours') },
      { capability: 'start_release', what: expect.stringContaining('the pipeline runs on') },
    ]);
  });

  test('reads the build of its service through the key that encrypts it', async () => {
    expect(await read(`payments/${build}.tar`)).toBe('read');
    const [use] = broker.decisions.filter(({ action }) => action === 'kms:Decrypt').slice(-1);
    expect(use).toMatchObject({ allowed: true, resource: buildsKey, sourceIdentity: issued.lease.id });
    expect(await read(`refunds/${build}.tar`)).toBe('AccessDenied');
  });

  test('reads it with an S3 Bucket Key too, where the bucket is the encryption context', async () => {
    broker.encryptBucket(builds, buildsKey, true);
    expect(await read(`payments/${build}.tar`)).toBe('read');
    broker.encryptBucket(builds, buildsKey, false);
  });

  test('cannot use the key itself', async () => {
    expect(await may('kms:Decrypt', buildsKey)).toBe(false);
    expect(await may('kms:CreateGrant', buildsKey)).toBe(false);
  });

  test.each([
    ['ecr:PutImage', repository, true],
    ['ecr:GetAuthorizationToken', '*', true],
    ['codepipeline:StartPipelineExecution', `arn:aws:codepipeline:${region}:payments`, true],
    ['ecr:PutImage', `arn:aws:ecr:${region}:repository/refunds`, false],
    ['ecr:BatchDeleteImage', repository, false],
    ['ecr:SetRepositoryPolicy', repository, false],
    ['codepipeline:StartPipelineExecution', `arn:aws:codepipeline:${region}:refunds`, false],
    ['codepipeline:StopPipelineExecution', `arn:aws:codepipeline:${region}:payments`, false],
  ])('%s on %s: %s', async (action, resource, allowed) => {
    expect(await may(action, resource)).toBe(allowed);
  });

  test('with fewer capabilities can do less', async () => {
    const one = await (await newAgent(broker, 'release_agent')).lease(releaseTask(['start_release']));
    expect(await read(`payments/${build}.tar`, one)).toBe('AccessDenied');
    expect(one.lease.grants[0]?.guarantee.outlives).toHaveLength(1);
  });

  test('is denied a service that is not theirs, with the rule that says so', async () => {
    const task = releaseTask();
    const agent = await newAgent(broker, 'release_agent');
    const asked = agent.lease({ ...task, parameters: { ...task.parameters, service: 'ledger' } });
    await expect(asked).rejects.toMatchObject({
      status: 403,
      problem: { reasons: [{ rule: 'conditions.service[1]', value: 'ledger', effect: 'deny' }] },
    });
  });
});
