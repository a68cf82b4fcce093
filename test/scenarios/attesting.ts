import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AssumeRoleWithWebIdentityCommand } from '@aws-sdk/client-sts';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll } from 'vitest';
import {
  type AgentKey,
  type BrokerClient,
  createBrokerClient,
  type EvidenceProducer,
  type SignedFetch,
} from '../../client/index.ts';
import type { AttestationResult } from '../../core/attestation-result.ts';
import type { EpochSeconds } from '../../core/time.ts';
import { startIdentityProvider } from '../../local/people/identity-provider.ts';
import { type LocalCredentials, type StartOptions, start } from '../../local/start.ts';
import { type Assembly, synthesize } from '../../local/synthesize.ts';
import { agentRole, bucket, signedFetch } from '../broker.ts';
import { enclaveAt } from '../evidence/enclave.ts';
import { signatory } from '../evidence/instance-identity.ts';
import { startSpire } from '../evidence/spire.ts';
import { newOperator, type Operator } from '../operator.ts';
import { changeable } from '../own-assembly.ts';
import { approverArn, operatorArn } from '../synth.ts';
import {
  type EvidenceOfAll,
  evidenceBy,
  stsOf,
  type Vouching,
  workflowClaims,
} from './attesting-evidence.ts';
import {
  cluster,
  extractor,
  github,
  partner,
  workflow,
  writeAttestingPolicies,
} from './attesting-policies.ts';

/** A broker whose agents prove themselves in every way, and who vouches for them; they are there once a test runs. */
export type AttestingBroker = Vouching &
  EvidenceOfAll & {
    operator: Operator;
    /** Credentials of the entry role, by a token of GitHub that says this beside its audience. */
    entered(claims?: Readonly<Record<string, unknown>>): Promise<LocalCredentials>;
    /** An agent with a key of its own unless one is given; without credentials it comes through the entry role. */
    agent(
      agentType: string,
      evidence: EvidenceProducer | readonly EvidenceProducer[],
      how?: { readonly as?: LocalCredentials; readonly key?: AgentKey; readonly fetch?: SignedFetch },
    ): Promise<BrokerClient>;
  };

/** For a file of tests: synthesizes these agents' broker and starts it before them, and stops it after them. */
export function attestingBroker(options: Pick<StartOptions, 'alter'> = {}): AttestingBroker {
  const on = {} as AttestingBroker;
  const policies = mkdtempSync(join(tmpdir(), 'mayfly-policies-'));
  let assembly: Assembly;
  beforeAll(async () => {
    const clock = () => on.broker?.now() ?? (Math.floor(Date.now() / 1_000) as EpochSeconds);
    on.tokens = await startIdentityProvider(clock);
    on.spire = await startSpire(clock);
    on.enclave = enclaveAt(clock());
    on.ec2 = signatory(17);
    writeAttestingPolicies(policies, {
      keys: `${on.tokens.url}/keys`,
      bundle: `${on.spire.url}/bundle`,
      nitroRoot: on.enclave.root,
      // A value of a policy folder is of one line.
      instances: on.ec2.pem.trim().replaceAll('\n', ' '),
    });
    assembly = await synthesize({ policies, operators: operatorArn, approvers: approverArn });
    on.broker = await start({ assembly: assembly.folder, schedules: false, ...options });
    await furnish(on, assembly);
    on.operator = newOperator(on.broker);
  });
  afterAll(async () => {
    await Promise.all([on.broker?.stop(), on.tokens?.close(), on.spire?.close()]);
    assembly?.remove();
    rmSync(policies, { recursive: true, force: true });
  });
  return Object.assign(on, evidenceBy(on), {
    entered: (claims?: Readonly<Record<string, unknown>>) => entered(on, claims),
    agent: async (agentType, evidence, { as, key, fetch } = {}) =>
      createBrokerClient({
        url: on.broker.url,
        agentType,
        evidence,
        fetch: fetch ?? signedFetch(on.broker, as ?? (await entered(on))),
        clock: on.broker.now,
        ...(key && { key }),
      }),
  } satisfies Pick<AttestingBroker, 'entered' | 'agent'>);
}

/** Roles, issuers and invoices; and the issuer of the account's own tokens, which is known by now. */
async function furnish({ broker, tokens }: AttestingBroker, { folder }: Assembly): Promise<void> {
  const identity = ['sts:GetWebIdentityToken', 'sts:TagGetWebIdentityToken', 'execute-api:Invoke'];
  const allowed = [{ Effect: 'Allow' as const, Action: identity, Resource: '*' }];
  broker.createRole(agentRole, allowed);
  for (const name of ['extractor', 'indexer', 'crawler'])
    broker.createRole(name, allowed, undefined, { path: '/agents/' });
  broker.createRole('reporter', [], partner, { path: '/partner/' });
  for (const issuer of [github, cluster])
    broker.trustIssuer(issuer, `${tokens.url}/keys`, ['sts.amazonaws.com']);
  broker.createBucket(bucket);
  for (const customer of ['acme', extractor, workflow])
    broker.putObject(bucket, `${customer}/4711.json`, '{}');
  changeable(folder).trust((trust) => ({
    ...trust,
    aws_web_identity: [{ account: broker.account, issuer: broker.webIdentityIssuer() }],
  }));
  await broker.redeploy();
}

/** Enters as a workflow does: by the real client of STS, without credentials. */
async function entered(
  { broker, tokens }: AttestingBroker,
  claims: Readonly<Record<string, unknown>> = {},
): Promise<LocalCredentials> {
  const token = tokens.token({ claims: { ...workflowClaims, aud: 'sts.amazonaws.com', ...claims } });
  const { Credentials } = await stsOf(broker).send(
    new AssumeRoleWithWebIdentityCommand({
      RoleArn: entryRole,
      RoleSessionName: `agent-${crypto.randomUUID()}`,
      WebIdentityToken: token,
    }),
  );
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = Credentials ?? {};
  return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
}

/** The entry role of this deployment. */
export const entryRole = 'arn:aws:iam::111122223333:role/mayfly/mayfly/entry/mayfly-eu-central-1-entry';

/** What the attestation result says. */
export async function resultOf(agent: BrokerClient): Promise<AttestationResult> {
  return decodeJwt<AttestationResult>((await agent.attest()).attestation);
}

/** The task of invoice 4711, of acme unless the attestation is to say whose. */
export function invoice(customer: 'acme' | 'of the attestation' = 'acme') {
  return {
    name: 'process invoice 4711',
    purpose: 'validate the invoice',
    capabilities: ['read_invoice'],
    parameters: { ...(customer === 'acme' && { customer_id: customer }), invoice_id: '4711' },
    estimated_seconds: 120,
  };
}
