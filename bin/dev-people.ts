import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readPolicies } from '../lib/policies.ts';
import { type LocalIdentityProvider, startIdentityProvider } from '../local/people/identity-provider.ts';

/** The identity provider of a local run, and the policies with it in the place of their own. */
export type DevPeople = {
  readonly provider: LocalIdentityProvider;
  /** Folder to deploy from. */
  readonly policies: string;
  /** Takes over what has changed in the folder of the policies. */
  copy(): Promise<void>;
  /** A token of the person on whose behalf the example agent works, signed in now. */
  subjectToken(): string;
  stop(): Promise<void>;
};

/** Who may be chosen on its page: one to delegate, and some who are asked. */
const people = [
  { sub: 'alice', customer_id: 'acme', groups: ['clerks'] },
  { sub: 'frieda', groups: ['finance-managers'] },
  { sub: 'dora', groups: ['directors', 'finance-managers'] },
];

/** The one provider stands in for all that the policies name. */
async function standIn(
  folder: string,
  copy: string,
  { url, provider }: LocalIdentityProvider,
): Promise<void> {
  const names = (await readdir(copy)).filter((name) => name.endsWith('.yaml'));
  const issuers = readPolicies(folder).identityProviders.map(({ issuer }) => issuer);
  for (const name of names) {
    const text = await readFile(join(copy, name), 'utf8');
    await writeFile(
      join(copy, name),
      issuers.reduce((changed, issuer) => changed.replaceAll(issuer, url), text),
    );
  }
  // JSON is YAML, too.
  await writeFile(join(copy, 'identity-providers.yaml'), JSON.stringify({ identity_providers: [provider] }));
}

/**
 * Starts an identity provider of three people without passwords, for the policies of this folder; `change` does with a copy
 * of it what else has to be done.
 */
export async function startPeople(
  folder: string,
  change: (copy: string) => Promise<void>,
): Promise<DevPeople> {
  const provider = await startIdentityProvider();
  provider.browserChooses(people);
  const policies = await mkdtemp(join(tmpdir(), 'mayfly-dev-'));
  const copy = async () => {
    await cp(folder, policies, { recursive: true, force: true });
    await standIn(folder, policies, provider);
    await change(policies);
  };
  await copy();
  return {
    provider,
    policies,
    copy,
    subjectToken: () =>
      provider.token({ claims: { ...people[0], exp: Math.floor(Date.now() / 1000) + 3_600 } }),
    async stop() {
      await Promise.all([provider.close(), rm(policies, { recursive: true, force: true })]);
    },
  };
}
