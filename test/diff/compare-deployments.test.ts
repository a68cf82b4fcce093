import { describe, expect, it } from 'vitest';
import { compareDeployments, type Deployment } from '../../core/diff/compare-deployments.ts';
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
});
