import { Logger } from '@aws-lambda-powertools/logger';
import { KMSClient } from '@aws-sdk/client-kms';
import { exportJWK } from 'jose';
import { discoverySettings } from '../../core/settings.ts';
import { keyId, publicKeyReader } from '../aws/attestation-key.ts';
import { patience } from '../aws/patience.ts';
import { serve } from '../http/serve.ts';

const settings = discoverySettings.read(process.env);
const kms = new KMSClient(patience);
const keys = [settings.attestationKey, settings.grantKey].map((arn) => ({
  kid: keyId(arn),
  read: publicKeyReader(kms, arn),
}));
const cacheable = { 'Cache-Control': 'public, max-age=300' };

/** What others need to trust our tokens (OpenID Connect Discovery 1.0; RFC 7517). Public. */
export const handler = serve(
  {
    'GET /.well-known/jwks.json': async () => {
      const jwks = keys.map(async ({ kid, read }) => {
        return { ...(await exportJWK(await read())), use: 'sig', alg: 'ES256', kid };
      });
      return { status: 200, headers: cacheable, body: { keys: await Promise.all(jwks) } };
    },
    'GET /.well-known/openid-configuration': async () => ({
      status: 200,
      headers: cacheable,
      body: {
        issuer: settings.publicUrl,
        jwks_uri: `${settings.publicUrl}/.well-known/jwks.json`,
        id_token_signing_alg_values_supported: ['ES256'],
        subject_types_supported: ['public'],
        response_types_supported: ['none'],
      },
    }),
  },
  new Logger({ serviceName: 'discovery' }),
);
