import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { TestProject } from 'vitest/node';
import { startIdentityProvider } from '../local/people/identity-provider.ts';
import { dora, frieda } from './persons.ts';

const removed = { recursive: true, force: true } as const;

declare module 'vitest' {
  interface ProvidedContext {
    /** Folder of the cloud assembly that this run synthesized: template, manifest and assets. */
    assembly: string;
    /** The one identity provider of the run: its address, and the key that it signs with (PKCS#8). */
    identityProvider: { readonly url: string; readonly kid: string; readonly privateKey: string };
  }
}

/** What the CDK command line would say; no account is looked up, so the template never depends on the machine. */
const place = { CDK_DEFAULT_ACCOUNT: '111122223333', CDK_DEFAULT_REGION: 'eu-central-1' };

/** The role that operates the broker under test. */
export const operatorArn = 'arn:aws:iam::111122223333:role/operator';

/** The role through which people decide. */
export const approverArn = 'arn:aws:iam::111122223333:role/approver';

/** The role of services that ask about tokens of the broker. */
export const serviceArn = 'arn:aws:iam::111122223333:role/service';

/** What the tests deploy: a folder of policies, and roles that operate the broker, approve, and ask about tokens. */
const context = { operators: operatorArn, approvers: approverArn, services: serviceArn };

/** Synthesizes the app, with the policies of `test/policies`, once for the whole run, in a process of its own; tests `inject('assembly')`. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const assembly = await mkdtemp(join(tmpdir(), 'mayfly-assembly-'));
  const policies = await mkdtemp(join(tmpdir(), 'mayfly-policies-'));
  const root = join(import.meta.dirname, '..');
  const issuer = await startIdentityProvider();
  issuer.browserChooses([frieda, dora]);
  await cp(join(root, 'test/policies'), policies, { recursive: true });
  // JSON is YAML, too.
  await writeFile(
    join(policies, 'identity-providers.yaml'),
    JSON.stringify({ identity_providers: [issuer.provider] }),
  );
  await promisify(execFile)(process.execPath, [join(root, 'bin/app.ts')], {
    cwd: root,
    env: {
      ...process.env,
      ...place,
      CDK_OUTDIR: assembly,
      CDK_CONTEXT_JSON: JSON.stringify({ ...context, policies }),
    },
  });
  project.provide('assembly', assembly);
  const { kid, privateKey } = issuer.keyFor('ES256');
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  project.provide('identityProvider', { url: issuer.url, kid, privateKey: pem });
  return async () => {
    await Promise.all([issuer.close(), ...[assembly, policies].map((folder) => rm(folder, removed))]);
  };
}
