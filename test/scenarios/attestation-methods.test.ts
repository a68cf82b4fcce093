import { describe, expect, test } from 'vitest';
import { awsCredentialsOf } from '../../client/aws-credentials.ts';
import { awsIam, type BrokerClient, type EvidenceProducer, oidc } from '../../client/index.ts';
import { agentRole, reading, s3With } from '../broker.ts';
import { trueDocument } from '../evidence/instance-identity.ts';
import { spiffeId } from '../evidence/svid.ts';
import { attestingBroker, invoice, resultOf } from './attesting.ts';
import { workflowClaims } from './attesting-evidence.ts';
import { cluster, extractor, github, network, partner, pod, workflow } from './attesting-policies.ts';
import { refusalOf } from './ended.ts';

const on = attestingBroker();

const byPod = () => oidc(on.broker.url, async () => on.podToken({ jti: crypto.randomUUID() }));

/** An agent in a Lambda function, under a role that functions may have. */
const inFunction = (name: string): Promise<BrokerClient> => {
  const keys = on.broker.credentialsIn({ lambda: name }, 'extractor');
  return on.agent('extractor', on.byWebIdentity(keys), { as: keys });
};
const inEnclave = (evidence: readonly EvidenceProducer[]) =>
  on.agent('sealed', evidence, { as: on.broker.credentialsFor(agentRole, 'i-0123') });

/** An agent on an instance, with the identity document of this one or another. */
const onInstance = (document: Partial<typeof trueDocument> = {}, instance = trueDocument.instanceId) => {
  const keys = on.broker.credentialsIn({ instance, vpc: network }, 'crawler');
  return on.agent('crawler', [on.byWebIdentity(keys), on.byInstance(document)], { as: keys });
};

describe('an agent proves itself, and reads what its task names', () => {
  test.each<[string, () => Promise<BrokerClient>, string, object]>([
    [
      'by a token that AWS signed for its function',
      () => inFunction('extractor'),
      extractor,
      {
        methods: ['aws_web_identity'],
        strength: 'workload',
        principal: expect.stringMatching(/^AROA/),
        facts: {
          aws_account: '111122223333',
          aws_role: 'extractor',
          lambda_function: extractor,
        },
      },
    ],
    [
      'by a token that AWS signed on its instance, and the identity document of that',
      () => onInstance(),
      'acme',
      {
        methods: ['aws_web_identity', 'aws_ec2_iid'],
        strength: 'workload',
        principal: expect.stringMatching(/^AROA/),
        facts: {
          aws_account: '111122223333',
          aws_role: 'crawler',
          aws_region: 'eu-central-1',
          ec2_instance: trueDocument.instanceId,
          ec2_vpc: network,
          ec2_image: trueDocument.imageId,
        },
      },
    ],
    [
      'by a presigned request of a role of another account, which never calls the broker',
      () => on.agent('reporter', on.byPresigned(on.broker.credentialsFor('reporter', 'nightly', partner))),
      'acme',
      {
        methods: ['aws_presigned'],
        strength: 'principal',
        principal: expect.stringMatching(/^AROA/),
        facts: {
          aws_account: partner,
          aws_role: 'reporter',
          aws_session: 'nightly',
        },
      },
    ],
    [
      'by a JWT-SVID',
      () => on.agent('holder', on.bySvid()),
      'acme',
      { methods: ['spiffe_jwt'], strength: 'workload', principal: spiffeId, facts: { spiffe_id: spiffeId } },
    ],
    [
      'by an X.509-SVID and its key',
      () => on.agent('keeper', on.bySvidKey()),
      'acme',
      {
        methods: ['spiffe_x509'],
        strength: 'key_bound',
        principal: spiffeId,
        facts: { spiffe_id: spiffeId },
      },
    ],
    [
      'by a token of its workflow, bound by its audience',
      () => on.agent('builder', on.byWorkflow()),
      workflow,
      {
        methods: ['oidc'],
        strength: 'workload',
        principal: `${github}#${workflow}`,
        facts: { oidc_issuer: github, oidc_subject: workflow },
      },
    ],
    [
      'by the token of its pod, whose audience nobody can choose',
      () => on.agent('pod_agent', byPod()),
      'acme',
      {
        methods: ['oidc'],
        strength: 'workload',
        principal: `${cluster}#${pod}`,
        facts: { oidc_issuer: cluster, oidc_subject: pod },
      },
    ],
    [
      'by its role and by what its enclave measures',
      () => inEnclave([awsIam, on.byEnclave()]),
      'acme',
      {
        methods: ['aws_iam', 'aws_nitro'],
        strength: 'measured',
        principal: expect.stringMatching(/^AROA/),
        facts: { aws_account: '111122223333', aws_role: agentRole, aws_session: 'i-0123' },
      },
    ],
    [
      'by several pieces, of which the strongest counts',
      () => on.agent('united', [on.byWorkflow(), on.bySvid(), on.bySvidKey()]),
      'acme',
      {
        methods: ['spiffe_jwt', 'spiffe_x509', 'oidc'],
        strength: 'key_bound',
        principal: spiffeId,
        facts: { spiffe_id: spiffeId, oidc_issuer: github, oidc_subject: workflow },
      },
    ],
  ])('%s', async (_, made, customer, claims) => {
    const agent = await made();
    const { methods, strength, principal, facts } = await resultOf(agent);
    expect({ methods, strength, principal, facts }).toEqual(claims);
    const { credentials } = await agent.lease(invoice(customer === 'acme' ? 'acme' : 'of the attestation'));
    const s3 = s3With(on.broker, awsCredentialsOf({ credentials }));
    expect(await reading(s3, `${customer}/4711.json`)).toBe('read');
    expect(await reading(s3, `${customer}/4712.json`)).toBe('AccessDenied');
  });
});

describe('what the policy does not ask for is refused', () => {
  const token = () => on.tokens.token({ claims: workflowClaims });
  test.each<[string, () => Promise<BrokerClient>]>([
    ['a token for another function under the same role', () => inFunction('other')],
    ['an enclave that is not measured', () => inEnclave([awsIam])],
    ['measurements without a role', () => inEnclave([on.byEnclave()])],
    ['the identity document of an instance, copied to another', () => onInstance({}, 'i-0123456789abcdef0')],
    ['an instance of another image', () => onInstance({ imageId: 'ami-00000000' })],
    ['another workload of the trust domain', () => on.agent('archivist', on.bySvid())],
    [
      'another repository of the same workflow',
      () => on.agent('builder', on.byWorkflow({ repository_id: '43' })),
    ],
    ['a part of the evidence', () => on.agent('united', [on.byWorkflow(), on.bySvid()])],
  ])('%s', async (_, made) => {
    await expect((await made()).attest()).rejects.toMatchObject({
      code: 'access_denied',
      problem: { path: 'evidence', detail: expect.stringContaining('sound, but not of what the policy') },
    });
  });

  test('a token that could be bound, and is not', async () => {
    const agent = await on.agent(
      'builder',
      oidc(on.broker.url, async () => token()),
    );
    await expect(agent.attest()).rejects.toMatchObject({
      code: 'invalid_evidence',
      problem: { path: 'evidence[0].token', fault: 'audience' },
    });
  });

  test('another customer than the attestation says', async () => {
    const agent = await on.agent('builder', on.byWorkflow());
    expect(await refusalOf(agent.lease(invoice('acme')))).toBe('access_denied');
  });
});
