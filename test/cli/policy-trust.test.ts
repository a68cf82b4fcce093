import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { atTerminal } from './run.ts';

const root = mkdtempSync(join(tmpdir(), 'mayfly-trust-'));
afterAll(() => rmSync(root, { recursive: true }));

const issuer = 'https://token.actions.githubusercontent.com';
const oidc = { issuer, jwks_uri: `${issuer}/.well-known/jwks` };
const byToken = `oidc: { issuer: "${issuer}", subject: "repo:acme/web:environment:production", claims: { repository_id: "1" } }`;

/** A folder whose release agent proves itself by tokens alone, with these trust sources and what is changed of the policy. */
function folderWith(
  trust: object | undefined,
  ...replacements: readonly (readonly [string, string])[]
): string {
  const folder = mkdtempSync(join(root, 'policies-'));
  for (const name of [
    'guardrail.yaml',
    'release-agent.yaml',
    'release-agent.cases.json',
    'identity-providers.yaml',
  ])
    cpSync(join('policies', name), join(folder, name));
  // JSON is YAML, too.
  if (trust) writeFileSync(join(folder, 'trust-sources.yaml'), JSON.stringify({ trust_sources: trust }));
  const file = join(folder, 'release-agent.yaml');
  const changes = [
    ['aws_iam: { role: "arn:aws:iam::111122223333:role/release-agent" }', byToken],
    ...replacements,
  ];
  const text = changes.reduce(
    (source, [from = '', to = '']) => {
      expect(source).toContain(from);
      return source.replace(from, () => to);
    },
    readFileSync(file, 'utf8'),
  );
  writeFileSync(file, text);
  return folder;
}

const run = (...args: readonly string[]) => atTerminal(['policy', ...args]);
const trusting = folderWith({ oidc: [oidc] });
const policy = join(trusting, 'release-agent.yaml');

describe('a folder with trust sources, and a policy of tokens alone', () => {
  it('lints, and its trust sources are no policy', async () => {
    const { code, out } = await run('lint', trusting);
    expect(code).toBe(0);
    expect(out).toMatch(/^1 policies compile; no errors, /m);
    expect(out).not.toContain('attestation');
  });

  it('lints the ways of a single file by the trust sources beside it', async () => {
    const { out } = await run('lint', policy);
    expect(out).toMatch(/^1 policies compile; no errors, /m);
  });

  it('warns at the place of a way', async () => {
    const names = folderWith({ oidc: [oidc] }, [', claims: { repository_id: "1" }', '']);
    const { out } = await run('lint', names);
    expect(out).toMatch(
      /release-agent\.yaml:8:9: warning: attestation\.any_of\.0\.oidc: names of repositories/,
    );
  });

  it('runs its cases, and explains one', async () => {
    expect((await run('test', trusting)).out).toMatch(
      /^(\d+) of \1 cases of 1 policies came out as expected\.$/m,
    );
    const file = join(root, 'task.json');
    writeFileSync(
      file,
      JSON.stringify({ task: { capabilities: ['push_image'], parameters: { service: 'web' } } }),
    );
    const { code, out } = await run('explain', policy, '--task', file);
    expect(code).toBe(0);
    expect(out).toContain('on arn:aws:ecr:eu-central-1:111122223333:repository/web');
  });

  it('gives cases the facts of the token, for parameters that come from there', async () => {
    const fromToken = folderWith(
      { oidc: [oidc] },
      [
        'pattern: "[a-z][a-z0-9-]{1,30}", source: claimed',
        'pattern: "[a-z][a-z0-9-]{1,30}", source: { attestation: oidc_subject }',
      ],
      ['"repo:acme/web:environment:production"', 'web'],
    );
    const file = join(root, 'task-of-token.json');
    writeFileSync(file, JSON.stringify({ task: { capabilities: ['push_image'] } }));
    const { out } = await run('explain', join(fromToken, 'release-agent.yaml'), '--task', file);
    expect(out).toContain('on arn:aws:ecr:eu-central-1:111122223333:repository/web');
  });
});

describe('a folder whose trust sources', () => {
  it('are missing does not compile, and says which file is', async () => {
    const { code, out } = await run('lint', folderWith(undefined));
    expect(code).toBe(1);
    expect(out).toMatch(
      /release-agent\.yaml:8:\d+: error: .*trust-sources\.yaml lists no issuer https:\S+ under oidc/,
    );
  });

  it('are broken tells their mistakes at their places, and decides nothing', async () => {
    const broken = folderWith({ oidc: [{ ...oidc, jwks_uri: 'http://keys.example' }] });
    expect((await run('lint', broken)).out).toMatch(
      /trust-sources\.yaml:1:\d+: error: trust_sources\.oidc\.0\.jwks_uri: keys come from an https address/,
    );
    expect(await run('test', broken)).toMatchObject({ code: 1, out: '' });
    expect(await run('explain', join(broken, 'release-agent.yaml'), '--case', 'x')).toMatchObject({
      code: 1,
      out: '',
    });
    expect(await run('diff', trusting, broken)).toMatchObject({ code: 1, out: '' });
  });
});

describe('a change of trust sources', () => {
  const wider = folderWith({ oidc: [oidc], aws_nitro: {} });

  it('is told, and fails where widening has to', async () => {
    const { out } = await run('diff', trusting, wider);
    expect(out).toContain('trust sources');
    expect(out).toMatch(/wider {5}aws_nitro trusts: now roots "641a0321/);
    expect((await run('diff', trusting, wider, '--fail-on-widening')).code).toBe(1);
    expect((await run('diff', wider, trusting, '--fail-on-widening')).code).toBe(0);
  });

  it('is none between folders that trust the same', async () => {
    expect((await run('diff', trusting, folderWith({ oidc: [oidc] }))).out).toMatch(
      /^0 wider, 0 narrower, 0 unclear/,
    );
  });

  it('from a role to a token is a way more and a way less', async () => {
    const { out } = await run('diff', 'policies/release-agent.yaml', policy);
    expect(out).toMatch(/wider {5}may be an agent: now oidc \{/);
    expect(out).toMatch(/narrower {2}may be an agent: no longer aws_iam \{/);
  });
});
