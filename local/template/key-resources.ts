import type { KeySpec } from '../aws/kms-keys.ts';
import { type Deployed, type Deploying, digest, only, policyOf, text } from './resource.ts';

/** AWS::KMS::Key: one that signs, or a symmetric one that encrypts. */
export function key(resource: Deploying): Deployed {
  const { place, model, logicalId } = resource;
  const id = digest(resource, 32).replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, '$1-$2-$3-$4-$5');
  const arn = `arn:aws:kms:${place.region}:${place.account}:key/${id}`;
  model.keys.push({ logicalId, arn, policy: policyOf(resource, 'KeyPolicy'), spec: keySpec(resource) });
  return { ref: id, attributes: { Arn: arn, KeyId: id } };
}

/** What a key is for; its bytes are never rotated here, and its aliases, replicas and deletion are not emulated. */
function keySpec(resource: Deploying): KeySpec {
  only(
    resource,
    ...['KeyPolicy', 'KeySpec', 'KeyUsage', 'EnableKeyRotation', 'RotationPeriodInDays'],
    ...['Description', 'PendingWindowInDays'],
  );
  const spec = text(resource.properties, 'KeySpec') ?? 'SYMMETRIC_DEFAULT';
  const usage = text(resource.properties, 'KeyUsage') ?? 'ENCRYPT_DECRYPT';
  if (spec === 'ECC_NIST_P256' && usage === 'SIGN_VERIFY') return spec;
  if (spec === 'SYMMETRIC_DEFAULT' && usage === 'ENCRYPT_DECRYPT') return spec;
  throw new Error(`${resource.logicalId}: a key of ${spec} for ${usage} is not emulated`);
}
