import { execFileSync } from 'node:child_process';
import { awsNitro } from '../../client/index.ts';
import { evidence as awsWebIdentity } from './aws.ts';

const document = async (userData: Uint8Array) =>
  execFileSync('nitro-tpm-attest', ['--user-data', '/dev/stdin'], { input: userData });

export const evidence = [awsWebIdentity, awsNitro(document)];
