import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { spiffeJwt } from '../../client/index.ts';

const run = promisify(execFile);

export const evidence = spiffeJwt(process.env['MAYFLY_URL'] ?? '', async (audience) => {
  const { stdout } = await run('spire-agent', ['api', 'fetch', 'jwt', '-audience', audience]);
  return /eyJ[\w-]+\.[\w-]+\.[\w-]+/.exec(stdout)?.[0] ?? '';
});
