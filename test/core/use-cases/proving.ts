import type { AttestationResult } from '../../../core/attestation-result.ts';
import { BrokerError } from '../../../core/broker-error.ts';
import type { Bound, Method, Proven } from '../../../core/evidence.ts';
import { type Caller, evidenceBinding } from '../../../core/identity.ts';
import { isOneOf } from '../../../core/own-roles.ts';
import type { Way } from '../../../core/policy/schema-attestation.ts';
import type { Evidence } from '../../../core/protocol/evidence.ts';
import type { AttestingWorld } from '../../../core/use-cases/attest.ts';
import { memoryControls } from '../../ports/memory-controls.ts';
import { memoryNonces } from '../../ports/memory-nonces.ts';
import { memoryFirstUses, memoryRegistry } from '../../ports/memory-registry.ts';
import { invoicePolicy, planning } from '../invoices.ts';
import { entryRole } from './attesting.ts';

export const role = 'arn:aws:iam::111122223333:role/invoice-agent';
export const issuer = 'https://token.example';
export const spiffeId = 'spiffe://acme.example/agent';

/** The agent by its own role, and one that comes through the entry role. */
export const caller: Caller = { role, roleId: 'AROAAGENTONE', userId: 'AROAAGENTONE:session-1' };
export const entered: Caller = {
  role: 'arn:aws:iam::111122223333:role/mayfly-eu-central-1-entry',
  roleId: 'AROAENTRY',
  userId: 'AROAENTRY:github',
};

/** What verified evidence of each method says here, unless a test says otherwise. */
const saying: { readonly [Each in Method]: Proven } = {
  aws_iam: {
    method: 'aws_iam',
    principal: 'AROAAGENTONE',
    role,
    facts: { aws_account: '111122223333', aws_role: 'invoice-agent', aws_session: 'session-1' },
  },
  aws_web_identity: {
    method: 'aws_web_identity',
    principal: 'AROAAGENTONE',
    role,
    facts: { aws_account: '111122223333', aws_role: 'invoice-agent', aws_org: 'o-aaaaaaaaaa' },
  },
  aws_presigned: {
    method: 'aws_presigned',
    principal: 'AROAPRESIGNED',
    role,
    facts: { aws_account: '111122223333', aws_role: 'invoice-agent', aws_session: 'session-1' },
  },
  spiffe_jwt: { method: 'spiffe_jwt', principal: spiffeId, facts: { spiffe_id: spiffeId } },
  spiffe_x509: { method: 'spiffe_x509', principal: spiffeId, facts: { spiffe_id: spiffeId } },
  oidc: { method: 'oidc', principal: `${issuer}#me`, facts: { oidc_issuer: issuer, oidc_subject: 'me' } },
  aws_nitro: { method: 'aws_nitro', facts: {}, measurements: { '0': 'a'.repeat(96) } },
  aws_ec2_iid: { method: 'aws_ec2_iid', facts: { aws_account: '111122223333', ec2_instance: 'session-1' } },
};

/** A verifier told what evidence says; it notes what it was asked, and refuses what is not bound. */
export function toldVerifier(changed: Partial<Record<Method, Partial<Proven>>> = {}) {
  const asked: { readonly method: Method; readonly place: number; readonly bound: Bound }[] = [];
  const verify = async (evidence: Evidence, bound: Bound, place: number): Promise<Proven> => {
    asked.push({ method: evidence.method, place, bound });
    if ('binding' in evidence && evidence.binding !== bound.binding)
      throw new BrokerError('invalid_evidence', 'not bound', { path: `evidence[${place}].binding` });
    return { ...saying[evidence.method], ...changed[evidence.method] };
  };
  return { asked, verify };
}

/** Everything that attesting touches, in memory, for a policy with these ways. */
export function provingWorld(any_of: Way[], changed: Partial<Record<Method, Partial<Proven>>> = {}) {
  const signed: AttestationResult[] = [];
  const controls = memoryControls();
  const told = toldVerifier(changed);
  const world = {
    policies: [invoicePolicy({ attestation: { any_of } })],
    entryRole,
    nonces: memoryNonces(),
    firstUses: memoryFirstUses(),
    agents: memoryRegistry(),
    verify: told.verify,
    signer: { sign: async (result: AttestationResult) => `token ${signed.push(result)}` },
    trustDomain: 'mayfly.local',
    controlsOf: async (scopes: readonly string[]) => controls.of(scopes),
    isOwnRole: isOneOf(planning.roles.arnPrefix, entryRole),
  } satisfies AttestingWorld;
  return { world, signed, controls, asked: told.asked };
}

/** A request with evidence of these methods, for this nonce and key. */
export function requestWith(nonce: string, methods: readonly Method[], jkt = 'thumbprint-1') {
  const evidence = methods.map(
    (method) =>
      (method === 'aws_iam'
        ? { method, binding: evidenceBinding(nonce, jkt) }
        : { method, token: 'a.b.c' }) as Evidence,
  );
  return { agent_type: 'invoice_processor', nonce, evidence };
}
