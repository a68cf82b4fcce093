import { bindingTag, EvidenceFault, type Facts, type Verify } from '../../../core/evidence.ts';
import { withoutPath } from '../../../core/identity.ts';
import type { EvidenceOf } from '../../../core/protocol/evidence.ts';
import { type Members, member } from '../compact-jwt.ts';
import type { ProviderKeys } from '../provider-keys.ts';
import { audienceOf, checkTimes, readEvidenceJwt, textClaim, verifySignature } from '../signed-jwt.ts';

/** An account whose roles prove themselves, and the keys of the issuer that AWS gave it. */
export type WebIdentityIssuer = { readonly account: string; readonly keys: ProviderKeys };

/** Where AWS's own claims stand (IAM user guide, "Understanding token claims"). */
const namespace = 'https://sts.amazonaws.com/';

/** Seconds that a token may be old, and live. */
const [oldest, longest] = [300, 3_600];

/**
 * Verifies a token of sts:GetWebIdentityToken without asking AWS. The binding is a tag of the request: tags are chosen by
 * the caller, so nothing else is taken from them. The role must be the one that signed the request to this API.
 */
export function awsWebIdentity(
  issuers: ReadonlyMap<string, WebIdentityIssuer>,
  publicUrl: string,
): Verify<EvidenceOf<'aws_web_identity'>> {
  return async ({ token }, { binding, caller, now }) => {
    const jwt = readEvidenceJwt(token, { types: ['JWT'] });
    const iss = member(jwt.claims, 'iss');
    const issuer = typeof iss === 'string' ? issuers.get(iss) : undefined;
    if (!issuer) throw refusal('unknown_issuer', 'its issuer is not that of a trusted account');
    await verifySignature(token, jwt, { algorithms: ['RS256', 'ES384'], keys: issuer.keys });
    const { exp, iat } = checkTimes(jwt, now);
    if (iat === undefined || exp - iat > longest) throw refusal('claims', 'it has no iat, or lives too long');
    if (iat < now - oldest) throw refusal('stale', `it was made more than ${oldest} s ago`);
    if (audienceOf(jwt) !== publicUrl) throw refusal('audience', 'it is not for this broker');
    const role = textClaim(jwt, 'sub', /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]{1,576}$/, 'subject');
    const claims = objectIn(jwt.claims, namespace);
    if (member(objectIn(claims, 'request_tags'), bindingTag) !== binding)
      throw refusal('binding', 'it is not bound to this nonce and key');
    const account = member(claims, 'aws_account');
    if (account !== issuer.account || role.split(':')[4] !== account)
      throw refusal('subject', 'account, subject and issuer do not belong together');
    if (withoutPath(role) !== caller.role)
      throw refusal('principal', 'it is of another role than the one that signed this request');
    return { method: 'aws_web_identity', principal: caller.roleId, role, facts: factsOf(role, claims) };
  };
}

function refusal(fault: EvidenceFault['fault'], words: string): EvidenceFault {
  return new EvidenceFault(fault, 'token', `the token is not valid: ${words}`);
}

function objectIn(members: Members, name: string): Members {
  const value = member(members, name);
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Members) : {};
}

/** What AWS says of where the credentials were delivered; claims that are absent say nothing. */
function factsOf(role: string, claims: Members): Facts {
  const text = (name: string, shape: RegExp) => {
    const value = member(claims, name);
    return typeof value === 'string' ? shape.exec(value)?.[1] : undefined;
  };
  const found = {
    aws_org: text('org_id', /^(o-[a-z0-9]{10,32})$/),
    // Without a version or alias behind it.
    lambda_function: text(
      'lambda_source_function_arn',
      /^(arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:function:[\w-]{1,64})(?::[\w$-]{1,128})?$/,
    ),
    ec2_instance: text(
      'ec2_source_instance_arn',
      /^arn:aws[a-z-]*:ec2:[a-z0-9-]+:\d{12}:instance\/(i-[0-9a-f]{8,17})$/,
    ),
    ec2_vpc: text('ec2_instance_source_vpc', /^(vpc-[0-9a-f]{8,17})$/),
  };
  return {
    aws_account: role.split(':')[4] ?? '',
    aws_role: role.split('/').at(-1) ?? '',
    ...Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined)),
  };
}
