import { readFile } from 'node:fs/promises';
import { spiffeX509 } from '../../client/index.ts';

export const evidence = spiffeX509(async () => ({
  chain: await readFile('/run/spiffe/svid.pem', 'utf8'),
  key: await readFile('/run/spiffe/svid_key.pem', 'utf8'),
}));
