import { Logger } from '@aws-lambda-powertools/logger';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KMSClient } from '@aws-sdk/client-kms';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { lifecycleSettings } from '../../core/settings.ts';
import { readLease } from '../../core/use-cases/read-lease.ts';
import { publicKeyReader } from '../aws/attestation-key.ts';
import { leaseStore } from '../aws/lease-store.ts';
import { patience } from '../aws/patience.ts';
import { now } from '../clock.ts';
import { attested } from '../http/attested.ts';
import { leaseIdOf } from '../http/request.ts';
import { serve } from '../http/serve.ts';
import { leaseView } from '../http/views.ts';

const settings = lifecycleSettings.read(process.env);
const publicKey = publicKeyReader(new KMSClient(patience), settings.attestationKey);
const leases = leaseStore(DynamoDBDocumentClient.from(new DynamoDBClient(patience)), settings.leaseTable);

/** An agent's dealings with its own leases. */
export const handler = serve(
  {
    'GET /v1/leases/{id}': async (request) => {
      const { result } = await attested(request, { publicUrl: settings.publicUrl, publicKey, clock: now });
      const lease = await readLease(leases, result, leaseIdOf(request), now());
      return { status: 200, body: { lease: leaseView(lease, now()) } };
    },
  },
  new Logger({ serviceName: 'lifecycle' }),
);
