import { BrokerError } from '../../core/broker-error.ts';
import {
  type Bound,
  EvidenceFault,
  type Method,
  type Proven,
  TrustUnavailable,
  type Verify,
} from '../../core/evidence.ts';
import type { TrustSources } from '../../core/policy/schema-trust.ts';
import type { EvidenceOf } from '../../core/protocol/evidence.ts';
import type { EpochSeconds } from '../../core/time.ts';
import type { VerifyEvidence } from '../../core/use-cases/attest.ts';
import { awsEc2Iid } from './methods/aws-ec2-iid.ts';
import { awsIam } from './methods/aws-iam.ts';
import { awsNitro } from './methods/aws-nitro.ts';
import { awsPresigned } from './methods/aws-presigned.ts';
import { awsWebIdentity } from './methods/aws-web-identity.ts';
import { oidc } from './methods/oidc.ts';
import { spiffeJwt } from './methods/spiffe-jwt.ts';
import { spiffeX509 } from './methods/spiffe-x509.ts';
import { providerKeys } from './provider-keys.ts';
import { spiffeBundle } from './spiffe-bundle.ts';

/** What verifying takes beside the trust sources. */
export type VerifierWorld = {
  readonly publicUrl: string;
  readonly clock: () => EpochSeconds;
  /** Where STS is instead of its own address, in a local run. */
  readonly stsEndpoint?: string | undefined;
  /** Told when a source could not be asked anew behind a caller's back. */
  readonly onFailure?: (fault: TrustUnavailable) => void;
};

/** One verifier for each method. */
type Verifiers = { readonly [Each in Method]: Verify<EvidenceOf<Each>> };

/**
 * Verifies evidence of every method, by these trust sources and no others. Make it once per process: it keeps what it
 * fetched. Throws `invalid_evidence` with the fault and the place, `temporarily_unavailable` where a source does not answer.
 */
export function evidenceVerifier(trust: TrustSources, world: VerifierWorld): VerifyEvidence {
  const verifiers = verifiersOf(trust, world);
  return async (evidence, bound, place) => {
    try {
      return await (verifiers[evidence.method] as (each: typeof evidence, to: Bound) => Promise<Proven>)(
        evidence,
        bound,
      );
    } catch (cause) {
      throw refusalOf(cause, `evidence[${place}]`);
    }
  };
}

function verifiersOf(trust: TrustSources, world: VerifierWorld): Verifiers {
  const { publicUrl, clock, stsEndpoint, onFailure } = world;
  const how = { ...(onFailure && { onFailure }) };
  const keysAt = (uri: string, privateNetwork = false) =>
    providerKeys(uri, clock, { ...how, privateNetwork });
  const accounts = trust.aws_web_identity.map(({ account, issuer }) => {
    return [issuer, { account, keys: keysAt(`${issuer}/.well-known/jwks.json`) }] as const;
  });
  const issuers = trust.oidc.map(({ issuer, algorithms, jwks_uri, private_network }) => {
    return [issuer, { algorithms, keys: keysAt(jwks_uri, private_network) }] as const;
  });
  const bundles = new Map(
    trust.spiffe.map((source) => [source.trust_domain, spiffeBundle(source, clock, how)] as const),
  );
  return {
    aws_iam: awsIam,
    aws_web_identity: awsWebIdentity(new Map(accounts), publicUrl),
    aws_presigned: awsPresigned({ regions: trust.aws_presigned?.regions ?? [], endpoint: stsEndpoint }),
    spiffe_jwt: spiffeJwt((domain) => bundles.get(domain)?.jwtKeys, publicUrl),
    spiffe_x509: spiffeX509(async (domain) => bundles.get(domain)?.x509Roots()),
    oidc: oidc(new Map(issuers), publicUrl),
    aws_nitro: awsNitro(trust.aws_nitro?.roots ?? []),
    aws_ec2_iid: awsEc2Iid(
      new Map(trust.aws_ec2_iid.map(({ region, certificate }) => [region, certificate])),
    ),
  };
}

function refusalOf(cause: unknown, path: string): unknown {
  if (cause instanceof EvidenceFault) {
    const { fault, field, message } = cause;
    return new BrokerError(
      'invalid_evidence',
      message,
      { path: field ? `${path}.${field}` : path, fault },
      cause,
    );
  }
  if (cause instanceof TrustUnavailable)
    return new BrokerError(
      'temporarily_unavailable',
      'what this evidence is verified with cannot be had: ask again',
      { path, retryAfter: 5 },
      cause,
    );
  return cause;
}
