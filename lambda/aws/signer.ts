import { AwsClient } from 'aws4fetch';

/** Signs requests as the function itself, with the credentials that Lambda gives it, and sends each at most three times. */
export function ownSigner(
  environment: Readonly<Record<string, string | undefined>>,
  service: string,
): AwsClient {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_REGION } = environment;
  if (!AWS_ACCESS_KEY_ID || !AWS_SECRET_ACCESS_KEY || !AWS_REGION)
    throw new Error('the environment lacks the credentials of the function');
  return new AwsClient({
    accessKeyId: AWS_ACCESS_KEY_ID,
    secretAccessKey: AWS_SECRET_ACCESS_KEY,
    ...(AWS_SESSION_TOKEN !== undefined && { sessionToken: AWS_SESSION_TOKEN }),
    region: AWS_REGION,
    service,
    retries: 2,
  });
}
