import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { synthesize } from '../../local/synthesize.ts';
import { readAssembly } from '../../local/template/load.ts';

const policies = join(import.meta.dirname, '../policies');

/** What the template of this address says of it: its output, and the setting of every function that has one. */
async function saidOf(publicUrl: string) {
  const made = await synthesize({ policies, publicUrl });
  try {
    const { template } = readAssembly(made.folder);
    const { Outputs } = template as unknown as { Outputs: Record<string, { Value: unknown }> };
    const settings = Object.values(template.Resources).flatMap(({ Properties }) => {
      const { Environment } = (Properties ?? {}) as { Environment?: { Variables: Record<string, unknown> } };
      const url = Environment?.Variables['MAYFLY_PUBLIC_URL'];
      return url === undefined ? [] : [url];
    });
    return { url: Outputs['Url']?.Value, keys: Outputs['Jwks']?.Value, settings };
  } finally {
    made.remove();
  }
}

test('a broker behind a domain of its own tells it to who reads the outputs, and to each function that reads proofs or signs', async () => {
  const publicUrl = 'https://agents.example.com/mayfly';
  const { url, keys, settings } = await saidOf(publicUrl);
  expect({ url, keys }).toEqual({ url: publicUrl, keys: `${publicUrl}/.well-known/jwks.json` });
  expect(settings).toEqual(settings.map(() => publicUrl));
  expect(settings).toHaveLength(6);
}, 120_000);

/** What the app prints when it refuses this address; throws where it does not. */
async function refusalOf(publicUrl: string): Promise<{ code: unknown; stderr: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'mayfly-refused-'));
  const env = {
    ...process.env,
    CDK_OUTDIR: folder,
    CDK_CONTEXT_JSON: JSON.stringify({ policies, publicUrl, nag: 'false' }),
  };
  try {
    await promisify(execFile)(process.execPath, ['bin/app.ts'], {
      cwd: join(import.meta.dirname, '../..'),
      env,
    });
    throw new Error('it was synthesized');
  } catch (error) {
    const { code, stderr } = error as { code: unknown; stderr: string };
    return { code, stderr };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test.each([
  ['a slash at the end', 'https://broker.example.com/'],
  ['no encryption', 'http://broker.example.com'],
  ['a query', 'https://broker.example.com/mayfly?stage=live'],
  ['a deeper path', 'https://broker.example.com/a/b'],
  ['a name that no domain has', 'https://broker..example.com'],
  ['a machine, where a domain is to be', 'https://localhost'],
  ['an address, where a domain is to be', 'https://10.0.0.1'],
  ['a password', 'https://me:secret@broker.example.com'],
  ['a port, which no custom domain has', 'https://broker.example.com:8443'],
  ['capitals, which clients would write small', 'https://Broker.example.com'],
])('an address with %s is refused in words', async (_, publicUrl) => {
  const { code, stderr } = await refusalOf(publicUrl);
  expect(code).toBe(1);
  expect(stderr).toContain(`publicUrl is ${publicUrl}: use https://<domain>`);
  expect(stderr).not.toMatch(/\n\s+at /);
});
