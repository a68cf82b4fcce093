import { generateKeyPairSync } from 'node:crypto';
import { onTestFinished } from 'vitest';
import type { GrantOf } from '../../../core/grant.ts';
import type { Lease } from '../../../core/lease.ts';
import type { ContextPolicy } from '../../../core/policy/schema.ts';
import type { OauthCapability } from '../../../core/policy/schema-capabilities.ts';
import type { ClientSystem } from '../../../core/policy/schema-systems.ts';
import type { Granting, Made } from '../../../core/use-cases/connector.ts';
import { sealer } from '../../../lambda/aws/sealer.ts';
import { type OauthConnectorOptions, oauthConnector } from '../../../lambda/connectors/oauth.ts';
import type { Send } from '../../../lambda/outbound/outbound.ts';
import { sender } from '../../../lambda/outbound/send.ts';
import { compact, signingKey } from '../../../local/people/signing.ts';
import type { OauthServerClient } from '../../../local/systems/oauth-clients.ts';
import { type OauthServer, startOauthServer } from '../../../local/systems/oauth-server.ts';
import { newLease } from '../../contract/ports/leases.ts';
import { invoicePolicy } from '../../core/invoices.ts';
import { manualClock } from '../../core/use-cases/world.ts';
import { memorySecrets } from '../../ports/memory-secrets.ts';
import { grantKeyArn, memorySymmetricKms } from '../../ports/memory-symmetric-kms.ts';

/** Characters that a client has to encode, and that would break out of a header or a form. */
export const clientSecret = 'S3cret+&=%:"~';
const secretArn = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:vat-AbCdEf';

/** A private key as JWK and the key set that a server knows of it. */
export function clientKey(kid: string) {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const jwk = { ...privateKey.export({ format: 'jwk' }), kid };
  return { secret: JSON.stringify(jwk), keys: { keys: [{ ...publicKey.export({ format: 'jwk' }), kid }] } };
}

/** Requests as functions send them. */
export const realSend: Send = sender({ inLambda: false });

type Changed = {
  readonly client?: Partial<ClientSystem>;
  readonly server?: Partial<OauthServerClient>;
  readonly capability?: Partial<OauthCapability>;
  readonly options?: Partial<OauthConnectorOptions>;
  readonly secret?: string;
  readonly withoutRevocation?: true;
};

/** A broker’s connector and an authorization server on this machine, changed as a test needs; it is stopped after the test. */
export async function oauthWorld(changed: Changed = {}) {
  const clock = manualClock();
  const broker = signingKey('ES256', 'broker-1');
  const server = await startOauthServer({
    clock,
    lifetime: 240,
    clients: [registered(changed)],
    trusts: { issuer: 'https://mayfly.test', keys: async () => ({ keys: [{ ...broker.jwk, kty: 'EC' }] }) },
  });
  onTestFinished(server.stop);
  const secrets = memorySecrets({ [secretArn]: changed.secret ?? clientSecret });
  const kms = memorySymmetricKms();
  const pauses: number[] = [];
  const assertions: string[] = [];
  const client: ClientSystem = {
    client_id: 'mayfly:vat',
    authentication: 'client_secret_basic',
    secret: secretArn,
    hosts: ['127.0.0.1'],
    ...(!changed.withoutRevocation && { revocation_endpoint: server.revocation_endpoint }),
    longest_token: 3_600,
    private_network: true,
    ...changed.client,
  };
  const connector = oauthConnector({
    systems: { databases: {}, clients: { 'vat-client': client }, secrets: {} },
    secrets,
    send: realSend,
    sealer: sealer(kms.kms, grantKeyArn),
    clock,
    elapsed: () => pauses.reduce((sum, each) => sum + each, 0),
    pause: async (milliseconds) => void pauses.push(milliseconds),
    assertion: async ({ id }) => {
      const claims = { iss: 'https://mayfly.test', aud: server.token_endpoint, sub: 'alice', jti: id };
      const head = JSON.stringify({ alg: 'ES256', kid: broker.kid });
      const payload = JSON.stringify({ ...claims, exp: clock() + 60 });
      assertions.push(compact(head, payload, 'ES256', broker.privateKey));
      return String(assertions.at(-1));
    },
    ...changed.options,
  });
  const policy = policyFor(server, changed.capability);
  const lease = newLease();
  const world = { server, clock, secrets, secretArn, kms, pauses, assertions, connector, policy, lease };
  return { ...world, ...acting(world) };
}

function acting({
  connector,
  policy,
  clock,
  lease,
  server,
}: {
  readonly connector: ReturnType<typeof oauthConnector>;
  readonly policy: ContextPolicy;
  readonly clock: ReturnType<typeof manualClock>;
  readonly lease: Lease;
  readonly server: OauthServer;
}) {
  return {
    mint: (of: Lease = lease) => connector.mint(grantingOf(of), policy, clock()),
    end: (made: readonly Made<'oauth'>[], of: Lease = lease) =>
      connector.end(
        grantingOf(
          of,
          made.flatMap(({ sealed }) => sealed ?? []),
        ),
      ),
    /** The status with which the protected service answers a token. */
    use: async ({ credential }: Made<'oauth'>) => {
      const headers = { Authorization: `Bearer ${credential.access_token}` };
      return (await fetch(`${server.url}/vat/DE123456789`, { headers })).status;
    },
    /** Tokens that work: all that were issued and are not revoked. */
    left: () => server.tokens().filter(({ revoked }) => !revoked).length,
  };
}

/** The grant of the lease as it is stored, with what is sealed of it. */
export function grantingOf(lease: Lease, sealed?: readonly string[]): Granting<'oauth'> {
  const guarantee: GrantOf<'oauth'>['guarantee'] = {
    ends: 'deadline',
    typical_seconds: 1,
    worst_seconds: 60,
    basis: 'assumed',
    enforced_by: ['revocation'],
    outlives: [],
  };
  const named = { kind: 'oauth', name: 'check_vat', client: 'vat-client' } as const;
  return { lease, grant: { ...named, capabilities: ['check_vat'], guarantee, ...(sealed && { sealed }) } };
}

function registered({ server, secret = clientSecret, client }: Changed): OauthServerClient {
  return {
    client_id: 'mayfly:vat',
    authentication: client?.authentication ?? 'client_secret_basic',
    secret,
    grants: ['client_credentials', 'token_exchange'],
    scopes: ['vat.read', 'vat.write'],
    ...server,
  };
}

function policyFor(
  { token_endpoint }: OauthServer,
  capability: Partial<OauthCapability> = {},
): ContextPolicy {
  const oauth = { token_endpoint, client: 'vat-client', scope: 'vat.read', ...capability };
  return invoicePolicy({ capabilities: { check_vat: { oauth } } });
}
