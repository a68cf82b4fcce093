import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { trueDocument } from '../evidence/instance-identity.ts';
import { measured } from '../evidence/nitro-document.ts';
import { spiffeId } from '../evidence/svid.ts';

/** Issuers of tokens whose keys the run's own provider publishes: the workflows of GitHub, the pods of a cluster. */
export const github = 'https://token.actions.githubusercontent.com';
export const cluster = 'https://oidc.eks.eu-central-1.amazonaws.com/id/1A2B3C4D';

/** The subject of the workflow that the policies know. */
export const workflow = 'repo:acme/builds:ref:refs/heads/main';

/** The subject of the pod that the policies know, and the audience of its token, which it cannot choose. */
export const pod = 'system:serviceaccount:agents:invoice';
export const podAudience = 'mayfly';

/** The function that the policies know. */
export const extractor = 'arn:aws:lambda:eu-central-1:111122223333:function:extractor';

/** The network of the instances that the policies know, and the image that they are started from. */
export const network = 'vpc-0a1b2c3d';
export const image = trueDocument.imageId;

/** The second workload of the trust domain. */
export const otherSpiffeId = 'spiffe://example.org/ns/agents/sa/archive';

/** The account of a partner, whose role calls no API of ours. */
export const partner = '444455556666';

const here = 'arn:aws:iam::111122223333:role';
const claimed = { type: 'string', pattern: '[a-z0-9-]{1,36}', source: 'claimed' };
const pcrs = Object.fromEntries([0, 1, 2].map((register) => [register, measured[register]]));
const bySvid = [{ spiffe_jwt: { id: spiffeId } }, { spiffe_x509: { id: spiffeId } }];
const byWorkflow = { oidc: { issuer: github, subject: workflow, claims: { repository_id: '42' } } };

/** How each agent type proves itself. */
const ways: Readonly<Record<string, readonly object[]>> = {
  extractor: [{ aws_web_identity: { role: `${here}/agents/extractor`, lambda_function: extractor } }],
  indexer: [{ aws_web_identity: { role: `${here}/agents/indexer` } }],
  crawler: [
    {
      aws_web_identity: { role: `${here}/agents/crawler`, vpc: network },
      aws_ec2_iid: { account: '111122223333', image },
    },
  ],
  reporter: [{ aws_presigned: { role: `arn:aws:iam::${partner}:role/partner/reporter` } }],
  holder: [{ spiffe_jwt: { id: spiffeId } }],
  keeper: [{ spiffe_x509: { id: spiffeId } }],
  archivist: [{ spiffe_jwt: { id: otherSpiffeId } }],
  builder: [byWorkflow],
  pod_agent: [
    {
      oidc: {
        issuer: cluster,
        claims: { 'kubernetes.io': { namespace: 'agents', serviceaccount: { name: 'invoice' } } },
        plain_audience: podAudience,
      },
    },
  ],
  sealed: [{ aws_iam: { role: `${here}/invoice-agent` }, aws_nitro: { pcrs } }],
  united: [{ spiffe_jwt: { id: spiffeId }, spiffe_x509: { id: spiffeId }, oidc: byWorkflow.oidc }],
  workload: bySvid,
  either: [{ aws_iam: { role: `${here}/invoice-agent` } }, byWorkflow],
};

/** What those take from the attestation. */
const customers: Readonly<Record<string, object>> = {
  extractor: { type: 'string', pattern: '[a-z0-9:-]{1,100}', source: { attestation: 'lambda_function' } },
  builder: { type: 'string', pattern: '[a-z:/]{1,100}', source: { attestation: 'oidc_subject' } },
};

function policyOf(agent_type: string, any_of: readonly object[]) {
  return {
    agent_type,
    owner: 'payments-team@example.com',
    purpose: 'Reads one invoice',
    attestation: { any_of, ...(agent_type === 'sealed' && { minimum: 'measured' }) },
    parameters: { customer_id: customers[agent_type] ?? claimed, invoice_id: claimed },
    capabilities: {
      read_invoice: {
        aws: {
          actions: ['s3:GetObject'],
          resources: [`arn:aws:s3:::acme-invoices/\${customer_id}/\${invoice_id}.json`],
        },
      },
    },
    limits: { concurrent_leases: 50 },
  };
}

/** Where this run's sources of trust are. */
export type Sources = {
  readonly keys: string;
  readonly bundle: string;
  readonly nitroRoot: string;
  readonly instances: string;
};

/** Everybody whose word counts; the issuer of the account's own tokens is known only when the broker runs. */
function trustOf({ keys, bundle, nitroRoot, instances }: Sources) {
  return {
    entry: {
      web_identity: [
        { issuer: github, subjects: ['repo:acme/*'] },
        { issuer: cluster, subjects: ['system:serviceaccount:agents:*'] },
      ],
    },
    aws_web_identity: [{ account: '111122223333', issuer: 'https://known-when-it-runs.example' }],
    aws_presigned: { regions: ['eu-central-1'] },
    oidc: [github, cluster].map((issuer) => ({ issuer, jwks_uri: keys })),
    spiffe: [{ trust_domain: 'example.org', bundle_url: bundle }],
    aws_nitro: { roots: [nitroRoot] },
    aws_ec2_iid: [{ region: 'eu-central-1', certificate: instances }],
  };
}

/** Writes a folder of policies of agents that prove themselves in every way. */
export function writeAttestingPolicies(folder: string, sources: Sources): void {
  // JSON is YAML, too.
  const put = (name: string, content: object) =>
    writeFileSync(join(folder, `${name}.yaml`), JSON.stringify(content));
  mkdirSync(folder, { recursive: true });
  const guardrail = { accounts: ['111122223333', partner], services: ['s3'], buckets: ['acme-invoices'] };
  put('guardrail', { guardrail });
  put('trust-sources', { trust_sources: trustOf(sources) });
  for (const [type, any_of] of Object.entries(ways)) put(type, { context_policy: policyOf(type, any_of) });
}
