// `npm run check:python`: the embedded AWS against moto, and the template by cfn-lint. Both are Python programs, so
// this check is beside `npm test` and where they cannot be had it only says so.
import { join } from 'node:path';
import { prepareEnvironment } from './environment.ts';
import { startMoto } from './moto-server.ts';
import { root, succeeds } from './program.ts';
import { lintTemplates } from './template-lint.ts';

// So that a signal ends this process by `exit`, where moto is ended too.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

const environment = prepareEnvironment(console.log);
if ('absent' in environment) {
  console.log(`The checks with moto and cfn-lint were left out: ${environment.absent}.`);
  console.log('What `npm test` checks does not need them and stands.');
} else {
  const agrees = await testAgainstMoto(environment.tool('moto_server'));
  console.log('Linting the synthesized template with cfn-lint …');
  const problems = await lintTemplates(environment.tool('cfn-lint'));
  for (const problem of problems) console.log(`  ${problem}`);
  console.log(`moto: ${agrees ? 'answers as listed' : 'differs from what is listed, see above'}.`);
  console.log(`cfn-lint: ${problems.length === 0 ? 'nothing' : problems.length} found.`);
  if (!agrees || problems.length > 0) process.exitCode = 1;
}

/** Runs the contract with a moto of our own; whether every answer was as expected or listed. */
async function testAgainstMoto(program: string): Promise<boolean> {
  console.log('Starting moto …');
  const moto = await startMoto(program);
  try {
    console.log(`Testing the embedded AWS and moto at ${moto.url} …`);
    const vitest = join(root, 'node_modules/vitest/vitest.mjs');
    // Without the closing line of counts, which is for whole runs.
    const args = [vitest, 'run', 'test/contract/aws', '--reporter=default'];
    return await succeeds(process.execPath, args, { MAYFLY_MOTO_URL: moto.url });
  } finally {
    await moto.stop();
  }
}
