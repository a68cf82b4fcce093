import type { AwsCredentials, Credentials } from '../core/protocol/responses.ts';

/** The AWS credentials of an answer; throws an Error for a lease without a capability of AWS. */
export function awsCredentialsOf({ credentials }: { readonly credentials: Credentials }): AwsCredentials {
  if (credentials.aws) return credentials.aws;
  throw new Error('the lease holds no credentials of AWS: none of its capabilities is one of `aws`');
}
