import { ListBucketsCommand } from '@aws-sdk/client-s3';
import { AssumeRoleCommand, GetWebIdentityTokenCommand } from '@aws-sdk/client-sts';
import { describe, expect, test } from 'vitest';
import { awsCredentialsOf } from '../../client/aws-credentials.ts';
import { awsIam, type BrokerClient } from '../../client/index.ts';
import type { LocalCredentials } from '../../local/start.ts';
import { agentRole, reading, s3With, signedFetch } from '../broker.ts';
import { spiffeId } from '../evidence/svid.ts';
import { attestingBroker, invoice } from './attesting.ts';
import { stsOf } from './attesting-evidence.ts';
import { cluster, github, otherSpiffeId, pod } from './attesting-policies.ts';
import { refusalOf } from './ended.ts';

/** Whether the API has no resource policy, the next time that it is deployed. */
let open = false;
const on = attestingBroker({
  alter({ Resources }) {
    if (!open) return;
    for (const { Type, Properties } of Object.values(Resources))
      if (Type === 'AWS::ApiGateway::RestApi') delete Properties?.['Policy'];
  },
});

const asLease = ({ accessKeyId, secretAccessKey, sessionToken }: LocalCredentials) => ({
  access_key_id: accessKeyId,
  secret_access_key: secretAccessKey,
  session_token: sessionToken,
  expiration: '',
  sts_expiration: '',
});

describe('the entry role', () => {
  test.each([
    ['another branch of the same owner', { sub: 'repo:acme/other:ref:refs/heads/main' }, 'entered'],
    ['a pod of the cluster', { iss: cluster, sub: pod }, 'entered'],
    ['a workflow of another owner', { sub: 'repo:mallory/builds:ref:refs/heads/main' }, 'AccessDenied'],
    ['an owner whose name begins alike', { sub: 'repo:acme-evil/builds' }, 'AccessDenied'],
    ['a pod by a token of GitHub', { sub: pod }, 'AccessDenied'],
    ['a workflow by a token of the cluster', { iss: cluster, sub: 'repo:acme/builds' }, 'AccessDenied'],
    ['a pod of another namespace', { iss: cluster, sub: 'system:serviceaccount:web:shop' }, 'AccessDenied'],
    ['a token for somebody else', { aud: 'mayfly' }, 'InvalidIdentityTokenException'],
    ['an issuer that nobody registered', { iss: 'https://id.example' }, 'InvalidIdentityTokenException'],
  ])('is assumed by %j: %j %s', async (_, claims, outcome) => {
    const attempt = on.entered(claims).then(
      () => 'entered',
      (error: Error) => error.name,
    );
    expect(await attempt).toBe(outcome);
  });

  test.each([
    ['GET', '/v1/leases?agent_type=builder'],
    ['POST', '/v1/revocations'],
    ['POST', '/v1/quarantines'],
    ['GET', '/v1/approvals'],
    ['POST', '/v1/leases/L-AAAAAAAAAAAAAAAA/approval'],
  ])('does not open %s %s', async (method, path) => {
    const fetch = signedFetch(on.broker, await on.entered());
    const response = await fetch(`${on.broker.url}${path}`, {
      method,
      ...(method === 'POST' && { body: '{}' }),
    });
    expect(response.status).toBe(403);
    expect(await response.text()).toContain('not authorized to perform: execute-api:Invoke');
  });

  test('opens nothing else of AWS: no role, no token, no bucket', async () => {
    const keys = await on.entered();
    const sts = stsOf(on.broker, keys);
    const denied = { name: 'AccessDenied' };
    const role = { RoleArn: `arn:aws:iam::111122223333:role/${agentRole}`, RoleSessionName: 'chained' };
    await expect(sts.send(new AssumeRoleCommand(role))).rejects.toMatchObject(denied);
    const token = { Audience: [on.broker.url], SigningAlgorithm: 'ES384' };
    await expect(sts.send(new GetWebIdentityTokenCommand(token))).rejects.toMatchObject(denied);
    const s3 = s3With(on.broker, asLease(keys));
    await expect(s3.send(new ListBucketsCommand({}))).rejects.toThrow();
    expect(await reading(s3, 'acme/4711.json')).toBe('AccessDenied');
  });
});

const refusedAs = (agent: BrokerClient, path: string) =>
  expect(agent.attest()).rejects.toMatchObject({
    code: 'invalid_evidence',
    problem: { path, fault: 'principal' },
  });

describe('nobody is an agent', () => {
  test('by having come through the entry role', async () => {
    await refusedAs(await on.agent('either', awsIam), 'evidence[0]');
  });

  test('by a type that only roles of their own may be', async () => {
    expect(await refusalOf((await on.agent('sealed', awsIam)).attest())).toBe('access_denied');
  });

  test('by a presigned request of the entry role', async () => {
    const keys = await on.entered();
    await refusedAs(await on.agent('reporter', on.byPresigned(keys), { as: keys }), 'evidence[0]');
  });

  test('by a presigned request of a grant role, whose credentials it was given for a task', async () => {
    const { credentials } = await (await on.agent('holder', on.bySvid())).lease(invoice());
    const { access_key_id, secret_access_key, session_token } = awsCredentialsOf({ credentials });
    const keys = {
      accessKeyId: access_key_id,
      secretAccessKey: secret_access_key,
      sessionToken: session_token,
    };
    await refusedAs(await on.agent('reporter', on.byPresigned(keys)), 'evidence[0]');
  });

  test.each([
    ['a grant role', '/mayfly/other/grant/'],
    ['an entry role', '/mayfly/other/entry/'],
  ])('by a token that AWS signed for %s of another deployment, under the name that a policy knows', async (_, path) => {
    const Action = ['sts:GetWebIdentityToken', 'sts:TagGetWebIdentityToken', 'execute-api:Invoke'];
    on.broker.createRole('indexer', [{ Effect: 'Allow', Action, Resource: '*' }], undefined, { path });
    const keys = on.broker.credentialsFor('indexer', 'session');
    const agent = await on.agent('indexer', on.byWebIdentity(keys), { as: keys });
    // The API knows the path, which a session's name leaves out. Whoever took its policy away would still not be let in.
    expect(await refusalOf(agent.attest())).toBe('gateway');
    open = true;
    await on.broker.redeploy();
    await refusedAs(agent, 'evidence[0]');
    open = false;
    await on.broker.redeploy();
  });
});

describe('a quarantine of one principal', () => {
  test.each<[string, string, () => Promise<BrokerClient>, () => Promise<BrokerClient>]>([
    [
      'of a trust domain',
      spiffeId,
      () => on.agent('workload', on.bySvidKey()),
      () => on.agent('archivist', on.bySvid(otherSpiffeId)),
    ],
    [
      'of an issuer',
      `${github}#repo:acme/builds:ref:refs/heads/main`,
      () => on.agent('builder', on.byWorkflow()),
      () => on.agent('holder', on.bySvid()),
    ],
  ])('%s keeps it out at every door, and nobody else who comes through the same role', async (_, principal, one, other) => {
    const [kept, free] = [await one(), await other()];
    const task = (agent: BrokerClient) =>
      invoice(agent === kept && principal !== spiffeId ? 'of the attestation' : 'acme');
    const [held, others] = [await kept.lease(task(kept)), await free.lease(task(free))];
    expect((await on.operator.quarantine({ principal })).status).toBe(200);
    const doors: Record<string, (agent: BrokerClient, lease: string) => Promise<unknown>> = {
      attesting: (agent) => agent.attest(),
      'another lease': (agent) => agent.lease(task(agent)),
      'new credentials': (agent, lease) => agent.collect(lease),
      'more time': (agent, lease) => agent.renew(lease, 120),
    };
    for (const [door, open] of Object.entries(doors)) {
      expect(await refusalOf(open(kept, held.lease.id)), door).toBe('quarantined');
      expect(await refusalOf(open(free, others.lease.id)), door).toBe('not refused');
    }
    expect(await refusalOf((await one()).attest()), 'with a new key').toBe('quarantined');
    await on.operator.quarantine({ principal }, { lift: true });
    expect(await refusalOf((await one()).attest())).toBe('not refused');
  });
});
