import { createRemoteJWKSet, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LocalBroker } from '../../local/start.ts';
import { newAgent, startBroker } from '../broker.ts';

let broker: LocalBroker;
beforeAll(async () => {
  broker = await startBroker();
});
afterAll(() => broker.stop());

type Configuration = { issuer: string; jwks_uri: string; id_token_signing_alg_values_supported: string[] };

const published = async <Document>(name: string): Promise<Document> =>
  (await fetch(`${broker.url}/.well-known/${name}`)).json() as Promise<Document>;

describe('whoever trusts the broker', () => {
  test('finds its keys without credentials and verifies an attestation result with them', async () => {
    const configuration = await published<Configuration>('openid-configuration');
    expect(configuration.issuer).toBe(broker.url);
    const agent = await newAgent(broker);
    const { attestation, agent: id } = await agent.attest();
    const { payload, protectedHeader } = await jwtVerify(
      attestation,
      createRemoteJWKSet(new URL(configuration.jwks_uri)),
      { issuer: configuration.issuer, algorithms: configuration.id_token_signing_alg_values_supported },
    );
    expect(protectedHeader.typ).toBe('attestation-result+jwt');
    expect(payload).toMatchObject({ sub: id, cnf: { jkt: agent.key.thumbprint } });
  });

  test('is shown the public halves of the two keys only', async () => {
    const { keys } = await published<{ keys: object[] }>('jwks.json');
    expect(keys).toHaveLength(2);
    for (const key of keys)
      expect(Object.keys(key).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
  });

  test('gets nothing else without a signature', async () => {
    for (const path of ['/v1/challenges', '/v1/leases', '/v1/attestations', '/.well-known/other', '/']) {
      const response = await fetch(`${broker.url}${path}`, { method: 'POST', body: '{}' });
      expect(response.status, path).toBe(403);
    }
  });
});
