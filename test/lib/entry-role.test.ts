import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CloudAssembly } from 'aws-cdk-lib/cx-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { namedTemplate } from '../../lib/checked-synth.ts';
import { attachmentsOf, inWords, type NamedTemplate, statementsOf } from '../../lib/statements.ts';
import { approverArn, operatorArn, serviceArn } from '../synth.ts';
import { synthesized } from './assembly.ts';

const root = join(import.meta.dirname, '../..');
const entryRole =
  'arn:${AWS::Partition}:iam::111122223333:role/mayfly/mayfly/entry/mayfly-eu-central-1-entry';
const anchor =
  'arn:aws:rolesanywhere:eu-central-1:111122223333:trust-anchor/0a1b2c3d-0000-1111-2222-333344445555';
const github = 'token.actions.githubusercontent.com';
const entry = {
  web_identity: [
    { issuer: `https://${github}`, subjects: ['repo:acme/agent:*', 'repo:acme/other:ref:refs/heads/main'] },
    { issuer: 'https://gitlab.example/sub', audience: 'aws', subjects: ['project_path:acme/agent:*'] },
  ],
  roles_anywhere: [anchor],
};

const folder = mkdtempSync(join(tmpdir(), 'mayfly-entry-'));
const policies = join(folder, 'policies');
let withEntry: NamedTemplate;

/** Synthesizes the app, checks of statements and cdk-nag included; throws where it does not end well. */
async function synthesize(): Promise<NamedTemplate> {
  const assembly = join(folder, 'assembly');
  const context = { operators: operatorArn, approvers: approverArn, services: serviceArn, policies };
  await promisify(execFile)(process.execPath, [join(root, 'bin/app.ts')], {
    cwd: root,
    env: {
      ...process.env,
      CDK_DEFAULT_ACCOUNT: '111122223333',
      CDK_DEFAULT_REGION: 'eu-central-1',
      CDK_OUTDIR: assembly,
      CDK_CONTEXT_JSON: JSON.stringify(context),
    },
  });
  const [stack] = new CloudAssembly(assembly).stacks;
  if (!stack) throw new Error('the assembly holds no stack');
  return namedTemplate(stack);
}

beforeAll(async () => {
  cpSync(join(root, 'test/policies'), policies, { recursive: true });
  // JSON is YAML, too.
  writeFileSync(join(policies, 'trust-sources.yaml'), JSON.stringify({ trust_sources: { entry } }));
  withEntry = await synthesize();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Statements by where they stand. */
function statements(template: NamedTemplate): Map<string, string[]> {
  const found = Map.groupBy(statementsOf(template), ({ where, document }) => `${where} ${document}`);
  return new Map([...found].map(([place, all]) => [place, all.map(inWords)]));
}

/** Where two templates hold other statements, and what the second holds there. */
function differences(before: NamedTemplate, after: NamedTemplate): Record<string, string[]> {
  const [old, now] = [statements(before), statements(after)];
  const places = [...new Set([...old.keys(), ...now.keys()])];
  return Object.fromEntries(
    places
      .filter((place) => JSON.stringify(old.get(place)) !== JSON.stringify(now.get(place)))
      .map((place) => [place, now.get(place) ?? []]),
  );
}

type Resource = { readonly Type: string; readonly Properties: Readonly<Record<string, unknown>> };

function resources({ template, nameOf }: NamedTemplate): Record<string, Resource> {
  const all = Object.entries(template.Resources as Record<string, Resource>);
  return Object.fromEntries(all.map(([id, resource]) => [nameOf(id) ?? id, resource]));
}

describe('a stack with an entry in its trust sources', () => {
  it('trusts the tokens of those subjects and that audience, and certificates under that anchor, for one role', () => {
    const {
      'Entry/Role AssumeRolePolicyDocument': trust,
      'Broker/Api Policy': api,
      ...others
    } = differences(synthesized(), withEntry);
    expect(trust).toEqual([
      `Allow sts:AssumeRoleWithWebIdentity to Federated arn:\${AWS::Partition}:iam::111122223333:oidc-provider/${github} if StringEquals ${github}:aud = sts.amazonaws.com and StringLike ${github}:sub = repo:acme/agent:* | repo:acme/other:ref:refs/heads/main`,
      'Allow sts:AssumeRoleWithWebIdentity to Federated arn:${AWS::Partition}:iam::111122223333:oidc-provider/gitlab.example/sub if StringEquals gitlab.example/sub:aud = aws and StringLike gitlab.example/sub:sub = project_path:acme/agent:*',
      `Allow sts:AssumeRole to Service rolesanywhere.amazonaws.com if ArnEquals aws:SourceArn = ${anchor}`,
      `Allow sts:SetSourceIdentity, sts:TagSession to Service rolesanywhere.amazonaws.com if ArnEquals aws:SourceArn = ${anchor}`,
    ]);
    // What the API says is below.
    expect(api).toBeDefined();
    expect(others).toEqual({});
  });

  it('lists the role among agents in the policy of the API, and nowhere else', () => {
    const [before, after] = [synthesized(), withEntry].map(
      (each) => statements(each).get('Broker/Api Policy') ?? [],
    );
    const without = after?.map((text) => text.replace(`${entryRole} | `, '').replace(` | ${entryRole}`, ''));
    expect(without).toEqual(before);
    const listing = after?.filter((text) => text.includes(entryRole)) ?? [];
    // All closed routes, allowed and not denied, and those of agents, alone and with others, not denied.
    expect(listing).toHaveLength(4);
    for (const text of listing)
      expect(text).not.toMatch(/v1\/(approvals|revocations|quarantines|introspections)/);
  });

  it('gives the role the policy of agents, and no other, for an hour', () => {
    const attached = attachmentsOf(withEntry);
    expect(attached['Entry/Role']).toEqual(['${Broker/AgentAccess}']);
    expect(Object.keys(attached).filter((name) => !name.startsWith('Grants/'))).toEqual(['Entry/Role']);
    const { Properties } = resources(withEntry)['Entry/Role'] ?? {};
    expect(Properties).toMatchObject({
      RoleName: 'mayfly-eu-central-1-entry',
      Path: '/mayfly/mayfly/entry/',
      MaxSessionDuration: 3_600,
    });
    expect(Properties).not.toHaveProperty('Policies');
  });

  it('tells the function that attests of it, and no other', () => {
    const told = Object.entries(resources(withEntry)).filter(
      ([, { Type, Properties }]) =>
        Type === 'AWS::Lambda::Function' &&
        JSON.stringify(Properties['Environment'] ?? {}).includes('-entry'),
    );
    expect(told.map(([name]) => name)).toEqual(['Attestation/Function']);
  });

  it('keeps grant roles from what they were kept from before', () => {
    const boundaries = (template: NamedTemplate) =>
      Object.entries(resources(template)).filter(([name]) => /^Grants\/.*Boundary$/.test(name));
    expect(boundaries(withEntry).length).toBeGreaterThan(3);
    expect(boundaries(withEntry)).toEqual(boundaries(synthesized()));
  });
});

describe('a stack without one', () => {
  it('has no role of the kind, and no word of it', () => {
    expect(Object.keys(resources(synthesized())).filter((name) => name.startsWith('Entry'))).toEqual([]);
    expect(JSON.stringify(synthesized().template)).not.toContain('/entry/');
  });
});
