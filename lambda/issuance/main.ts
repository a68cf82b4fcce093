import { Logger } from '@aws-lambda-powertools/logger';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KMSClient } from '@aws-sdk/client-kms';
import { STSClient } from '@aws-sdk/client-sts';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { BrokerError } from '../../core/broker-error.ts';
import { sha256Base64Url } from '../../core/hash.ts';
import { idempotencyKey, leaseRequest } from '../../core/protocol/requests.ts';
import { issuanceSettings } from '../../core/settings.ts';
import { issueLease } from '../../core/use-cases/issue-lease.ts';
import { publicKeyReader } from '../aws/attestation-key.ts';
import { leaseStore } from '../aws/lease-store.ts';
import { stsMinter } from '../aws/sts-minter.ts';
import { now } from '../clock.ts';
import { attested } from '../http/attested.ts';
import { parseBody, type Request } from '../http/request.ts';
import { serve } from '../http/serve.ts';
import { credentialsView, leaseView } from '../http/views.ts';
import { loadPolicies } from '../policies.ts';

const settings = issuanceSettings.read(process.env);
const publicKey = publicKeyReader(new KMSClient({}), settings.attestationKey);
const world = {
  leases: leaseStore(DynamoDBDocumentClient.from(new DynamoDBClient({})), settings.leaseTable),
  minter: stsMinter(new STSClient({}), now),
  policies: loadPolicies(),
  roles: { arnPrefix: settings.grantRolePrefix, shards: Number(settings.grantRoleShards) },
  clock: now,
};

function keyOf(request: Request): string {
  const key = idempotencyKey.safeParse(request.header('Idempotency-Key'));
  if (key.success) return key.data;
  throw new BrokerError('invalid_request', 'an Idempotency-Key is needed: 8 to 64 of A-Z a-z 0-9 _ . : -', {
    path: 'Idempotency-Key',
  });
}

/** The relying party that turns a task into a lease; the only function that may assume grant roles. */
export const handler = serve(
  {
    'POST /v1/leases': async (request) => {
      const { result, proof } = await attested(request, {
        publicUrl: settings.publicUrl,
        publicKey,
        clock: now,
      });
      const body = parseBody(request, leaseRequest);
      const order = {
        attested: result,
        proof,
        idempotencyKey: keyOf(request),
        request: body,
        requestHash: sha256Base64Url(request.body),
      };
      const { lease, credentials } = await issueLease(world, order);
      return {
        status: 201,
        body: {
          lease: leaseView(lease, now()),
          credentials: { aws: credentialsView(credentials, lease.deadline) },
        },
      };
    },
  },
  new Logger({ serviceName: 'issuance' }),
);
