import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isPolicyFile } from '../../core/policy/folder.ts';
import { noTrust } from '../../core/policy/schema-trust.ts';
import { besideAttesting, besideJudging, readPolicies } from '../../lib/policies.ts';

const oidc = { issuer: 'https://token.example', jwks_uri: 'https://token.example/keys' };
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mayfly-policies-'));
  for (const name of ['guardrail.yaml', 'invoice-processor.yaml', 'systems.yaml'])
    cpSync(join('policies', name), join(folder, name));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** JSON is YAML too. */
function write(name: string, value: unknown): void {
  writeFileSync(join(folder, name), JSON.stringify(value));
}

describe('the trust sources of a policy folder', () => {
  it('are none where there is no file: nothing but an IAM role proves itself', () => {
    expect(readPolicies(folder).trust).toEqual(noTrust);
  });

  it('are read from beside the guardrail, and are not taken for a policy', () => {
    write('trust-sources.yaml', { trust_sources: { oidc: [oidc] } });
    const { policies, trust } = readPolicies(folder);
    expect(trust.oidc).toMatchObject([oidc]);
    expect(policies.map(({ agent_type }) => agent_type)).toEqual(['invoice_processor']);
  });

  it('are told wrong before the policies, which would all be told to list what may be listed there', () => {
    write('trust-sources.yaml', { trust_sources: { oidc: [{ ...oidc, issuer: 'http://token.example' }] } });
    write('broken.yaml', { context_policy: {} });
    expect(() => readPolicies(folder)).toThrow(/^(?=[\s\S]*trust-sources\.yaml:1:)(?![\s\S]*broken\.yaml)/);
  });

  it('go to the function that attests, and to no other', () => {
    write('trust-sources.yaml', { trust_sources: { oidc: [oidc] } });
    const set = readPolicies(folder);
    expect(JSON.parse(String(besideAttesting(set)['trust-sources.json']))).toEqual(set.trust);
    expect(Object.keys(besideJudging(set))).not.toContain('trust-sources.json');
  });
});

describe('a file of a policy folder', () => {
  it.each([
    ['invoice-processor.yaml', true],
    ['trust-sources.yaml', false],
    ['guardrail.yaml', false],
    ['identity-providers.yaml', false],
    ['invoice-processor.cases.json', false],
    ['my-trust-sources.yaml', true],
  ])('%s is a policy: %s', (name, is) => {
    expect(isPolicyFile(name)).toBe(is);
  });
});
