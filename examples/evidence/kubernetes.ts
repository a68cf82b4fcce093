import { readFile } from 'node:fs/promises';
import { oidc } from '../../client/index.ts';

export const evidence = oidc(process.env['MAYFLY_URL'] ?? '', async () => {
  const token = await readFile('/var/run/secrets/mayfly/token', 'utf8');
  return token.trim();
});
