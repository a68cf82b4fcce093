import { describe, expect, it } from 'vitest';
import { compileIdentityProviders, PolicySourceError } from '../../core/policy/source.ts';

const text = `identity_providers:
  - issuer: "https://login.example.com"
    jwks_uri: "https://login.example.com/keys"
    audience: mayfly
    mfa: { amr: [mfa], acr: [] }
    sign_in: { client_id: mayfly-cli }
`;
const compile = (source: string) => compileIdentityProviders({ name: 'providers.yaml', text: source });

function refusal(source: string): string {
  try {
    compile(source);
  } catch (error) {
    if (error instanceof PolicySourceError) return error.message;
    throw error;
  }
  throw new Error('the providers were accepted');
}

/** A file of so many providers that differ in their issuer. */
function many(count: number): string {
  const one = (i: number) =>
    `  - { issuer: "https://login${i}.example.com", jwks_uri: "https://login.example.com/keys", audience: mayfly }\n`;
  return `identity_providers:\n${Array.from({ length: count }, (_, i) => one(i)).join('')}`;
}

describe('compiling identity providers', () => {
  it('yields plain JSON', () => {
    const providers = compile(text);
    expect(JSON.parse(JSON.stringify(providers))).toEqual(providers);
    expect(providers).toMatchObject([{ audience: 'mayfly', sign_in: { client_id: 'mayfly-cli' } }]);
  });

  it('takes what is not said to be the strict and the usual', () => {
    const [provider] = compile(many(1));
    expect(provider).toEqual({
      issuer: 'https://login0.example.com',
      jwks_uri: 'https://login.example.com/keys',
      audience: 'mayfly',
      algorithms: ['RS256', 'PS256', 'ES256'],
      mfa: { amr: ['mfa'], acr: [] },
      groups: 'groups',
      private_network: false,
    });
  });

  it('keeps an issuer as it was written, since `iss` is compared character by character', () => {
    const [provider] = compile(text.replace('//login.example.com"', '//Login.Example.com:443/a/../b/"'));
    expect(provider?.issuer).toBe('https://Login.Example.com:443/a/../b/');
  });

  it('takes 10 providers and no eleventh', () => {
    expect(compile(many(10))).toHaveLength(10);
    expect(refusal(many(11))).toMatch(/^providers\.yaml:1:1: identity_providers: .*10/);
  });

  it('refuses an issuer named twice, at the second', () => {
    expect(refusal(text + many(1).split('\n')[1]?.replace('login0', 'login'))).toMatch(
      /^providers\.yaml:7:\d+: identity_providers\.1\.issuer: this issuer is named twice$/,
    );
  });

  it.each(['http://127.0.0.1:8080', 'http://localhost:8080/realm'])('takes %s for a local run', (issuer) => {
    const [provider] = compile(text.replaceAll('https://login.example.com', issuer));
    expect(provider).toMatchObject({ issuer, jwks_uri: `${issuer}/keys` });
  });

  it.each([
    ['a mistyped key', 'audience:', 'audiense:', 'audiense: unknown key; did you mean audience?'],
    ['a mistyped key inside', 'amr:', 'arm:', 'mfa.arm: unknown key; did you mean a'],
    [
      'keys over plain http',
      'https://login.example.com/keys',
      'http://login.example.com/keys',
      'https address',
    ],
    ['an issuer over plain http', 'https://login.example.com"', 'http://login.example.com"', 'https address'],
    [
      'plain http to a host that only begins like this machine',
      'https://login.example.com/keys',
      'http://127.0.0.1.example.com/keys',
      'https address',
    ],
    [
      'plain http to a host behind a user called localhost',
      'https://login.example.com/keys',
      'http://localhost@login.example.com/keys',
      'https address',
    ],
    ['a password', 'https://login.example.com/keys', 'https://a:b@login.example.com/keys', 'https address'],
    ['keys from a file', 'https://login.example.com/keys', 'file:///etc/keys', 'https address'],
    [
      'keys from the text itself',
      'https://login.example.com/keys',
      'data:application/json,{}',
      'https address',
    ],
    ['an address with a backslash', 'login.example.com/keys', 'login.example.com\\\\keys', 'https address'],
    ['an issuer with a query', 'login.example.com"', 'login.example.com?tenant=1"', 'without query'],
    ['an issuer with a fragment', 'login.example.com"', 'login.example.com#1"', 'without query'],
    ['no audience, for which any token of the provider would do', '    audience: mayfly\n', '', 'audience'],
    ['an empty audience', 'audience: mayfly', 'audience: ""', 'printable ASCII'],
    ['a list of audiences', 'audience: mayfly', 'audience: [mayfly, other]', 'a text is needed, not a list'],
    ['no algorithm at all', 'audience:', 'algorithms: []\n    audience:', 'algorithms'],
    ['unsigned tokens', 'audience:', 'algorithms: [none]\n    audience:', 'algorithms'],
    ['a shared secret', 'audience:', 'algorithms: [HS256]\n    audience:', 'algorithms'],
    ['sign-in without a client', '{ client_id: mayfly-cli }', '{}', 'sign_in'],
  ])('refuses %s, with line and column', (_, from, to, message) => {
    expect(text).toContain(from);
    const lines = refusal(text.replace(from, to)).split('\n');
    expect(lines).toContainEqual(expect.stringContaining(message));
    for (const line of lines) expect(line).toMatch(/^providers\.yaml:\d+:\d+: identity_providers\.0/);
  });
});
