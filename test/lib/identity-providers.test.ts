import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readPolicies } from '../../lib/policies.ts';

const provider = {
  issuer: 'https://login.example.com',
  jwks_uri: 'https://keys.example.com',
  audience: 'us',
};
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

describe('the identity providers of a policy folder', () => {
  it('are none where there is no file: nobody can say who a person is', () => {
    expect(readPolicies(folder).identityProviders).toEqual([]);
  });

  it('are read from beside the guardrail, and are not taken for a policy', () => {
    write('identity-providers.yaml', { identity_providers: [provider] });
    const { policies, identityProviders } = readPolicies(folder);
    expect(identityProviders).toMatchObject([provider]);
    expect(policies.map(({ agent_type }) => agent_type)).toEqual(['invoice_processor']);
  });

  it('are told wrong together with the policies', () => {
    write('identity-providers.yaml', { identity_providers: [{ ...provider, audience: '' }] });
    write('broken.yaml', { context_policy: {} });
    expect(() => readPolicies(folder)).toThrow(/identity-providers\.yaml:1:[\s\S]*broken\.yaml:1:/);
  });
});
