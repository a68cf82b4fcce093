import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');

/** What the CDK app does when asked for a stack with these policies: exit code and what it prints as errors. */
function synth(policies: string): { status: number; stderr: string } {
  const env = {
    ...process.env,
    CDK_CONTEXT_JSON: JSON.stringify({ policies }),
    CDK_OUTDIR: join(policies, 'cdk.out'),
  };
  try {
    execFileSync(process.execPath, ['bin/app.ts'], { cwd: root, env, stdio: 'pipe' });
    return { status: 0, stderr: '' };
  } catch (error) {
    const { status, stderr } = error as { status: number; stderr: Buffer };
    return { status, stderr: String(stderr) };
  }
}

test('broken policies end the synth with exit code 1, each fault with its place and what to do', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mayfly-policies-'));
  const source = readFileSync(join(root, 'policies/invoice-processor.yaml'), 'utf8');
  const put = (name: string, from: string, to: string) => {
    expect(source).toContain(from);
    writeFileSync(join(folder, name), source.replace(from, to));
  };
  copyFileSync(join(root, 'policies/guardrail.yaml'), join(folder, 'guardrail.yaml'));
  put('bucket.yaml', 'acme-invoices', 'somebody-elses');
  put('key.yaml', 'purpose:', 'porpuse:');
  put('action.yaml', 's3:GetObject', 's3:*');
  try {
    const { status, stderr } = synth(folder);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^The policies do not compile, so nothing was synthesized:/);
    expect(stderr).toMatch(/action\.yaml:\d+:\d+: .*without wildcards/);
    expect(stderr).toMatch(/bucket\.yaml:\d+:\d+: .*the guardrail does not list the bucket somebody-elses/);
    expect(stderr).toMatch(/key\.yaml:\d+:3: .*unknown key; did you mean purpose\?/);
    expect(stderr).not.toMatch(/\n\s+at /);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
