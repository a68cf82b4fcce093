import type { Attempt } from '../iam/authorize.ts';
import type { PolicyDocument } from '../iam/document.ts';
import { contextKeys } from './encryption-context.ts';

/** The KMS key of a bucket (SSE-KMS). With a Bucket Key the encryption context is the bucket's ARN. */
export type BucketEncryption = {
  readonly keyArn: string;
  readonly keyPolicy: PolicyDocument;
  readonly bucketKey: boolean;
};

/**
 * What S3 asks of KMS in the name of whoever called it: a forward access session, under the caller's own
 * permissions (IAM user guide, forward access sessions; S3 user guide, SSE-KMS, encryption context). The bytes
 * themselves are not encrypted: what is emulated is the permission.
 */
export function keyUse(
  { keyArn, keyPolicy, bucketKey }: BucketEncryption,
  action: string,
  objectArn: string,
  region: string,
): Attempt {
  return {
    action,
    resource: keyArn,
    context: {
      'aws:ViaAWSService': 'true',
      'kms:ViaService': `s3.${region}.amazonaws.com`,
      ...contextKeys({ 'aws:s3:arn': bucketKey ? (objectArn.split('/')[0] ?? '') : objectArn }),
    },
    resourcePolicy: keyPolicy,
  };
}
