import type { EvidenceOf } from '../../core/protocol/evidence.ts';
import type { EvidenceProducer } from './evidence.ts';

/** What to ask of sts:GetWebIdentityToken; the input of `GetWebIdentityTokenCommand` as it stands. */
export type WebIdentityTokenRequest = {
  readonly Audience: string[];
  readonly Tags: { Key: string; Value: string }[];
  readonly SigningAlgorithm: 'ES384';
  readonly DurationSeconds: number;
};

/** Asks STS for a token, as the AWS SDK does, and answers it. */
export type WebIdentityTokenSource = (request: WebIdentityTokenRequest) => Promise<string | undefined>;

/** Seconds that a token is good for, the fewest that STS gives: it is sent at once, and once. */
const seconds = 60;

/**
 * Evidence of where on AWS this runs, signed by STS: role, Lambda function or instance. The binding stands in a tag. Needs
 * `sts:GetWebIdentityToken` and `sts:TagGetWebIdentityToken`, and an account that has enabled outbound web identity
 * federation. Throws what the source throws, and when it answers no token.
 */
export function awsWebIdentity(
  brokerUrl: string,
  tokenFor: WebIdentityTokenSource,
): EvidenceProducer<EvidenceOf<'aws_web_identity'>> {
  return async (binding) => {
    const token = await tokenFor({
      Audience: [brokerUrl],
      Tags: [{ Key: 'mayfly-binding', Value: binding }],
      SigningAlgorithm: 'ES384',
      DurationSeconds: seconds,
    });
    if (token === undefined) throw new Error('STS answered no web identity token');
    return { method: 'aws_web_identity', token };
  };
}
