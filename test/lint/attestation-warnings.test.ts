import { describe, expect, it } from 'vitest';
import type { Strength } from '../../core/evidence.ts';
import { lintPolicy } from '../../core/lint/lint-policy.ts';
import type { Way } from '../../core/policy/schema-attestation.ts';
import { type TrustSources, trustSourcesSchema } from '../../core/policy/schema-trust.ts';
import { changed } from './sound-policy.ts';

const issuer = 'https://token.actions.githubusercontent.com';
const role = 'arn:aws:iam::111122223333:role/invoice-agent';
const subject = 'repo:acme/agent:environment:production';
const id = 'spiffe://acme.example/agent';
const aws_nitro = { pcrs: { '0': 'a'.repeat(96) } };
const trust = trustSourcesSchema.parse({
  aws_web_identity: [{ account: '111122223333', issuer: 'https://abc.tokens.sts.global.api.aws' }],
});

/** What is said of the attestation of a policy with these ways. */
function warnings(any_of: Way[], more: { minimum?: Strength; trust?: TrustSources } = {}): string[] {
  const { minimum } = more;
  const policy = { ...changed(), attestation: { any_of, ...(minimum && { minimum }) } };
  return lintPolicy(policy, [], more.trust)
    .filter(({ path }) => path[0] === 'attestation')
    .map(({ path, message }) => `${path.slice(1).join('.')}: ${message}`);
}

describe('lint of attestation', () => {
  it.each<[string, Way]>([
    ['a role', { aws_iam: { role } }],
    ['a token of AWS', { aws_web_identity: { role } }],
    ['an SVID', { spiffe_jwt: { id } }],
    ['a token of another issuer by its subject', { oidc: { issuer: 'https://gitlab.example', subject } }],
    ['GitHub by the id of a repository', { oidc: { issuer, subject, claims: { repository_id: '1' } } }],
    ['GitHub by the id of an owner', { oidc: { issuer, claims: { repository_owner_id: '1' } } }],
    ['GitHub by a subject with an id in it', { oidc: { issuer, subject: 'repository_id:1:environment:a' } }],
  ])('has nothing to say of %s', (_, way) => {
    expect(warnings([way])).toEqual([]);
  });

  it.each<[string, Way, string]>([
    [
      'names on GitHub, which change hands',
      { oidc: { issuer, subject } },
      'any_of.0.oidc: names of repositories and owners can be taken over by others: ask for one of repository_id, repository_owner_id, too',
    ],
    [
      'names in claims, too',
      {
        oidc: { issuer, claims: { job_workflow_ref: 'acme/agent/.github/workflows/a.yml@refs/heads/main' } },
      },
      'any_of.0.oidc: names of repositories',
    ],
    [
      'names at the issuer of an enterprise',
      { oidc: { issuer: `${issuer}/acme`, subject } },
      'any_of.0.oidc: names of repositories',
    ],
    [
      'what pull requests run',
      { oidc: { issuer, subject: 'repo:acme/agent:pull_request', claims: { repository_id: '1' } } },
      'any_of.0.oidc.subject: what any pull request of the repository runs is this agent',
    ],
    [
      'a pattern that is none',
      { oidc: { issuer, subject: 'repo:acme/agent:*', claims: { repository_id: '1' } } },
      'any_of.0.oidc.subject: compared exactly: * and ? stand for themselves',
    ],
    [
      'an instance known by the name of a session',
      { aws_iam: { role }, aws_ec2_iid: { account: '111122223333' } },
      "any_of.0.aws_ec2_iid: held against the session's name, which is chosen by whoever may assume the role",
    ],
    [
      'tokens without a nonce',
      { oidc: { issuer: 'https://cluster.example', subject, plain_audience: 'mayfly' } },
      'any_of.0.oidc.plain_audience: takes tokens without a nonce',
    ],
    [
      'SVIDs without a nonce',
      { spiffe_jwt: { id, plain_audience: 'mayfly' } },
      'any_of.0.spiffe_jwt.plain_audience: takes tokens without a nonce',
    ],
  ])('warns of %s', (_, way, words) => {
    const [warning, ...others] = warnings([way]);
    expect(warning).toContain(words);
    expect(others).toEqual([]);
  });

  it('warns of a role alone where the deployment trusts tokens of its account', () => {
    const [warning] = warnings([{ aws_iam: { role } }], { trust });
    expect(warning).toContain('any_of.0.aws_iam: proves the role only: aws_web_identity');
    expect(warnings([{ aws_iam: { role }, aws_nitro }], { trust })).toEqual([]);
    const elsewhere = role.replace('1111', '4444');
    expect(warnings([{ aws_iam: { role: elsewhere } }], { trust })).toEqual([]);
  });

  it('warns of ways of very different strength, unless a minimum says that it is meant so', () => {
    const ways = [{ aws_web_identity: { role }, aws_nitro }, { aws_iam: { role } }];
    expect(warnings(ways)).toEqual([
      'any_of.1: proves principal only, another way measured: the weakest decides; with a minimum it is meant so',
    ]);
    expect(warnings(ways, { minimum: 'principal' })).toEqual([]);
    expect(warnings([{ aws_iam: { role } }, { aws_web_identity: { role } }])).toEqual([]);
    expect(warnings([{ aws_iam: { role } }, { spiffe_x509: { id } }])).toHaveLength(1);
  });

  it('warns of a parameter that whoever assumes the role chooses', () => {
    const policy = changed(['source: delegation', 'source: { attestation: aws_session }']);
    expect(lintPolicy(policy, []).map(({ path, message }) => `${path.join('.')}: ${message}`)).toContainEqual(
      expect.stringContaining(
        'parameters.customer_id.source: a session is called what whoever assumed the role said',
      ),
    );
  });

  it('warns of a role that is asked to be a workload, wherever its credentials are', () => {
    const said = 'any_of.0.aws_web_identity: whoever has credentials of the role gets such a token anywhere';
    expect(warnings([{ aws_web_identity: { role } }], { minimum: 'workload' })[0]).toContain(said);
    const pinned = { role, vpc: 'vpc-0123456789abcdef0' };
    expect(warnings([{ aws_web_identity: pinned }], { minimum: 'workload' })).toEqual([]);
    expect(warnings([{ aws_web_identity: { role } }])).toEqual([]);
  });

  it('warns of limits of a principal where a workload chooses among subjects', () => {
    const attestation = {
      any_of: [{ oidc: { issuer: 'https://gitlab.example', claims: { project_id: '1' } } }],
    };
    const said = (limits: object) =>
      lintPolicy({ ...changed(), attestation, limits: { ...changed().limits, ...limits } }, [])
        .filter(({ path }) => path.join('.') === 'attestation.any_of.0.oidc')
        .map(({ message }) => message);
    expect(said({ per_task: { leases: 3 } })[0]).toContain(
      'each subject that these claims fit is a principal',
    );
    expect(said({ per_task: undefined, sum: [] })).toEqual([]);
  });
});
