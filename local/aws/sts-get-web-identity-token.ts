import { randomUUID } from 'node:crypto';
import { after, type EpochSeconds, toIso } from '../../core/time.ts';
import { AwsFault } from '../fault.ts';
import { placeClaims } from '../iam/place.ts';
import type { Session } from '../iam/store.ts';
import { checkedNumber, element, invalid, members, text } from './query-protocol.ts';
import { requestedTags, stsLimits } from './sts-limits.ts';
import type { StsWorld } from './sts-session.ts';
import { type SigningAlgorithm, signingAlgorithms } from './web-identity-issuers.ts';

/**
 * Largest payload of a token, in bytes of JSON. AWS documents only that there is a limit; others measured this one.
 */
export const largestPayload = 14_984;

/** GetWebIdentityToken (STS API reference): a token, signed for the account, that says who its caller is. */
export async function getWebIdentityToken(
  world: StsWorld,
  caller: Session,
  form: URLSearchParams,
): Promise<string> {
  const wanted = tokenRequest(form);
  await authorize(world, caller, wanted);
  const { account } = caller.role;
  const now = world.clock.now();
  const expires = after(now, wanted.seconds);
  if (expires > caller.expires) {
    throw new AwsFault(
      'SessionDurationEscalationException',
      'The requested token duration would extend the session beyond its original expiration time.',
      403,
    );
  }
  if (world.issuers.disabled.has(account)) {
    throw new AwsFault(
      'OutboundWebIdentityFederationDisabledException',
      'Outbound web identity federation is not enabled for this account.',
      403,
    );
  }
  const payload = JSON.stringify(claimsOf(world, caller, wanted, now, expires));
  if (Buffer.byteLength(payload) > largestPayload)
    throw new AwsFault('JWTPayloadSizeExceededException', 'JWT payload exceeds maximum allowed size');
  const token = await world.issuers.sign(account, wanted.algorithm, payload);
  return element('WebIdentityToken', token) + element('Expiration', toIso(expires));
}

type TokenRequest = {
  readonly audiences: readonly string[];
  readonly algorithm: SigningAlgorithm;
  readonly seconds: number;
  readonly tags: ReadonlyMap<string, string>;
};

function tokenRequest(form: URLSearchParams): TokenRequest {
  const limits = stsLimits.webIdentityToken;
  const audiences = members(form, 'Audience').map((name) => form.get(name) ?? '');
  if (audiences.length < 1 || audiences.length > limits.audiences)
    throw invalid(`1 to ${limits.audiences} audiences`);
  if (audiences.some((each) => each.length < 1 || each.length > limits.audience))
    throw invalid(`an audience has 1 to ${limits.audience} characters`);
  const algorithm = signingAlgorithms.find((each) => each === form.get('SigningAlgorithm'));
  if (!algorithm) throw invalid(`SigningAlgorithm must be one of ${signingAlgorithms.join(', ')}`);
  checkSubject(form);
  const seconds = checkedNumber('DurationSeconds', text(form, 'DurationSeconds'), limits);
  return { audiences, algorithm, seconds: seconds ?? limits.standard, tags: requestedTags(form) };
}

/** No session here carries the identity of somebody behind it, which any other subject, and any scope, would need. */
function checkSubject(form: URLSearchParams): void {
  if ((text(form, 'SubjectMode') ?? subjectMode) !== subjectMode)
    throw invalid('the session has no trusted identity propagation context with an origin identity');
  if (text(form, 'Scope') !== undefined) throw invalid('Scope goes with the SubjectMode OriginIdentity only');
}

const subjectMode = 'AWSIdentity';

async function authorize({ authorizer }: StsWorld, caller: Session, wanted: TokenRequest): Promise<void> {
  const tags = {
    ...(wanted.tags.size > 0 && { 'aws:TagKeys': [...wanted.tags.keys()] }),
    ...Object.fromEntries([...wanted.tags].map(([key, value]) => [`aws:RequestTag/${key}`, value])),
  };
  const context = {
    ...tags,
    'sts:IdentityTokenAudience': [...wanted.audiences],
    'sts:SigningAlgorithm': wanted.algorithm,
    // Of a request that says nothing of it too.
    'sts:DurationSeconds': String(wanted.seconds),
    'sts:SubjectMode': subjectMode,
  };
  await authorizer.demand(caller, { action: 'sts:GetWebIdentityToken', resource: '*', context });
  if (wanted.tags.size > 0)
    await authorizer.demand(caller, { action: 'sts:TagGetWebIdentityToken', resource: '*', context: tags });
}

/** IAM user guide, understanding token claims: what does not apply to the caller is absent. */
function claimsOf(
  { issuers, region }: StsWorld,
  caller: Session,
  { audiences, tags }: TokenRequest,
  now: EpochSeconds,
  exp: EpochSeconds,
): object {
  const { role, sourceIdentity, federation, place } = caller;
  return {
    iss: issuers.issuer(role.account),
    sub: role.arn,
    aud: audiences.length === 1 ? audiences[0] : audiences,
    iat: now,
    exp,
    jti: randomUUID(),
    'https://sts.amazonaws.com/': {
      aws_account: role.account,
      source_region: region,
      principal_id: role.arn,
      original_session_exp: toIso(caller.expires),
      ...(caller.tags.size > 0 && { principal_tags: Object.fromEntries(caller.tags) }),
      ...(tags.size > 0 && { request_tags: Object.fromEntries(tags) }),
      ...(sourceIdentity !== undefined && { source_identity: sourceIdentity }),
      ...(federation && { federated_provider: federation.provider }),
      ...(place && placeClaims(place)),
    },
  };
}
