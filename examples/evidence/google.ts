import { oidc } from '../../client/index.ts';

const identity =
  'http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/identity';

export const evidence = oidc(process.env['MAYFLY_URL'] ?? '', async (audience) => {
  const headers = { 'Metadata-Flavor': 'Google' };
  const answer = await fetch(`${identity}?format=full&audience=${encodeURIComponent(audience)}`, { headers });
  return answer.text();
});
