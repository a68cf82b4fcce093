import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** A cloud assembly in a folder of its own; `remove` deletes it. */
export type Assembly = { readonly folder: string; remove(): void };

/** The account and region that everything local runs in: the documentation's example account. */
export const localPlace = { account: '111122223333', region: 'eu-central-1' } as const;

/**
 * Runs the CDK app in a process of its own, as `cdk synth` would, without the network. Throws what the app
 * printed when it fails: a policy that does not compile, for example. The app's own check of its statements
 * runs; cdk-nag and CDK's validation of templates, which take seconds, are left to `cdk synth` and the tests.
 */
export async function synthesize(context: Readonly<Record<string, string>> = {}): Promise<Assembly> {
  const folder = mkdtempSync(join(tmpdir(), 'mayfly-assembly-'));
  const root = join(import.meta.dirname, '..');
  const environment = {
    ...process.env,
    CDK_OUTDIR: folder,
    CDK_CONTEXT_JSON: JSON.stringify({ nag: 'false', ...context }),
    CDK_VALIDATION: 'false',
    CDK_DEFAULT_ACCOUNT: localPlace.account,
    CDK_DEFAULT_REGION: localPlace.region,
  };
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    await promisify(execFile)(process.execPath, ['bin/app.ts'], { cwd: root, env: environment });
    return { folder, remove };
  } catch (error) {
    remove();
    const printed = (error as { stderr?: string }).stderr?.trim();
    throw new Error(printed || 'the CDK app failed without saying why', { cause: error });
  }
}
