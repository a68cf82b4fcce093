import { defaultProvider } from '@aws-sdk/credential-provider-node';
import { awsPresigned } from '../../client/index.ts';

const credentials = defaultProvider();

export const evidence = awsPresigned({
  region: 'eu-central-1',
  credentials: async () => {
    const { accessKeyId, secretAccessKey, sessionToken } = await credentials();
    if (sessionToken === undefined) throw new Error('agents run under a role, not as an IAM user');
    return { accessKeyId, secretAccessKey, sessionToken };
  },
});
