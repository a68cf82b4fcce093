import { evidenceBinding } from '../../core/identity.ts';
import { morning } from '../core/invoices.ts';
import { type JwtKey, type JwtParts, jwtKey, type Members } from './jwt-signing.ts';

/** Where the broker is for whom the tokens are, and what they are bound to. */
export const publicUrl = 'https://broker.example/live';
export const binding = evidenceBinding('nonce', 'thumbprint');
/** The audience of tokens that are bound by it. */
export const audience = `${publicUrl}/${binding}`;

/** The role that signs the request, and a fleet's Lambda function, its account and the account's issuer. */
export const caller = {
  role: 'arn:aws:iam::123456789012:role/DataProcessingRole',
  roleId: 'AROADATAPROCESSING1',
  userId: 'AROADATAPROCESSING1:process-data',
};
export const account = '123456789012';
export const otherAccount = '210987654321';
export const stsIssuer = 'https://abc123-def456-ghi789-jkl012.tokens.sts.global.api.aws';
export const otherStsIssuer = 'https://xyz789-def456-ghi789-jkl012.tokens.sts.global.api.aws';
export const stsNamespace = 'https://sts.amazonaws.com/';

/** The trust domain, and the id of a workload in it. */
export const trustDomain = 'example.org';
export const spiffeId = 'spiffe://example.org/ns/agents/sa/invoice';

/** The issuers of workloads. */
export const github = 'https://token.actions.githubusercontent.com';
export const gitlab = 'https://gitlab.com';
export const google = 'https://accounts.google.com';
export const eks = 'https://oidc.eks.eu-central-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE';

/** Keys of the issuers; each has two of a kind, as when they are exchanged. */
export const jwtKeys = {
  sts: jwtKey('ES384', 'EC384_0'),
  stsNext: jwtKey('ES384', 'EC384_1'),
  stsRsa: jwtKey('RS256', 'RSA_0'),
  otherSts: jwtKey('ES384', 'EC384_other'),
  spire: jwtKey('ES256', '5fOa0Gbs7xyzB8iQhO6wJ2fFqk3vSEm1', 'jwt-svid'),
  spireNext: jwtKey('ES256', 'mZ0c7b1uTjYtKdXo2eR9LwVq4nHs8aPg', 'jwt-svid'),
  spireRsa: jwtKey('RS256', 'rVq4nHs8aPgmZ0c7b1uTjYtKdXo2eR9Lw', 'jwt-svid'),
  partner: jwtKey('ES256', 'partner-1', 'jwt-svid'),
  oidc: jwtKey('ES256', 'cc413527-173f-5a05-976e-9c52b1d7b431'),
  oidcNext: jwtKey('ES256', '38826b17-6a30-5f9b-b169-8beb8202f723'),
  oidcRsa: jwtKey('RS256', '4aKAQTMtFhbPTbLzPqQCRfJnTgM0'),
  otherOidc: jwtKey('ES256', 'other-issuer-1'),
  stranger: jwtKey('ES256', 'of-the-attacker'),
} as const satisfies Readonly<Record<string, JwtKey>>;

/** Times of a token made at this moment that lives so many seconds. */
function lives(seconds: number) {
  return { iat: morning, nbf: morning, exp: morning + seconds };
}

function parts(key: JwtKey, claims: Members, header: Members = { typ: 'JWT' }): JwtParts {
  return { header: { alg: key.alg, kid: key.kid, ...header }, claims, key };
}

/** What AWS says of a session in a token of sts:GetWebIdentityToken (IAM user guide, "Understanding token claims"). */
export const awsClaims = {
  aws_account: account,
  source_region: 'us-east-1',
  org_id: 'o-abc1234567',
  ou_path: 'o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/ou-ab12-22222222/',
  principal_tags: { environment: 'production', team: 'data-engineering', 'cost-center': 'engineering' },
  lambda_source_function_arn: 'arn:aws:lambda:us-east-1:123456789012:function:process-data',
  request_tags: { 'job-id': 'job-2024-001', priority: 'high', 'mayfly-binding': binding },
} as const;

/** The documented token of a Lambda function. */
export const webIdentityToken: JwtParts = parts(jwtKeys.sts, {
  iss: stsIssuer,
  aud: publicUrl,
  sub: caller.role,
  iat: morning,
  exp: morning + 900,
  jti: 'xyz123-def456-ghi789-jkl012',
  [stsNamespace]: awsClaims,
});

/** A JWT-SVID as SPIRE issues it; it names no issuer and has no `jti`. */
export const svidToken: JwtParts = parts(jwtKeys.spire, {
  aud: [audience],
  exp: morning + 300,
  iat: morning,
  sub: spiffeId,
});

/** A job of GitHub Actions; the header has the thumbprint of a certificate. */
export const githubToken: JwtParts = parts(
  jwtKeys.oidc,
  {
    jti: 'example-id-7b2f',
    sub: 'repo:octo-org/octo-repo:environment:prod',
    environment: 'prod',
    aud: audience,
    ref: 'refs/heads/main',
    sha: 'example-sha',
    repository: 'octo-org/octo-repo',
    repository_owner: 'octo-org',
    actor_id: '12',
    repository_visibility: 'private',
    repository_id: '74',
    repository_owner_id: '65',
    run_id: 'example-run-id',
    runner_environment: 'github-hosted',
    workflow: 'example-workflow',
    head_ref: '',
    event_name: 'workflow_dispatch',
    ref_type: 'branch',
    job_workflow_ref: 'octo-org/octo-automation/.github/workflows/oidc.yml@refs/heads/main',
    iss: github,
    ...lives(300),
  },
  { typ: 'JWT', x5t: 'eBZ_cn3sXYAd0ch4THBKHIgOwOE' },
);

/** A job of GitLab CI. */
export const gitlabToken: JwtParts = parts(jwtKeys.oidcRsa, {
  namespace_id: '72',
  namespace_path: 'my-group',
  project_id: '20',
  project_path: 'my-group/my-project',
  user_login: 'sample-user',
  pipeline_source: 'web',
  job_id: '302',
  ref: 'feature-branch-1',
  ref_protected: 'false',
  groups_direct: ['mygroup/mysubgroup', 'myothergroup/myothersubgroup'],
  iss: gitlab,
  sub: 'project_path:my-group/my-project:ref_type:branch:ref:feature-branch-1',
  aud: audience,
  jti: '235b3a54-b797-45c7-ae9a-f72d7bc6ef5b',
  ...lives(3_600),
});

/** An instance of Google Compute Engine. */
export const googleToken: JwtParts = parts(jwtKeys.oidcRsa, {
  aud: audience,
  azp: '117123456789012345678',
  email: '123456-compute@developer.gserviceaccount.com',
  email_verified: true,
  exp: morning + 3_600,
  google: {
    compute_engine: {
      instance_creation_timestamp: 1_560_000_000,
      instance_id: '152986662232938449',
      instance_name: 'example',
      project_id: 'my-project',
      project_number: 739_419_398_126,
      zone: 'us-west1-a',
    },
  },
  iat: morning,
  iss: google,
  sub: '117123456789012345678',
});

/** The projected token of a pod on EKS: a fixed audience, and, of older clusters, no `jti`. */
export const eksToken: JwtParts = parts(
  jwtKeys.oidcRsa,
  {
    aud: ['sts.amazonaws.com'],
    iss: eks,
    'kubernetes.io': {
      namespace: 'agents',
      node: { name: 'ip-10-0-1-1.ec2.internal', uid: '646e7c5e-32d6-4d42-9dbd-e504e6cbe6b1' },
      pod: { name: 'invoice-5d8f', uid: '5e0bd49b-f040-43b0-99b7-22765a53f7f3' },
      serviceaccount: { name: 'invoice', uid: '14ee3fa4-a7e2-420f-9f9a-dbc4507c3798' },
      warnafter: morning + 3_607,
    },
    sub: 'system:serviceaccount:agents:invoice',
    ...lives(3_600),
  },
  {},
);
