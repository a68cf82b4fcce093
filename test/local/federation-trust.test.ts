import { AssumeRoleCommand } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { PolicyStatement } from '../../local/iam/document.ts';
import type { TokenChanges } from '../../local/people/identity-provider.ts';
import { addRole, allow, stsOf } from './account.ts';
import { entryArn, federatedEntry } from './federated-entry.ts';

let world: Awaited<ReturnType<typeof federatedEntry>>;
beforeAll(async () => {
  world = await federatedEntry();
});
afterAll(() => world.stop());

describe('the trust policy', () => {
  beforeEach(() => world.provider.answerKeysWith());

  const denied = { name: 'AccessDenied', $metadata: expect.objectContaining({ httpStatusCode: 403 }) };

  test.each<[string, () => PolicyStatement['Condition'], TokenChanges, 'allowed' | 'denied']>([
    ['no condition', () => ({}), {}, 'allowed'],
    ['the subject', () => ({ StringEquals: { [`${world.host}:sub`]: 'alice' } }), {}, 'allowed'],
    ['another subject', () => ({ StringEquals: { [`${world.host}:sub`]: 'bob' } }), {}, 'denied'],
    ['a pattern', () => ({ StringLike: { [`${world.host}:sub`]: 'repo:acme/*' } }), {}, 'denied'],
    [
      'a pattern that holds',
      () => ({ StringLike: { [`${world.host}:sub`]: 'repo:acme/*' } }),
      { claims: { sub: 'repo:acme/app:ref:refs/heads/main' } },
      'allowed',
    ],
    ['another audience', () => ({ StringEquals: { [`${world.host}:aud`]: 'other' } }), {}, 'denied'],
    [
      'the authorized party as audience',
      () => ({ StringEquals: { [`${world.host}:aud`]: 'mayfly', [`${world.host}:oaud`]: 'original' } }),
      { claims: { aud: 'original', azp: 'mayfly' } },
      'allowed',
    ],
    [
      'a claim that is no key',
      () => ({ StringEquals: { [`${world.host}:groups`]: 'staff' } }),
      { claims: { groups: 'staff' } },
      'denied',
    ],
    [
      'the subject of another provider',
      () => ({ StringEquals: { 'else.example:sub': 'alice' } }),
      {},
      'denied',
    ],
    [
      'that the subject is not one',
      () => ({ StringNotEquals: { [`${world.host}:sub`]: 'alice' } }),
      {},
      'denied',
    ],
    ['the session name', () => ({ StringEquals: { 'sts:RoleSessionName': 'session' } }), {}, 'allowed'],
    ['another session name', () => ({ StringEquals: { 'sts:RoleSessionName': 'other' } }), {}, 'denied'],
    [
      'methods of authentication, which cannot be judged here',
      () => ({ 'ForAnyValue:StringEquals': { [`${world.host}:amr`]: 'mfa' } }),
      {},
      'denied',
    ],
  ])('demands %s', async (_, condition, changes, expected) => {
    world.entry(condition());
    const answer = world.assume(world.provider.token(changes));
    if (expected === 'allowed') await expect(answer).resolves.toHaveProperty('Credentials');
    else await expect(answer).rejects.toMatchObject(denied);
  });

  test.each<[string, () => Partial<PolicyStatement>]>([
    ['of another provider', () => ({ Principal: { Federated: `${world.providerArn}/else` } })],
    [
      'of the same provider in another account',
      () => ({
        Principal: { Federated: world.providerArn.replace('111122223333', '444455556666') },
      }),
    ],
    ['of the account', () => ({ Principal: { AWS: 'arn:aws:iam::111122223333:root' } })],
    ['of sessions of AWS', () => ({ Action: 'sts:AssumeRole' })],
  ])('that speaks %s lets nobody in', async (_, trusted) => {
    world.entry({}, trusted());
    await expect(world.assume(world.provider.token())).rejects.toMatchObject(denied);
  });

  test('a role that does not exist is refused in the words of one that may not be assumed', async () => {
    world.entry();
    await expect(world.assume(world.provider.token(), { RoleArn: `${entryArn}-gone` })).rejects.toMatchObject(
      denied,
    );
  });

  test('a role of an account that has no such provider takes none of its tokens', async () => {
    world.entry();
    const RoleArn = entryArn.replace('111122223333', '444455556666');
    await expect(world.assume(world.provider.token(), { RoleArn })).rejects.toMatchObject({
      name: 'InvalidIdentityTokenException',
    });
  });

  test('no session of AWS gets in by the trust in a provider', async () => {
    world.entry({});
    addRole(world.account, 'caller', allow('sts:*'));
    const command = new AssumeRoleCommand({ RoleArn: entryArn, RoleSessionName: 'session' });
    await expect(stsOf(world.account, 'caller').send(command)).rejects.toMatchObject({
      name: 'AccessDenied',
    });
  });
});

describe('GitHub', () => {
  const github = 'https://token.actions.githubusercontent.com';
  const claims = {
    iss: github,
    sub: 'repo:acme/app:ref:refs/heads/main',
    repository_id: '42',
    job_workflow_ref: 'acme/app/.github/workflows/deploy.yml@refs/heads/main',
  };

  test.each([
    ['its own claims', 'repository_id', '42', true],
    ['its own claims, and another value', 'repository_id', '43', false],
    ['the workflow', 'job_workflow_ref', claims.job_workflow_ref, true],
  ])('is known by name: a condition on %s', async (_, key, value, passes) => {
    const { arn } = world.account.providers.put(world.account.account, {
      issuer: github,
      jwksUri: `${world.provider.url}/keys`,
      clientIds: ['mayfly'],
    });
    world.entry(
      { StringEquals: { [`token.actions.githubusercontent.com:${key}`]: value } },
      { Principal: { Federated: arn } },
    );
    const answer = world.assume(world.provider.token({ claims }));
    if (passes) await expect(answer).resolves.toHaveProperty('Credentials');
    else await expect(answer).rejects.toMatchObject({ name: 'AccessDenied' });
  });
});

describe('what a provider says of the session', () => {
  const tags = { principal_tags: { team: ['invoices'] }, transitive_tag_keys: ['team'] };
  const said = {
    'https://aws.amazon.com/tags': tags,
    'https://aws.amazon.com/source_identity': 'alice',
  };
  const actions = ['sts:AssumeRoleWithWebIdentity', 'sts:TagSession', 'sts:SetSourceIdentity'];

  test('becomes tags and source identity where the trust policy lets it', async () => {
    world.entry({}, { Action: actions });
    const { SourceIdentity, Credentials } = await world.assume(world.provider.token({ claims: said }));
    expect(SourceIdentity).toBe('alice');
    const session = world.account.iam.find(Credentials?.AccessKeyId ?? '');
    expect(session).toMatchObject({
      sourceIdentity: 'alice',
      transitive: ['team'],
      tags: new Map([['team', 'invoices']]),
    });
  });

  test.each(['sts:TagSession', 'sts:SetSourceIdentity'])('needs %s', async (missing) => {
    world.entry({}, { Action: actions.filter((action) => action !== missing) });
    await expect(world.assume(world.provider.token({ claims: said }))).rejects.toMatchObject({
      name: 'AccessDenied',
    });
  });

  test.each<[string, object]>([
    ['tags that are no object', { 'https://aws.amazon.com/tags': 'team' }],
    ['two values of a tag', { 'https://aws.amazon.com/tags': { principal_tags: { team: ['a', 'b'] } } }],
    ['transitive keys that are no list', { 'https://aws.amazon.com/tags': { transitive_tag_keys: 'team' } }],
    ['a source identity that is no text', { 'https://aws.amazon.com/source_identity': ['alice'] }],
  ])('is refused when it holds %s', async (_, claims) => {
    world.entry({}, { Action: actions });
    await expect(world.assume(world.provider.token({ claims: { ...claims } }))).rejects.toMatchObject({
      name: 'InvalidIdentityTokenException',
    });
  });
});
