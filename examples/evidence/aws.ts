import { GetWebIdentityTokenCommand, STSClient } from '@aws-sdk/client-sts';
import { awsWebIdentity } from '../../client/index.ts';

const sts = new STSClient({});

export const evidence = awsWebIdentity(process.env['MAYFLY_URL'] ?? '', async (request) => {
  const { WebIdentityToken } = await sts.send(new GetWebIdentityTokenCommand(request));
  return WebIdentityToken;
});
