import type { Facts } from '../evidence.ts';
import type { ContextPolicy } from '../policy/schema.ts';

/** What a runtime proves that comes by the first way of a policy: what its terms ask for, and names where they ask for none. */
export function factsOf({ attestation }: ContextPolicy): Facts {
  const { aws_iam, aws_web_identity, aws_presigned, spiffe_jwt, spiffe_x509, oidc, aws_ec2_iid } =
    attestation.any_of[0] ?? {};
  const role = (aws_iam ?? aws_web_identity ?? aws_presigned)?.role;
  const facts = {
    aws_account: role?.split(':')[4] ?? aws_ec2_iid?.account,
    aws_role: role?.split('/').at(-1),
    // A token of AWS does not say it.
    aws_session: (aws_iam ?? aws_presigned) && 'agent',
    aws_org: aws_web_identity?.org,
    lambda_function: aws_web_identity?.lambda_function,
    ec2_vpc: aws_web_identity?.vpc,
    ec2_image: aws_ec2_iid?.image,
    spiffe_id: (spiffe_x509 ?? spiffe_jwt)?.id,
    oidc_issuer: oidc?.issuer,
    oidc_subject: oidc && (oidc.subject ?? 'agent'),
  };
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined));
}
