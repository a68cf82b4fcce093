import { describe, expect, it } from 'vitest';
import { compareDeployments, type Deployment } from '../../core/diff/compare-deployments.ts';
import { trustSourcesSchema } from '../../core/policy/schema-trust.ts';
import { changed, guardrail } from '../lint/sound-policy.ts';

const provider = {
  issuer: 'https://login.example.com',
  jwks_uri: 'https://login.example.com/keys',
  audience: 'mayfly',
  algorithms: ['RS256' as const],
  mfa: { amr: ['mfa'], acr: [] },
  groups: 'groups',
  private_network: false,
};
const before: Deployment = { policies: [changed()], guardrail, providers: [provider] };

const told = (after: Deployment) =>
  compareDeployments(before, after).flatMap(({ name, changes }) =>
    changes.map(({ direction, what }) => `${name}: ${direction} ${what}`),
  );

describe('a folder beside another', () => {
  it('that is the same has no changes', () => {
    expect(told(before)).toEqual([]);
  });

  it('widens with a new agent type and narrows with one that is gone', () => {
    const other = { ...changed(), agent_type: 'release_agent' };
    expect(told({ ...before, policies: [changed(), other] })).toEqual([
      'release_agent: wider new policy with read_invoice',
    ]);
    expect(told({ ...before, policies: [] })).toEqual([
      'invoice_processor: narrower gone policy with read_invoice',
    ]);
  });

  it.each([
    [{ buckets: ['acme-invoices', 'acme-salaries'] }, 'guardrail: wider buckets: now acme-salaries'],
    [{ services: ['s3'] }, 'guardrail: narrower services: no longer ecr'],
    [{ tables: [] }, 'guardrail: narrower tables: no longer invoices'],
    [{ accounts: [...guardrail.accounts, '444455556666'] }, 'guardrail: wider accounts: now 444455556666'],
  ])('tells what the guardrail %j comes to', (changes, text) => {
    expect(told({ ...before, guardrail: { ...guardrail, ...changes } })).toEqual([text]);
  });

  it.each([
    [{ jwks_uri: 'https://evil.example/keys' }, 'unclear https://login.example.com: jwks_uri'],
    [{ audience: 'other' }, 'unclear https://login.example.com: audience'],
    [
      { mfa: { amr: ['mfa', 'pwd'], acr: [] } },
      'wider https://login.example.com: amr that counts as MFA: now pwd',
    ],
    [{ sign_in: { client_id: 'cli' } }, 'neutral https://login.example.com: sign_in'],
    [
      { issuer: 'https://login.globex.example' },
      'wider vouches for people: now https://login.globex.example',
    ],
  ])('tells what an identity provider with %j comes to', (changes, text) => {
    const [first = ''] = told({ ...before, providers: [{ ...provider, ...changes }] });
    expect(first).toContain(`identity providers: ${text}`);
  });

  describe('with trust sources', () => {
    const oidc = { issuer: 'https://token.example', jwks_uri: 'https://token.example/keys' };
    const trusting = (trust: object): Deployment => ({ ...before, trust: trustSourcesSchema.parse(trust) });

    it.each<[string, object]>([
      ['an issuer', { oidc: [oidc] }],
      ['the issuer of an account', { aws_web_identity: [{ account: '111122223333', issuer: oidc.issuer }] }],
      ['a region of STS', { aws_presigned: { regions: ['eu-central-1'] } }],
      ['a trust domain', { spiffe: [{ trust_domain: 'acme.example', bundle_url: oidc.jwks_uri }] }],
      ['a root of Nitro documents', { aws_nitro: {} }],
      [
        'a certificate of a region',
        {
          aws_ec2_iid: [
            {
              region: 'eu-central-1',
              certificate: '-----BEGIN CERTIFICATE-----TUlJ-----END CERTIFICATE-----',
            },
          ],
        },
      ],
      [
        'who comes through the entry role',
        { entry: { web_identity: [{ issuer: oidc.issuer, subjects: ['repo:acme/agent:*'] }] } },
      ],
    ])('widens by %s, and narrows without', (_, trust) => {
      expect(told(trusting({}))).toEqual([]);
      const [section = ''] = Object.keys(trust);
      const [wider, ...others] = told(trusting(trust));
      expect(wider).toMatch(new RegExp(`^trust sources: wider ${section} trusts: now `));
      expect(others).toEqual([]);
      const back = compareDeployments(trusting(trust), before).flatMap(({ changes }) => changes);
      expect(back.map(({ direction }) => direction)).toEqual(['narrower']);
    });

    it.each<[string, object]>([
      ['its keys come from', { jwks_uri: 'https://evil.example/keys' }],
      ['it signs with', { algorithms: ['RS256', 'RS384'] }],
      ['its network is', { private_network: true }],
    ])('is never silent where %s is another', (_, changes) => {
      const old = trusting({ oidc: [oidc] });
      const now = trusting({ oidc: [{ ...oidc, ...changes }] });
      const directions = compareDeployments(old, now).flatMap((each) =>
        each.changes.map((one) => one.direction),
      );
      expect(directions).toContain('wider');
    });

    it('has no changes where they are the same', () => {
      const trust = { oidc: [oidc], aws_nitro: {}, aws_presigned: { regions: ['eu-central-1'] } };
      expect(compareDeployments(trusting(trust), trusting(trust))).toEqual([]);
    });
  });
});
