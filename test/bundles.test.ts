import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';
import { describe, expect, inject, it } from 'vitest';
import { bytesAtStart, outputsAtStart } from '../lib/bundle.ts';

const bundles = join(inject('assembly'), 'bundles');

/** The clients that each function may hold; a function that is not listed may hold none. */
const mayHold: Readonly<Record<string, readonly string[]>> = {
  discovery: ['client-kms'],
  attestation: ['client-dynamodb', 'client-kms', 'lib-dynamodb'],
  lookup: ['client-dynamodb', 'client-s3', 'lib-dynamodb'],
  issuance: ['client-dynamodb', 'client-kms', 'client-sqs', 'client-sts', 'lib-dynamodb'],
  lifecycle: ['client-dynamodb', 'client-kms', 'client-sqs', 'lib-dynamodb'],
  operations: ['client-dynamodb', 'client-sqs', 'lib-dynamodb'],
  timer: ['client-dynamodb', 'client-sns', 'client-sqs', 'lib-dynamodb'],
  sweeper: ['client-dynamodb', 'client-sqs', 'lib-dynamodb'],
  postgres: ['client-dynamodb', 'client-secrets-manager', 'lib-dynamodb'],
  oauth: ['client-dynamodb', 'client-kms', 'client-secrets-manager', 'lib-dynamodb'],
  jwt: ['client-dynamodb', 'client-kms', 'lib-dynamodb'],
  proxy: ['client-dynamodb', 'client-kms', 'client-secrets-manager', 'lib-dynamodb'],
  revoker: ['client-dynamodb', 'client-iam', 'client-sqs', 'lib-dynamodb'],
};

/**
 * Clients inside the SDK's default credential chain (`@aws-sdk/nested-clients`), which every bundle carries
 * because one ES module has no chunks to load later: web identity asks sts, single sign-on asks sso and
 * sso-oidc, `aws login` asks signin. In Lambda the chain ends at the environment and none of them is called.
 */
const chain = ['signin', 'sso', 'sso-oidc', 'sts'];

const never = ['@cloud-copilot/iam-simulate', 'yaml', 'dynalite', 'aws-cdk-lib', 'constructs', 'esbuild'];

/** Minified bytes that a bundle may weigh; what it loads at a cold start, the agent waits for. */
const heaviest = 600_000;

/** Modules whose code is in a bundle, without the folders before the innermost `node_modules/`. */
function modulesOf(name: string): string[] {
  const metafile: Metafile = JSON.parse(readFileSync(join(bundles, `${name}.meta.json`), 'utf8'));
  return Object.values(metafile.outputs)
    .flatMap(({ inputs }) => Object.entries(inputs))
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
    .map(([path]) => path.split('node_modules/').at(-1) ?? path);
}

function packageOf(module: string): string {
  return module.split('/', module.startsWith('@') ? 2 : 1).join('/');
}

/** What reads CBOR, X.509 and ASN.1. */
const heavy =
  /^(lambda\/evidence\/(nitro|x509|iid\/(ber|signed-data|pinned-certificate))\b|(.*node_modules\/)?(@peculiar|asn1js)\/)/;

describe('the bundles', () => {
  it('load what reads certificates and documents when such evidence comes, and at no start', () => {
    expect(modulesOf('attestation').filter((each) => heavy.test(each)).length).toBeGreaterThan(5);
    for (const name of Object.keys(mayHold)) {
      const inputs = outputsAtStart(join(bundles, name)).flatMap((output) => Object.keys(output.inputs));
      expect(inputs).toContain(`lambda/${name}/main.ts`);
      expect(inputs.filter((each) => heavy.test(each))).toEqual([]);
    }
  });

  it('are those of the functions that were synthesized', () => {
    const template = readdirSync(inject('assembly')).find((name) => name.endsWith('.template.json')) ?? '';
    const { Resources } = JSON.parse(readFileSync(join(inject('assembly'), template), 'utf8'));
    const functions = Object.values<{ Type: string; Properties: { Description?: string } }>(Resources)
      .filter(({ Type }) => Type === 'AWS::Lambda::Function')
      .map(({ Properties }) => Properties.Description?.replace('Mayfly ', ''));
    expect(functions.sort()).toEqual(Object.keys(mayHold).sort());
  });

  describe.each(Object.keys(mayHold))('%s', (name) => {
    const modules = modulesOf(name);
    const packages = [...new Set(modules.map(packageOf))];

    it('is made of what was looked at', () => {
      expect(modules).toContain(`lambda/${name}/main.ts`);
      expect(packages).toContain('@smithy/core');
    });

    it('holds no other client than its work needs', () => {
      const clients = packages.filter((each) => /^@aws-sdk\/(client|lib)-/.test(each));
      expect(clients.sort()).toEqual(mayHold[name]?.map((client) => `@aws-sdk/${client}`));
    });

    it('holds no nested client but those of the credential chain', () => {
      const nested = modules
        .map((module) => /^@aws-sdk\/nested-clients\/.*?submodules\/([^/]+)\//.exec(module)?.[1])
        .filter((client) => client !== undefined);
      expect(chain).toEqual(expect.arrayContaining([...new Set(nested)]));
    });

    it('holds nothing that is for development, synth or the policy compiler', () => {
      expect(packages.filter((each) => never.includes(each))).toEqual([]);
      expect(modules.filter((each) => /^(test|local|lib|bin|demo|cli|bench)\//.test(each))).toEqual([]);
      expect(
        modules.filter((each) =>
          /^core\/policy\/(schema(-\w+)?|identity-providers|source|check(-\w+)?|budget)\.ts$/.test(each),
        ),
      ).toEqual([]);
    });

    it('holds neither all of zod nor its languages', () => {
      expect(modules.filter((each) => /^zod\/(v4\/(classic|locales)|v3)\//.test(each))).toEqual([]);
    });

    it('stays light', () => {
      expect(bytesAtStart(join(bundles, name))).toBeLessThanOrEqual(heaviest);
    });
  });
});
